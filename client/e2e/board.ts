// A board of one's own for a test: the real binary on free ports, in a folder that is deleted when it ends.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { preview } from "vite";
import { serveByNginx } from "./nginx";

/** A board that runs. */
export interface Board {
  /** Where a browser goes. */
  url: string;
  /** Posts something through the API, with an owner key of its own; the answer is the post. */
  post(
    body: { title: string; content?: string; authorName?: string },
    ownerKey?: string,
  ): Promise<{ id: string }>;
  comment(
    postId: string,
    body: { content: string; parentId?: string; authorName?: string },
    ownerKey?: string,
  ): Promise<{ id: string }>;
  /** Where its data is, with the token in `bus.token`. */
  folder: string;
  /** Waits until everyone sees it. */
  approved(postId: string): Promise<void>;
  /** Ends it in the midst of whatever it does (SIGKILL). */
  kill(): Promise<void>;
  /** Starts it again on the same folder and ports, after `kill`. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const SERVICES = ["posts-addr", "comments-addr", "query-addr", "moderation-addr", "bus-addr"];
const START_MS = 20_000;
const STOP_MS = 15_000;
const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
  "manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/** Starts a board, which asks moderators for the token at a `host` that is not on loopback, and is open to everyone on loopback; `flags` are added to its command line. With `FOLKMOOT_E2E_PAGES=vite` the pages come from `dist/` by Vite instead of from the binary, with `nginx` from the front door of containers, and the API through it. */
export async function startBoard(
  host = "127.0.0.1",
  flags: string[] | ((door: string, ports: number[]) => string[]) = [],
): Promise<Board> {
  const binary = resolve(process.env.FOLKMOOT_BINARIES ?? "../target/debug", "folkmoot");
  const folder = await mkdtemp(join(tmpdir(), "folkmoot-e2e-"));
  const ports = await freePorts(SERVICES.length);
  const listen = SERVICES.flatMap((flag, index) => [`--${flag}`, `127.0.0.1:${ports[index]}`]);
  const address = `${host}:${(await freePorts(1))[0]}`;
  const args = [
    "--addr",
    address,
    ...listen,
    "--data-dir",
    folder,
    "--log",
    "warn",
    ...(isOpen(host) ? ["--open-front"] : []),
    ...(typeof flags === "function" ? flags(`http://${address}`, ports) : flags),
  ];
  const begin = () => spawn(binary, args, { stdio: ["ignore", "pipe", "inherit"] });
  let child = begin();
  const door = (await ready(child)).replace("0.0.0.0", "127.0.0.1");
  const token = isOpen(host) ? (await readFile(join(folder, "bus.token"), "utf8")).trim() : undefined;
  const pages = await servedApart(door, ports, token);

  async function say(
    path: string,
    body: unknown,
    ownerKey = "a-key-of-the-tests-own",
  ): Promise<{ id: string }> {
    const headers = { "Content-Type": "application/json", "Owner-Key": ownerKey };
    const response = await fetch(`${door}/api/v1/${path}`, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as { id: string };
  }

  return {
    url: pages?.url ?? door,
    folder,
    post: (body, key) => say("posts", body, key),
    comment: (postId, body, key) => say(`posts/${postId}/comments`, body, key),
    approved: (postId) =>
      until(async () => (await fetch(`${door}/api/v1/posts/${postId}`)).ok, `${postId} is approved`),
    async kill() {
      child.kill("SIGKILL");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    },
    async restart() {
      child = begin();
      await ready(child);
    },
    async stop() {
      await pages?.close();
      child.kill("SIGTERM");
      const hard = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
      clearTimeout(hard);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Whether moderators need no token there. */
const isOpen = (host: string) => host === "127.0.0.1";

/** The address that it says when it is ready. */
function ready(child: ChildProcess): Promise<string> {
  return new Promise((done, failed) => {
    let said = "";
    const late = setTimeout(() => failed(new Error(`not ready in ${START_MS} ms: ${said}`)), START_MS);
    child.once("error", failed);
    child.once("exit", (code) => failed(new Error(`ended with ${code}: ${said}`)));
    child.stdout?.on("data", (piece: Buffer) => {
      said += piece.toString();
      const url = said.match(/Folkmoot is ready: (http:\S+)/)?.[1];
      if (!url) return;
      clearTimeout(late);
      done(url.replace(/\/$/, ""));
    });
  });
}

/** Whoever serves the pages in the binary's place, if anybody does; nginx sends this token along with every request. */
async function servedApart(door: string, ports: number[], token?: string) {
  switch (process.env.FOLKMOOT_E2E_PAGES) {
    case "vite":
      return servePages(door);
    case "nginx":
      return serveByNginx((await freePorts(1))[0] ?? 0, ports, token);
  }
}

async function servePages(door: string): Promise<{ url: string; close: () => Promise<void> }> {
  const server = await preview({
    logLevel: "warn",
    preview: {
      port: 0,
      host: "127.0.0.1",
      proxy: {
        "/api": {
          target: door,
          // A stream that the board does not end (it was killed, say) ends for the browser too.
          configure: (proxy) => proxy.on("proxyRes", (from, _, to) => from.once("error", () => to.destroy())),
        },
      },
      headers: { "Content-Security-Policy": CSP },
    },
  });
  return { url: (server.resolvedUrls?.local[0] ?? "").replace(/\/$/, ""), close: () => server.close() };
}

/** Ports that nobody listens on. All are held before the first is let go, so they differ. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return ports;
}

/** Waits for a condition. */
export async function until(so: () => Promise<boolean>, what: string, ms = 10_000): Promise<void> {
  const deadline = Date.now() + ms;
  while (!(await so())) {
    if (Date.now() > deadline) throw new Error(`waited in vain: ${what}`);
    await new Promise((next) => setTimeout(next, 25)); // why: a pause between two looks
  }
}

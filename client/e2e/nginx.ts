// The front door of containers before a board's services: nginx with the configuration of its image, on a port of its own.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { appendFile, copyFile, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const MODULE = "ngx_http_brotli_static_module.so";
const MODULES = ["/usr/lib/nginx/modules", "/usr/lib64/nginx/modules", "/usr/local/lib/nginx/modules"];
const PROGRAMS = ["/usr/sbin/nginx", "/usr/local/sbin/nginx", "/usr/bin/nginx"];
/** In the order of the board's ports. */
const UPSTREAMS = ["posts", "comments", "query", "moderation", "bus"];

/** Starts it before services at these ports (posts, comments, query, moderation, bus). With a token it sends that along,
 * so that nobody needs one there. */
export async function serveByNginx(
  port: number,
  services: number[],
  token?: string,
): Promise<{ url: string; close: () => Promise<void> }> {
  const prefix = await mkdtemp(join(tmpdir(), "folkmoot-front-"));
  await cp("nginx", prefix, { recursive: true });
  await mkdir(join(prefix, "run"));
  await mkdir(join(prefix, "modules"));
  const module = MODULES.map((folder) => join(folder, MODULE)).find(existsSync);
  if (!module)
    throw new Error("no Brotli module of nginx; Debian: apt-get install libnginx-mod-http-brotli-static");
  await copyFile(module, join(prefix, "modules", MODULE));
  await symlink(resolve("dist"), join(prefix, "html"));
  await writeFile(join(prefix, "listen.conf"), `listen 127.0.0.1:${port} default_server;\n`);
  let upstreams = await readFile("nginx/upstreams.conf", "utf8");
  for (const [index, name] of UPSTREAMS.entries()) {
    const server = new RegExp(`(upstream ${name} \\{\\s+server )\\S+`);
    upstreams = upstreams.replace(server, `$1127.0.0.1:${services[index]}`);
  }
  await writeFile(join(prefix, "upstreams.conf"), upstreams);
  if (token) {
    await appendFile(join(prefix, "service.conf"), `proxy_set_header Authorization "Bearer ${token}";\n`);
    // It has the token, so it need not ask those who call for one.
    const routes = await readFile("nginx/routes.conf", "utf8");
    const asks = /(\$lacks_token \{\s+default\s+)yes;/;
    if (!asks.test(routes)) throw new Error("nginx/routes.conf asks for the token in another way");
    await writeFile(join(prefix, "routes.conf"), routes.replace(asks, '$1"";'));
  }

  const program = process.env.FOLKMOOT_NGINX ?? PROGRAMS.find(existsSync) ?? "nginx";
  // As root it would hand its work to a user who may not look into a temporary folder.
  const user = process.getuid?.() === 0 ? ["-g", "user root;"] : [];
  const child = spawn(program, ["-p", prefix, "-c", "nginx.conf", "-e", "stderr", ...user], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const url = `http://127.0.0.1:${port}`;
  while (!(await fetch(`${url}/readyz`).catch(() => undefined))?.ok) {
    if (child.exitCode !== null) throw new Error(`nginx ended with ${child.exitCode}`);
    await new Promise((next) => setTimeout(next, 25)); // why: a pause between two looks
  }
  return {
    url,
    async close() {
      child.kill("SIGTERM");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
      await rm(prefix, { recursive: true, force: true });
    },
  };
}

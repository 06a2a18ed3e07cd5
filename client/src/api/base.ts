// Where the API is: behind the front door (this page's own origin), or at each service's own port.
import { keep, recall } from "../storage";

/**
 * `own`: this origin's `/api/v1/`. `direct`: each service at its own port of this host, as the classic app did;
 * `direct:4000,4001,4002,4003,4005` names other ports (posts, comments, query, moderation, bus). Else the URL of another
 * front door's API.
 */
export type Base = "own" | "direct" | string;

const PORTS = { posts: 4000, comments: 4001, query: 4002, moderation: 4003, bus: 4005 };
const HERE = ["localhost", "127.0.0.1", "[::1]"];

/** Whose a request is, by method and path below `/api/v1/`, as the front door decides it. */
export function ownerOf(method: string, path: string): keyof typeof PORTS {
  const [first, second, third] = (path.split("?")[0] ?? "").split("/");
  if (first === "moderation" || first === "bus") return first;
  if (method === "GET" && (first === "posts" || first === "live")) return "query";
  if (first === "preview") return "query";
  if (first === "comments" || (second && third === "comments")) return "comments";
  return "posts";
}

/**
 * The base that was chosen. `?direct` or `?own` in the address chooses for this tab; `?direct` only on the machine where
 * the services run, for elsewhere a link must not lead a reader's words to other ports.
 */
export function chosenBase(): Base {
  const wish = new URLSearchParams(window.location.search);
  const ports = wish.get("direct");
  if (wish.has("own")) keep("api", null, "tab");
  else if (ports !== null && HERE.includes(window.location.hostname))
    keep("api", ports === "" ? "direct" : `direct:${ports}`, "tab");
  return recall("api", "tab") ?? import.meta.env.VITE_API ?? "own";
}

/** The URL of a request. `path` has no slash in front, such as `posts/{id}`. */
export function urlOf(method: string, path: string, base: Base = chosenBase()): string {
  if (/^https?:/.test(path)) return path;
  if (base === "own") return `/api/v1/${path}`;
  if (!base.startsWith("direct")) return `${base.replace(/\/$/, "")}/${path}`;
  const owner = ownerOf(method, path);
  const named = base.slice("direct:".length).split(",")[Object.keys(PORTS).indexOf(owner)];
  const port = /^\d+$/.test(named ?? "") ? named : PORTS[owner];
  // The services that are mounted under their name have no such prefix on their own port.
  return `http://${window.location.hostname}:${port}/${path.replace(/^(moderation|bus)\//, "")}`;
}

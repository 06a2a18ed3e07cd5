// Where the API is: behind the front door (this page's own origin), or at each service's own port.
import { keep, recall } from "../storage";

/** `own`: this origin's `/api/v1/`. `direct`: each service at its port. Else the URL of another front door's API. */
export type Base = "own" | "direct" | string;

const PORTS = { posts: 4000, comments: 4001, query: 4002, moderation: 4003, bus: 4005 } as const;

/** Whose a request is, by method and path below `/api/v1/`, as the front door decides it. */
export function ownerOf(method: string, path: string): keyof typeof PORTS {
  const [first, second, third] = (path.split("?")[0] ?? "").split("/");
  if (first === "moderation" || first === "bus") return first;
  if (method === "GET" && (first === "posts" || first === "live")) return "query";
  if (first === "preview") return "query";
  if (first === "comments" || (second && third === "comments")) return "comments";
  return "posts";
}

/** The base that was chosen: `?direct` or `?own` in the address chooses for later visits too. */
export function chosenBase(): Base {
  const wish = new URLSearchParams(window.location.search);
  if (wish.has("own")) keep("api", null);
  else if (wish.has("direct")) keep("api", "direct");
  return recall("api") ?? import.meta.env.VITE_API ?? "own";
}

/** The URL of a request. `path` has no slash in front, such as `posts/{id}`. */
export function urlOf(method: string, path: string, base: Base = chosenBase()): string {
  if (/^https?:/.test(path)) return path;
  if (base === "own") return `/api/v1/${path}`;
  if (base !== "direct") return `${base.replace(/\/$/, "")}/${path}`;
  const owner = ownerOf(method, path);
  // The services that are mounted under their name have no such prefix on their own port.
  return `http://localhost:${PORTS[owner]}/${path.replace(/^(moderation|bus)\//, "")}`;
}

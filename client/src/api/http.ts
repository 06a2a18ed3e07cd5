// One request to the board: headers that every request carries, JSON both ways, problems as errors.
import { signal } from "../signal";
import { arrived, awaited, type Thing } from "./awaited";
import { urlOf } from "./base";
import { ownerKey } from "./owner-key";
import { ProblemError, problemOf } from "./problem";
import { moderatorToken } from "./token";

/** What an answer brings beside its data. */
export interface Answer<T> {
  data: T;
  /** The event that a write was told of by. */
  eventId: string | undefined;
  /** The address of the next page, if there is one. */
  next: string | undefined;
  /** The log's last sequence, where the bus answered. */
  head: string | undefined;
}

/** What a request may say. */
export interface CallOptions {
  method?: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  /** Sent as JSON. */
  body?: unknown;
  query?: Record<string, string | number | undefined>;
  signal?: AbortSignal | undefined;
  /** What a read is about: it waits for the reader's own last write to it. */
  about?: Thing;
  /** Makes a creation safe to send again. */
  idempotencyKey?: string | undefined;
  /** The revision that a change was made to. */
  ifMatch?: number | undefined;
  /** Sends the moderator's token instead of the owner key: for moderation and the bus. */
  guarded?: boolean;
  /** Sent even if the page goes away meanwhile. */
  keepalive?: boolean;
}

/** Whether the last read of posts said that it is behind. */
export const stale = signal(false);

/** Sends a request. `path` is below `/api/v1/`, such as `posts/{id}`, or the `next` of an answer.
 * Throws a {@link ProblemError} for whatever is not a success. */
export async function call<T>(path: string, request: CallOptions = {}): Promise<Answer<T>> {
  const method = request.method ?? "GET";
  const event = awaited(request.about);
  const response = await send(urlOf(method, withQuery(path, request.query)), {
    method,
    headers: headersOf(request, event),
    body: request.body === undefined ? null : JSON.stringify(request.body),
    signal: request.signal ?? null,
    cache: "no-cache",
    keepalive: request.keepalive ?? false,
  });
  if (!response.ok) throw await problemOf(response);
  if (event && response.headers.get("Await-Event") !== "timeout") arrived(request.about, event);
  if (method === "GET" && !request.guarded) stale.set(response.headers.get("Folkmoot-Stale") === "true");
  const text = await response.text();
  return {
    data: (text ? JSON.parse(text) : undefined) as T,
    eventId: response.headers.get("Event-Id") ?? undefined,
    next: nextOf(response.headers.get("Link"), response.url),
    head: response.headers.get("Folkmoot-Head") ?? undefined,
  };
}

async function send(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ProblemError(0, "Unreachable");
  }
}

function headersOf(request: CallOptions, event: string | undefined): Headers {
  const headers = new Headers({ Accept: "application/json" });
  if (request.body !== undefined) headers.set("Content-Type", "application/json");
  if (request.idempotencyKey) headers.set("Idempotency-Key", request.idempotencyKey);
  if (request.ifMatch !== undefined) headers.set("If-Match", `"${request.ifMatch}"`);
  if (event) headers.set("Await-Event", event);
  const token = moderatorToken();
  if (!request.guarded) headers.set("Owner-Key", ownerKey());
  else if (token) headers.set("Authorization", `Bearer ${token}`);
  return headers;
}

/** The path with these parameters; those that are undefined are left out. */
export function withQuery(path: string, query: CallOptions["query"] = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  if (given.length === 0) return path;
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return `${path}${path.includes("?") ? "&" : "?"}${text}`;
}

/** The target of `rel="next"` in a Link header (RFC 8288). It is an address of its own: relative to where it was found. */
export function nextOf(link: string | null, foundAt: string): string | undefined {
  const target = link
    ?.split(/,(?=\s*<)/)
    .find((part) => /;\s*rel="?next"?/.test(part))
    ?.match(/<([^>]*)>/)?.[1];
  return target === undefined ? undefined : new URL(target, foundAt || window.location.href).href;
}

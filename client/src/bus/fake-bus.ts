// A bus for the tests of its page: events as the test plays them, a chain, a subscription, and refusals.
import { placeOf } from "../api/place";
import type { BusEvent, EventChain, Subscription } from "../api/types";

/** An event of now about the same post. */
export const event = (sequence: number, type: string, source: string, causationid?: string): BusEvent => ({
  specversion: "1.0",
  id: `e${sequence}`,
  source,
  type,
  subject: "the-post-1234567890",
  time: new Date().toISOString(),
  sequence: String(sequence).padStart(16, "0"),
  ...(causationid && { causationid, correlationid: "e2" }),
  data: { id: "c1" },
});
/** What the log has at first: a post, and a comment with what came of it. */
export const EVENTS = [
  event(1, "PostCreated", "/posts"),
  event(2, "CommentCreated", "/comments"),
  event(3, "CommentModerated", "/moderation", "e2"),
  event(4, "CommentUpdated", "/comments", "e3"),
];
const recorded = (of: BusEvent, ms: number) => ({
  event: of,
  recordedAt: new Date(1_000 + ms).toISOString(),
});
const [, CREATED, JUDGED, UPDATED] = EVENTS as [BusEvent, BusEvent, BusEvent, BusEvent];
const CHAIN: EventChain = {
  event: recorded(CREATED, 0),
  causes: [],
  effects: [recorded(JUDGED, 14), recorded(UPDATED, 35)],
  truncated: false,
};
/** One that is up to date. */
export const SUBSCRIPTION: Subscription = {
  name: "comments",
  url: "http://127.0.0.1:4001/events",
  types: ["CommentModerated"],
  from: "start",
  batch: 1,
  format: "json",
  signed: true,
  generation: "",
  state: "active",
  cursor: "0000000000000004",
  log: "log",
  head: "0000000000000004",
  lag: { events: 0, seconds: 0 },
  parked: 0,
  ignored: { count: 0 },
  instance: "5f0c2a52-7a53-4c1c-9d1e-0f2b6f1f3a11",
};
const AT = "2026-01-01T00:00:00Z";
const PARKED = {
  subject: "poison",
  first: "0000000000000002",
  error: "answered 422",
  since: AT,
  attempts: 2,
  nextTry: AT,
};

/** The bus: what it has, what was asked of it, and what it refuses. */
export const bus = {
  subscriptions: [SUBSCRIPTION],
  /** Writes, and where streams began. */
  calls: [] as string[],
  /** Every path that was asked for. */
  asked: [] as string[],
  refuse: (_path: string): Response | undefined => undefined,
};
let feed: ReadableStreamDefaultController<Uint8Array>;

/** As it was before anything was asked of it. */
export function reset(): void {
  Object.assign(bus, { subscriptions: [SUBSCRIPTION], calls: [], asked: [], refuse: () => undefined });
}

/** Sends events to who follows the log. */
export const say = (...events: BusEvent[]): void =>
  feed.enqueue(
    new TextEncoder().encode(
      events.map((one) => `id: ${placeOf(one)}\ndata: ${JSON.stringify(one)}\n\n`).join(""),
    ),
  );

/** Ends the stream. */
export const hangUp = (): void => feed.close();

const json = (body: unknown, headers: HeadersInit = {}) => new Response(JSON.stringify(body), { headers });

/** Answers as the bus does; a stand-in for `fetch`. */
export async function answer(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const path = String(input).replace("/api/v1/bus/", "");
  bus.asked.push(path);
  if (init?.method === "POST") bus.calls.push(`${path} ${init.body ?? ""}`.trim());
  const refused = bus.refuse(path);
  if (refused) return refused;
  if (path === "events/stream") {
    bus.calls.push(`stream after ${new Headers(init?.headers).get("Last-Event-ID")}`);
    return new Response(
      new ReadableStream({
        start(controller) {
          feed = controller;
        },
      }),
    );
  }
  if (path.startsWith("events?tail")) return json([], { "Folkmoot-Head": "0000000000000004" });
  if (path === "events/e2") return json(CHAIN);
  if (path === "events/e4") {
    const causes = [CHAIN.event, CHAIN.effects[0]];
    return json({ event: CHAIN.effects[1], causes, effects: [], truncated: false });
  }
  if (path.startsWith("events?")) return json([EVENTS[0]]);
  if (path === "subscriptions") return json(bus.subscriptions);
  return json(path.endsWith("/parked") ? [PARKED] : {});
}

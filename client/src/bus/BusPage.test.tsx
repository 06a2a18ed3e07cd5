// The page over a bus that the test plays: events as they come, the list that holds still, chains, and hands on subscriptions.
import { QueryClientProvider } from "@tanstack/react-query";
import { act, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { MemoryRouter } from "react-router";
import { beforeEach, expect, test, vi } from "vitest";
import { newQueryClient } from "../api/cache";
import type { BusEvent, EventChain, Subscription } from "../api/types";
import { BusPage } from "./BusPage";

const event = (sequence: number, type: string, source: string, causationid?: string): BusEvent => ({
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
const EVENTS = [
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
const SUBSCRIPTION: Subscription = {
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
};

let subscriptions: Subscription[];
let feed: ReadableStreamDefaultController<Uint8Array>;
let calls: string[];
let refuse: (path: string) => Response | undefined;
const json = (body: unknown, headers: HeadersInit = {}) => new Response(JSON.stringify(body), { headers });
const say = (...events: BusEvent[]) =>
  feed.enqueue(
    new TextEncoder().encode(
      events.map((one) => `id: ${one.sequence}\ndata: ${JSON.stringify(one)}\n\n`).join(""),
    ),
  );

async function answer(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const path = String(input).replace("/api/v1/bus/", "");
  if (init?.method === "POST") calls.push(`${path} ${init.body ?? ""}`.trim());
  const refused = refuse(path);
  if (refused) return refused;
  if (path === "events/stream") {
    calls.push(`stream after ${new Headers(init?.headers).get("Last-Event-ID")}`);
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
    return json({
      event: CHAIN.effects[1],
      causes: [CHAIN.event, CHAIN.effects[0]],
      effects: [],
      truncated: false,
    });
  }
  if (path.startsWith("events?")) return json([EVENTS[0]]);
  if (path === "subscriptions") return json(subscriptions);
  if (path.endsWith("/parked")) {
    const at = "2026-01-01T00:00:00Z";
    return json([
      {
        subject: "poison",
        first: "0000000000000002",
        error: "answered 422",
        since: at,
        attempts: 2,
        nextTry: at,
      },
    ]);
  }
  return json({});
}

beforeEach(() => {
  subscriptions = [SUBSCRIPTION];
  calls = [];
  refuse = () => undefined;
  vi.stubGlobal("fetch", vi.fn(answer));
});

function show() {
  const client = newQueryClient();
  client.setDefaultOptions({ queries: { retry: false } });
  render(
    <QueryClientProvider client={client}>
      <MemoryRouter>
        <BusPage />
      </MemoryRouter>
    </QueryClientProvider>,
  );
}
async function open() {
  show();
  await vi.waitFor(() => expect(calls).toContain("stream after 0"));
  act(() => say(...EVENTS));
}
const list = () => screen.getByRole("list", { name: "Events" });
const rows = () =>
  within(list())
    .queryAllByRole("button")
    .map((row) => row.textContent);

test("events come newest first, can be filtered, and are held while the list is paused", async () => {
  await open();
  await vi.waitFor(() => expect(rows()).toHaveLength(4));
  expect(rows()[0]).toContain("CommentUpdated…34567890/comments");
  await userEvent.selectOptions(screen.getByLabelText("Type"), "PostCreated");
  expect(rows()).toHaveLength(1);
  await userEvent.selectOptions(screen.getByLabelText("Type"), "All types");
  await userEvent.type(screen.getByLabelText("Subject or id"), "nobody");
  expect(screen.getByText("None of the last events is like that.")).toBeDefined();
  await userEvent.clear(screen.getByLabelText("Subject or id"));
  await userEvent.click(screen.getByRole("button", { name: "Pause" }));
  act(() => say(event(5, "BellRang", "/tower"), event(6, "BellRang", "/tower")));
  const fresh = await screen.findByRole("button", { name: "2 new" });
  expect(rows()).toHaveLength(4);
  await userEvent.click(fresh);
  expect(rows()[0]).toContain("BellRang");
});

test("the arrow keys go through the list, Enter opens the whole chain with its delays", async () => {
  await open();
  await vi.waitFor(() => expect(rows()).toHaveLength(4));
  within(list()).getAllByRole("button")[0]?.focus();
  await userEvent.keyboard("{End}{Home}{Enter}");
  const chain = await screen.findByRole("list", { name: "What came of what" });
  await within(chain).findByText("21 ms later");
  const steps = within(chain)
    .getAllByRole("listitem")
    .map((item) => item.textContent);
  expect(steps).toEqual([
    "CommentCreated/comments#2",
    "14 ms laterCommentModerated/moderation#3",
    "21 ms laterCommentUpdated/comments#4",
  ]);
  expect(within(chain).getByRole("button", { current: true }).textContent).toContain("CommentUpdated");
  expect(screen.getByRole("link", { name: "Open the comment" }).getAttribute("href")).toBe(
    "/p/the-post-1234567890#c-c1",
  );
  expect(screen.getByText(/"specversion": "1.0"/)).toBeDefined();
});

test("the latest comment is told step by step, by keyboard too", async () => {
  await open();
  await vi.waitFor(() => expect(rows()).toHaveLength(4));
  await userEvent.click(screen.getByRole("button", { name: "Show me" }));
  expect(await screen.findByText(/Step 1 of 4/)).toBeDefined();
  await userEvent.keyboard("{ArrowRight}{ArrowRight}");
  expect(screen.getByText(/Step 3 of 4/)).toBeDefined();
  expect(screen.getByRole("listitem", { current: "step" }).textContent).toContain("14 ms later");
  await userEvent.keyboard("{ArrowLeft}");
  expect(screen.getByText(/Step 2 of 4/)).toBeDefined();
  await userEvent.click(screen.getByRole("button", { name: "Done" }));
  expect(screen.queryByText(/Step 2/)).toBeNull();
});

test("a box says what it owns and hears; the same stands in words", async () => {
  await open();
  await userEvent.click(screen.getByRole("button", { name: /^query:/ }));
  expect(screen.getByText(/It owns nothing/)).toBeDefined();
  const table = within(screen.getByRole("table", { hidden: true }));
  expect(table.getByRole("row", { name: /^comments .* CommentModerated$/, hidden: true })).toBeDefined();
});

test("a subscription is paused, and moved after it was said what that does", async () => {
  await open();
  await userEvent.click(await screen.findByRole("button", { name: "Pause comments" }));
  expect(calls).toContain("subscriptions/comments/pause");
  await userEvent.click(screen.getByRole("button", { name: "Move … the cursor of comments" }));
  const dialog = within(await screen.findByRole("dialog"));
  await userEvent.click(dialog.getByLabelText("Behind a sequence"));
  await userEvent.clear(dialog.getByLabelText("Sequence"));
  await userEvent.type(dialog.getByLabelText("Sequence"), "1");
  expect(dialog.getByText("Up to 3 events are delivered again.")).toBeDefined();
  await userEvent.click(dialog.getByRole("button", { name: "Move it" }));
  await vi.waitFor(() => expect(calls).toContain('subscriptions/comments/seek {"to":"1"}'));
});

test("what is parked is tried again or given up with a reason; a refusal is said there", async () => {
  subscriptions = [{ ...SUBSCRIPTION, parked: 1, lastError: "answered 422" }];
  await open();
  await userEvent.click(await screen.findByRole("button", { name: "Try again now: poison" }));
  expect(calls).toContain("subscriptions/comments/parked/redeliver?subject=poison");
  refuse = (path) =>
    path.includes("skip") ? new Response(JSON.stringify({ title: "x" }), { status: 404 }) : undefined;
  await userEvent.click(screen.getByRole("button", { name: "Give up … poison" }));
  const dialog = within(await screen.findByRole("dialog"));
  await userEvent.type(dialog.getByRole("textbox"), "It is a test.");
  await userEvent.click(dialog.getByRole("button", { name: "Give up" }));
  await vi.waitFor(() =>
    expect(calls).toContain("subscriptions/comments/parked/skip?subject=poison&reason=It+is+a+test."),
  );
  expect(await screen.findByText("It is not there, or not to be seen.")).toBeDefined();
});

test("a board that asks for its token gets it", async () => {
  refuse = () => new Response("{}", { status: 401 });
  show();
  await userEvent.type(await screen.findByLabelText("Token"), "the-token");
  refuse = () => undefined;
  await userEvent.click(screen.getByRole("button", { name: "Go in" }));
  expect(await screen.findByRole("button", { name: "Pause comments" })).toBeDefined();
});

test("a stream that ends is taken up again behind the last event, and it is said meanwhile", async () => {
  await open();
  await vi.waitFor(() => expect(rows()).toHaveLength(4));
  act(() => feed.close());
  expect(await screen.findByText(/The bus does not answer\. What came before stays here/)).toBeDefined();
  expect(rows()).toHaveLength(4);
  await vi.waitFor(() => expect(calls).toContain("stream after 0000000000000004"), 4_000);
  act(() => say(EVENTS[3] as BusEvent, event(5, "BellRang", "/tower")));
  await vi.waitFor(() => expect(rows()).toHaveLength(5));
  expect(screen.queryByText(/What came before stays here/)).toBeNull();
});

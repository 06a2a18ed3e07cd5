// The page over a bus that the test plays: events as they come, the list that holds still, chains, and hands on subscriptions.
import { QueryClientProvider } from "@tanstack/react-query";
import { act, fireEvent, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { MemoryRouter } from "react-router";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { newQueryClient } from "../api/cache";
import { setModeratorToken } from "../api/token";
import type { BusEvent } from "../api/types";
import { BusPage } from "./BusPage";
import { answer, bus, EVENTS, event, hangUp, reset, SUBSCRIPTION, say } from "./fake-bus";

beforeEach(() => {
  reset();
  setModeratorToken(null);
  vi.stubGlobal("fetch", vi.fn(answer));
});

afterEach(() => vi.useRealTimers());

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
  return client;
}
async function open() {
  show();
  await vi.waitFor(() => expect(bus.calls).toContain("stream after 0"));
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
  expect(bus.calls).toContain("subscriptions/comments/pause");
  await userEvent.click(screen.getByRole("button", { name: "Move … the cursor of comments" }));
  const dialog = within(await screen.findByRole("dialog"));
  await userEvent.click(dialog.getByLabelText("Behind a sequence"));
  await userEvent.clear(dialog.getByLabelText("Sequence"));
  await userEvent.type(dialog.getByLabelText("Sequence"), "1");
  expect(dialog.getByText("Up to 3 events are delivered again.")).toBeDefined();
  await userEvent.click(dialog.getByRole("button", { name: "Move it" }));
  await vi.waitFor(() => expect(bus.calls).toContain('subscriptions/comments/seek {"to":"1"}'));
});

test("what is parked is tried again or given up with a reason; a refusal is said there", async () => {
  bus.subscriptions = [{ ...SUBSCRIPTION, parked: 1, lastError: "answered 422" }];
  await open();
  await userEvent.click(await screen.findByRole("button", { name: "Try again now: poison" }));
  expect(bus.calls).toContain("subscriptions/comments/parked/redeliver?subject=poison");
  bus.refuse = (path) =>
    path.includes("skip") ? new Response(JSON.stringify({ title: "x" }), { status: 404 }) : undefined;
  await userEvent.click(screen.getByRole("button", { name: "Give up … poison" }));
  const dialog = within(await screen.findByRole("dialog"));
  await userEvent.type(dialog.getByRole("textbox"), "It is a test.");
  await userEvent.click(dialog.getByRole("button", { name: "Give up" }));
  await vi.waitFor(() =>
    expect(bus.calls).toContain("subscriptions/comments/parked/skip?subject=poison&reason=It+is+a+test."),
  );
  expect(await screen.findByText("It is not there, or not to be seen.")).toBeDefined();
});

test("what a subscriber ignores is counted, with the last reason", async () => {
  const ignored = { count: 3, last: "0000000000000003", lastReason: "PostCreated comes from /posts" };
  bus.subscriptions = [{ ...SUBSCRIPTION, ignored }];
  await open();
  expect(await screen.findByText("3 events, the last was #3: PostCreated comes from /posts")).toBeDefined();
});

test("a board that asks for its token gets it", async () => {
  bus.refuse = () => new Response("{}", { status: 401 });
  show();
  await userEvent.type(await screen.findByLabelText("Token"), "the-token");
  bus.refuse = () => undefined;
  await userEvent.click(screen.getByRole("button", { name: "Go in" }));
  expect(await screen.findByRole("button", { name: "Pause comments" })).toBeDefined();
});

test("a token that is half typed stays, whatever the page looks at meanwhile", async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  bus.refuse = () => new Response("{}", { status: 401 });
  const client = show();
  const field = await screen.findByLabelText<HTMLInputElement>("Token");
  fireEvent.change(field, { target: { value: "half of" } });
  field.focus();
  const looks = bus.asked.length;
  await act(() => vi.advanceTimersByTimeAsync(9_000));
  expect(bus.asked.length).toBe(looks);
  await act(() => client.refetchQueries());
  expect(bus.asked.length).toBe(looks + 1);
  expect(document.activeElement).toBe(field);
  expect(field.value).toBe("half of");
});

test("a log that is another one is not asked for again at once", async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  bus.refuse = (path) =>
    path === "events/stream" ? new Response('{"title":"Conflict"}', { status: 409 }) : undefined;
  show();
  const tries = () => bus.asked.filter((path) => path === "events/stream").length;
  await vi.waitFor(() => expect(tries()).toBe(1));
  await act(() => vi.advanceTimersByTimeAsync(1_500));
  expect(tries()).toBe(1);
  expect(screen.getByText(/What came before stays here/)).toBeDefined();
  bus.refuse = () => undefined;
  await act(() => vi.advanceTimersByTimeAsync(1_000));
  await vi.waitFor(() => expect(bus.calls).toContain("stream after 0"));
});

test("a stream that ends is taken up again behind the last event, and it is said meanwhile", async () => {
  await open();
  await vi.waitFor(() => expect(rows()).toHaveLength(4));
  act(() => hangUp());
  expect(await screen.findByText(/The bus does not answer\. What came before stays here/)).toBeDefined();
  expect(rows()).toHaveLength(4);
  await vi.waitFor(() => expect(bus.calls).toContain("stream after 0000000000000004"), 4_000);
  act(() => say(EVENTS[3] as BusEvent, event(5, "BellRang", "/tower")));
  await vi.waitFor(() => expect(rows()).toHaveLength(5));
  expect(screen.queryByText(/What came before stays here/)).toBeNull();
});

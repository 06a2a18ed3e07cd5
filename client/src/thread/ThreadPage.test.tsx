// A thread as a reader meets it: read, collapsed, linked to, added to by others, and not there.
import { QueryClientProvider } from "@tanstack/react-query";
import { act, render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { MemoryRouter, Route, Routes } from "react-router";
import { beforeEach, expect, test, vi } from "vitest";
import { newQueryClient } from "../api/cache";
import type { Comment, Post } from "../api/types";
import { LiveProvider } from "../live/LiveProvider";
import { ThreadPage } from "./ThreadPage";

class Source extends EventTarget {
  static readonly OPEN = 1;
  static readonly CLOSED = 2;
  static last: Source;
  readyState = 1;
  constructor() {
    super();
    Source.last = this;
  }
  close() {}
  say(event: string, data: unknown) {
    act(() => void this.dispatchEvent(new MessageEvent(event, { data: JSON.stringify(data) })));
  }
}

const answer = vi.fn<typeof fetch>();
const said = (id: string, parentId?: string, more: Partial<Comment> = {}): Comment => ({
  id,
  content: `Text ${id}`,
  html: `<p>Text ${id}</p>`,
  status: "approved",
  authorName: `Author ${id}`,
  revision: 1,
  createdAt: "2025-01-01T00:00:00Z",
  ...(parentId && { parentId }),
  ...more,
});
const post = (comments: Comment[], more: Partial<Post> = {}): Post => ({
  id: "p",
  title: "The oak",
  content: "Prune it?",
  html: "<p>Prune it?</p>",
  status: "approved",
  revision: 1,
  createdAt: "2025-01-01T00:00:00Z",
  commentCount: comments.length,
  comments,
  ...more,
});
const json = (body: unknown, init: ResponseInit = {}) => new Response(JSON.stringify(body), init);
const NEXT = { headers: { Link: '<http://board.example/api/v1/posts/p?cursor=2>; rel="next"' } };

beforeEach(() => {
  answer.mockReset();
  vi.stubGlobal("fetch", answer);
  vi.stubGlobal("EventSource", Source);
  vi.stubGlobal("scrollTo", () => {});
  Element.prototype.scrollIntoView = () => {};
});

function open(address = "/p/p") {
  const client = newQueryClient();
  client.setDefaultOptions({ queries: { retry: false } });
  render(
    <QueryClientProvider client={client}>
      <LiveProvider>
        <MemoryRouter initialEntries={[address]}>
          <Routes>
            <Route path="/p/:postId" element={<ThreadPage />} />
          </Routes>
        </MemoryRouter>
      </LiveProvider>
    </QueryClientProvider>,
  );
}
const item = (text: string) => screen.getByText(text).closest("li") as HTMLElement;
const texts = () => screen.getAllByText(/^Text /).map((paragraph) => paragraph.textContent);

test("a post and its thread are read, with depth and author said in words", async () => {
  answer.mockResolvedValueOnce(json(post([said("a"), said("b", "a"), said("c")], { authorName: "Ada" })));
  open();
  expect((await screen.findByRole("heading", { level: 1 })).textContent).toBe("The oak");
  expect(screen.getByText("Prune it?")).toBeDefined();
  expect(texts()).toEqual(["Text a", "Text b", "Text c"]);
  expect(item("Text b").getAttribute("aria-level")).toBe("2");
  expect(item("Text c").getAttribute("aria-posinset")).toBe("2");
  expect(screen.getByRole("heading", { name: /^Author b\s+in reply to Author a, level 2$/ })).toBeDefined();
});

test("a branch collapses and opens by keyboard, and says how much it hides", async () => {
  answer.mockResolvedValueOnce(json(post([said("a"), said("b", "a"), said("c", "b"), said("d")])));
  open();
  const toggle = await screen.findByRole("button", { name: "2 replies" });
  toggle.focus();
  await userEvent.keyboard("{Enter}");
  expect(texts()).toEqual(["Text a", "Text d"]);
  expect(toggle.getAttribute("aria-expanded")).toBe("false");
  await userEvent.keyboard(" ");
  expect(texts()).toHaveLength(4);
});

test("a link to a comment reads on until it is found, marks it and gives it the focus", async () => {
  answer.mockResolvedValueOnce(json(post([said("a")]), NEXT));
  answer.mockResolvedValueOnce(json(post([said("y"), said("z", "y")])));
  open("/p/p#c-z");
  await waitFor(() => expect(document.activeElement?.id).toBe("c-z"));
  expect(answer).toHaveBeenCalledTimes(2);
});

test("a branch that did not fit into one part goes on in its place, and what stands behind it follows", async () => {
  answer.mockResolvedValueOnce(json(post([said("a"), said("b", "a"), said("c", "b")]), NEXT));
  open();
  const more = await screen.findByRole("button", { name: "Load more" });
  answer.mockResolvedValueOnce(json(post([said("d", "c"), said("e", "a"), said("f")])));
  more.focus();
  await userEvent.keyboard("{Enter}");
  await screen.findByText("Text f");
  expect(texts().join()).toBe("Text a,Text b,Text c,Text d,Text e,Text f");
  expect(["d", "e", "f"].map((id) => item(`Text ${id}`).getAttribute("aria-level"))).toEqual(["4", "2", "1"]);
  expect(screen.getByRole("button", { name: "4 replies" })).toBeDefined();
});

test("a link to a comment that is not there says so", async () => {
  answer.mockResolvedValueOnce(json(post([said("a")])));
  open("/p/p#c-nothing");
  expect(await screen.findByText(/no longer there/)).toBeDefined();
});

test("what others write waits until it is asked for; what they change does not", async () => {
  answer.mockResolvedValueOnce(json(post([said("a"), said("d")])));
  open();
  await screen.findByText("Text a");
  Source.last.say("comment", { ...said("b", "a"), postId: "p" });
  Source.last.say("comment", { ...said("hidden", "a", { withheld: true, content: null }), postId: "p" });
  Source.last.say("comment", { ...said("e"), postId: "p" });
  Source.last.say("comment", { ...said("other"), postId: "q" });
  Source.last.say("comment", { ...said("d", undefined, { html: "<p>Text d, edited</p>" }), postId: "p" });
  expect(texts()).toEqual(["Text a", "Text d, edited"]);
  await userEvent.click(screen.getByRole("button", { name: "2 new comments" }));
  expect(texts()).toEqual(["Text a", "Text b", "Text d, edited", "Text e"]);
  await waitFor(() => expect(document.activeElement?.id).toBe("c-b"));
  expect(screen.queryByRole("button", { name: /new comment/ })).toBeNull();
});

test("a new comment that is taken back before it was shown is not counted any more", async () => {
  answer.mockResolvedValueOnce(json(post([said("a")])));
  open();
  await screen.findByText("Text a");
  Source.last.say("comment", { ...said("b"), postId: "p" });
  expect(screen.getByRole("button", { name: "1 new comment" })).toBeDefined();
  Source.last.say("comment", { ...said("b", undefined, { deleted: true, content: null }), postId: "p" });
  expect(screen.queryByRole("button", { name: "1 new comment" })).toBeNull();
});

test("what is deleted or withheld is one quiet line; one's own says what became of it", async () => {
  const comments = [
    said("a", undefined, { deleted: true, content: null, html: null, status: "deleted" }),
    said("b", "a"),
    said("c", undefined, { withheld: true, content: null, html: null, status: "rejected" }),
    said("d", "c"),
    said("e", undefined, { withheld: true, content: null, html: null, status: "pending" }),
    said("f", undefined, { own: true, status: "rejected", reason: "it is rude" }),
  ];
  answer.mockResolvedValueOnce(json(post(comments)));
  open();
  expect(await screen.findByText("This comment was deleted.")).toBeDefined();
  expect(screen.getByText("A comment here is not shown.")).toBeDefined();
  expect(screen.queryByText("A comment here waits for a decision.")).toBeNull();
  expect(texts()).toEqual(["Text b", "Text d", "Text f"]);
  const own = within(item("Text f"));
  expect(own.getByText("Rejected")).toBeDefined();
  expect(own.getByText("it is rude")).toBeDefined();
  expect(own.getByRole("button", { name: "Edit" })).toBeDefined();
  expect(within(item("Text b")).queryByRole("button", { name: "Edit" })).toBeNull();
  expect(within(item("Text b")).getByRole("button", { name: "Report" })).toBeDefined();
});

test("what is not there leads back; what cannot be reached can be asked for again", async () => {
  answer.mockResolvedValueOnce(json({ title: "Not Found", status: 404 }, { status: 404 }));
  open();
  expect((await screen.findByRole("link", { name: "To the posts" })).getAttribute("href")).toBe("/");
});

test("the author reads why a post was rejected", async () => {
  answer.mockRejectedValueOnce(new TypeError("no network"));
  open();
  expect(await screen.findByText("The board cannot be reached")).toBeDefined();
  answer.mockResolvedValueOnce(json(post([], { own: true, status: "rejected", reason: "it is rude" })));
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByText(/The reason: it is rude/)).toBeDefined();
  expect(screen.getByRole("button", { name: "Edit" })).toBeDefined();
  expect(screen.queryByRole("button", { name: "Write a comment" })).toBeNull();
});

async function answering(comments: Comment[]) {
  answer.mockResolvedValueOnce(json(post(comments)));
  open();
  await userEvent.click((await screen.findAllByRole("button", { name: "Reply" }))[0] as HTMLElement);
  const field = screen.getByLabelText<HTMLTextAreaElement>("Your reply to Author a");
  await userEvent.type(field, "A long ans");
  return field;
}

test("a reply that is being written stays when what it answers is deleted, and when it is not in the thread any more", async () => {
  const field = await answering([said("a"), said("b")]);
  answer.mockImplementation(async () => json(post([said("b")])));
  Source.last.say("comment", { id: "a", postId: "p", content: null, status: "deleted", deleted: true });
  await screen.findByText("This comment was deleted.");
  Source.last.say("reset", null);
  await waitFor(() => expect(answer.mock.calls.length).toBeGreaterThan(1));
  await userEvent.keyboard("wer");
  expect(document.activeElement).toBe(field);
  expect(field.value).toBe("A long answer");
  expect(screen.getByText(/copy your text/)).toBeDefined();
  await userEvent.click(screen.getByRole("button", { name: "Cancel" }));
  await waitFor(() => expect(screen.queryByText("This comment was deleted.")).toBeNull());
});

test("a comment that is being changed keeps its form when it is withheld", async () => {
  answer.mockResolvedValueOnce(json(post([said("a", undefined, { own: true })])));
  open();
  await userEvent.click(await screen.findByRole("button", { name: "Edit" }));
  const field = screen.getByLabelText<HTMLTextAreaElement>("Your comment, edited");
  answer.mockImplementation(async () =>
    json(post([said("a", undefined, { withheld: true, content: null, html: null, status: "rejected" })])),
  );
  Source.last.say("reset", null);
  await screen.findByText("A comment here is not shown.");
  expect(field.isConnected).toBe(true);
  expect(field.value).toBe("Text a");
});

test("a reply that is being written stays when the post goes, and the post itself does not", async () => {
  const field = await answering([said("a"), said("b")]);
  answer.mockImplementation(async () => json({ title: "Not Found", status: 404 }, { status: 404 }));
  Source.last.say("post", { id: "p", status: "deleted", deleted: true });
  expect((await screen.findByRole("heading", { level: 1, name: "Not here" })).isConnected).toBe(true);
  expect(document.activeElement).toBe(field);
  expect(field.value).toBe("A long ans");
  expect(screen.getByText(/copy your text/)).toBeDefined();
  expect(screen.queryByText("Prune it?")).toBeNull();
  expect(screen.queryByText(/^Text /)).toBeNull();
  await userEvent.click(screen.getByRole("button", { name: "Cancel" }));
  expect(await screen.findByRole("link", { name: "To the posts" })).toBeDefined();
});

test("what was heard of and is not there after a reset does not come back", async () => {
  answer.mockResolvedValueOnce(json(post([said("a")])));
  open();
  await screen.findByText("Text a");
  Source.last.say("comment", { ...said("b"), postId: "p" });
  await userEvent.click(screen.getByRole("button", { name: "1 new comment" }));
  expect(texts()).toEqual(["Text a", "Text b"]);
  answer.mockImplementation(async () => json(post([said("a")])));
  Source.last.say("reset", null);
  await waitFor(() => expect(texts()).toEqual(["Text a"]));
});

test("what was said between the first reading and the first connection is read", async () => {
  answer.mockResolvedValueOnce(json(post([said("a")])));
  open();
  await screen.findByText("Text a");
  answer.mockImplementation(async () => json(post([said("a"), said("b")])));
  act(() => void Source.last.dispatchEvent(new Event("open")));
  expect(await screen.findByRole("button", { name: "1 new comment" })).toBeDefined();
});

test("each report has its own words", async () => {
  answer.mockResolvedValueOnce(json(post([said("a"), said("b")])));
  open();
  const [first, second] = await screen.findAllByRole("button", { name: "Report" });
  await userEvent.click(first as HTMLElement);
  await userEvent.type(await screen.findByLabelText("What is wrong with it?"), "Rude");
  await userEvent.click(screen.getByRole("button", { name: "Cancel" }));
  await userEvent.click(second as HTMLElement);
  expect((await screen.findByLabelText<HTMLTextAreaElement>("What is wrong with it?")).value).toBe("");
});

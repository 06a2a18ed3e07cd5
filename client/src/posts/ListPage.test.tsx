// The list as a reader meets it: with posts, without, when the board is away, and when something new is said.
import { QueryClientProvider } from "@tanstack/react-query";
import { act, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { MemoryRouter } from "react-router";
import { beforeEach, expect, test, vi } from "vitest";
import { newQueryClient } from "../api/cache";
import type { Post } from "../api/types";
import { LiveProvider } from "../live/LiveProvider";
import { ListPage } from "./ListPage";

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
    this.dispatchEvent(new MessageEvent(event, { data: JSON.stringify(data) }));
  }
}

const answer = vi.fn<typeof fetch>();
const json = (body: unknown, headers: HeadersInit = {}) => new Response(JSON.stringify(body), { headers });
const post = (id: string, more: Partial<Post> = {}): Post => ({
  id,
  title: `Post ${id}`,
  status: "approved",
  revision: 1,
  createdAt: "2025-01-01T00:00:00Z",
  commentCount: 0,
  ...more,
});

beforeEach(() => {
  answer.mockReset();
  vi.stubGlobal("fetch", answer);
  vi.stubGlobal("EventSource", Source);
  vi.stubGlobal("scrollTo", () => {});
});

function open(address = "/") {
  const client = newQueryClient();
  client.setDefaultOptions({ queries: { retry: false } });
  render(
    <QueryClientProvider client={client}>
      <LiveProvider>
        <MemoryRouter initialEntries={[address]}>
          <ListPage />
        </MemoryRouter>
      </LiveProvider>
    </QueryClientProvider>,
  );
}
const titles = () => screen.getAllByRole("heading", { level: 2 }).map((heading) => heading.textContent);

test("posts are shown page by page", async () => {
  answer.mockResolvedValueOnce(
    json([post("a", { authorName: "Ada", commentCount: 1, content: "# Under\n\nthe **oak**" })], {
      Link: '<http://board.example/api/v1/posts?cursor=2>; rel="next"',
    }),
  );
  open();
  expect(screen.getByText("Loading …")).toBeDefined();
  expect(await screen.findByText("Ada")).toBeDefined();
  expect(screen.getByText("Under the oak")).toBeDefined();
  expect(screen.getByText("1 comment")).toBeDefined();
  answer.mockResolvedValueOnce(json([post("a"), post("b")]));
  await userEvent.click(screen.getByRole("button", { name: "Load more" }));
  await screen.findByText("Post b");
  expect(titles()).toEqual(["Post a", "Post b"]);
  expect(answer.mock.calls.map(([url]) => url)).toEqual([
    "/api/v1/posts?sort=new&limit=30",
    "http://board.example/api/v1/posts?cursor=2",
  ]);
});

test("the order is in the address", async () => {
  answer.mockImplementation(async () => json([post("a")]));
  open("/?sort=active");
  await screen.findByText("Post a");
  expect(answer.mock.lastCall?.[0]).toContain("sort=active");
  expect(screen.getByRole("link", { name: "Active" }).getAttribute("aria-current")).toBe("true");
});

test("an empty board invites, a silent one says so and can be asked again", async () => {
  answer.mockRejectedValueOnce(new TypeError("no network"));
  open();
  expect(await screen.findByText("The board cannot be reached")).toBeDefined();
  answer.mockResolvedValueOnce(json([]));
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByRole("link", { name: "Write the first post" })).toBeDefined();
});

test("new posts are counted and shown when asked for; known ones change in place; withheld ones leave", async () => {
  answer.mockResolvedValueOnce(json([post("a"), post("b")]));
  open();
  await screen.findByText("Post a");
  act(() => {
    Source.last.say("post", post("c", { createdAt: "2025-01-02T00:00:00Z" }));
    Source.last.say("post", post("a", { title: "Post a, edited", commentCount: 2 }));
    Source.last.say("post", { id: "b", status: "rejected", withheld: true });
  });
  await screen.findByText("Post a, edited");
  expect(titles()).toEqual(["Post a, edited"]);
  answer.mockResolvedValueOnce(json([post("c"), post("a")]));
  await userEvent.click(screen.getByRole("button", { name: "1 new post" }));
  await screen.findByText("Post c");
  expect(screen.queryByRole("button", { name: "1 new post" })).toBeNull();
});

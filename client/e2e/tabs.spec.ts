// Many tabs of one browser: they share one stream of each kind, so that none of them waits for a connection.
import type { Page, Request } from "@playwright/test";
import { type Board, startBoard } from "./board";
import { test as base, expect } from "./story";

/** A board of its own, for the events on it are counted. */
const test = base.extend<{ own: Board }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the pattern
  own: async ({}, use) => {
    const board = await startBoard();
    await use(board);
    await board.stop();
  },
  baseURL: async ({ own }, use) => use(own.url),
});

test.setTimeout(180_000);

/** Streams that are open, by the page that holds them. */
function streamsOf(pages: Page[]) {
  const open = new Map<Request, Page>();
  for (const page of pages) {
    page.on("request", (request) => {
      if (/\/(live|events\/stream)(\?|$)/.test(request.url())) open.set(request, page);
    });
    for (const end of ["requestfinished", "requestfailed"] as const)
      page.on(end as "requestfinished", (request) => void open.delete(request));
    page.on("close", () => {
      for (const [request, of] of open) if (of === page) open.delete(request);
    });
  }
  const holders = (path: string) =>
    [...open].flatMap(([request, page]) => (request.url().includes(path) ? [page] : []));
  return { live: () => holders("/live"), log: () => holders("/events/stream") };
}

test("twenty tabs, three of them on the bus page: all load, hear, and go on when the one that leads is closed", async ({
  context,
  own: board,
}) => {
  const post = await board.post({ title: "Twenty tabs" });
  await board.approved(post.id);
  const pages = await Promise.all(Array.from({ length: 20 }, () => context.newPage()));
  const streams = streamsOf(pages);
  const [bus, threads, lists] = [pages.slice(0, 3), pages.slice(3, 12), pages.slice(12)];
  await Promise.all([
    ...bus.map((page) => page.goto("/bus")),
    ...threads.map((page) => page.goto(`/p/${post.id}`)),
    ...lists.map((page) => page.goto("/")),
  ]);
  const LONG = { timeout: 30_000 };
  const events = (page: Page) => page.getByRole("list", { name: "Events" }).getByRole("button");
  for (const page of bus)
    await expect(events(page).filter({ hasText: "PostCreated" }).first()).toBeVisible(LONG);
  for (const page of threads)
    await expect(page.getByRole("heading", { name: "Twenty tabs" })).toBeVisible(LONG);
  for (const page of lists) await expect(page.getByRole("link", { name: "Twenty tabs" })).toBeVisible(LONG);
  await expect.poll(() => [streams.live().length, streams.log().length], LONG).toEqual([1, 1]);

  let count = 0;
  /** A comment arrives everywhere. */
  async function arrives() {
    count += 1;
    const comment = await board.comment(post.id, { content: `Remark ${count}.` });
    for (const page of threads.filter((page) => !page.isClosed())) {
      await page.getByRole("button", { name: /new comment/ }).click(LONG);
      await expect(page.getByText(`Remark ${count}.`)).toBeVisible(LONG);
    }
    for (const page of lists.filter((page) => !page.isClosed()))
      await expect(page.getByRole("article").filter({ hasText: "Twenty tabs" })).toContainText(
        `${count}`,
        LONG,
      );
    for (const page of bus.filter((page) => !page.isClosed()))
      await expect(events(page).filter({ hasText: "CommentUpdated" })).toHaveCount(count, LONG);
    return comment;
  }
  await arrives();

  for (const holders of [streams.live, streams.log, streams.live]) {
    const [leader] = holders();
    await leader?.close();
    await expect.poll(() => [streams.live().length, streams.log().length], LONG).toEqual([1, 1]);
    await arrives();
  }
});

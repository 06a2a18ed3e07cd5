// Moderation at a real board: by keys alone, many at a time, taken back, and what authors are told.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { type Board, startBoard, until } from "./board";
import { expect, expectNoBarriers, test } from "./story";

const AUTHOR = "the-secret-of-an-author-of-spam";
/** Longer than the built-in rules let pass. */
const LONG = "The barn was built when the road still ran past the mill. ".repeat(100);

interface Waiting {
  id: string;
  revision: number;
  kind: string;
}

const queueOf = async (board: Board) =>
  (await (await fetch(`${board.url}/api/v1/moderation/queue?limit=100`)).json()) as Waiting[];

async function settle(board: Board, status: string): Promise<void> {
  const waiting = await queueOf(board);
  if (waiting.length === 0) return;
  await fetch(`${board.url}/api/v1/moderation/decisions`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(waiting.map(({ kind, id, revision }) => ({ kind, id, revision, status }))),
  });
}

/** A post, and comments on it that the rules hold, each in its turn. */
async function held(board: Board, contents: string[]): Promise<string> {
  const post = await board.post({ title: "When the oak is pruned", authorName: "Ada" });
  await board.approved(post.id);
  for (const content of contents) {
    const { id } = await board.comment(post.id, { content, authorName: "Wulf" }, AUTHOR);
    await until(async () => (await queueOf(board)).some((item) => item.id === id), `${content} is held`);
  }
  return post.id;
}

const cards = (page: Page) => page.getByRole("region", { name: "What waits" }).getByRole("article");
const casino = (name: string) => `Casino ${name}`;

test.beforeEach(({ board }) => settle(board, "rejected"));

test("a queue is cleared by keys alone, and an author reads why", async ({ page, board }) => {
  const postId = await held(board, [LONG, casino("one"), casino("two")]);
  await page.goto("/moderation");
  await expect(cards(page)).toHaveCount(3);
  await expect(cards(page).first()).toContainText("long-comment: it is unusually long");
  await expect(cards(page).first()).toContainText("When the oak is pruned");
  await page.keyboard.press("j");
  await expect(cards(page).first()).toBeFocused();
  await page.keyboard.press("a");
  await expect(page.getByText("Approved; 2 left.")).toBeVisible();
  await expect(cards(page).first()).toBeFocused();
  await expect(cards(page).first()).toContainText("Casino one");

  await page.keyboard.press("r");
  await page.keyboard.type("no gambling here, please");
  await page.keyboard.press("Enter");
  await expect(page.getByText("Rejected; 1 left.")).toBeVisible();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("r");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Nothing waits" })).toBeVisible();
  await expect.poll(() => queueOf(board)).toEqual([]);

  const reasons = async () => {
    const answer = await fetch(`${board.url}/api/v1/posts/${postId}/comments`, {
      headers: { "Owner-Key": AUTHOR },
    });
    const comments = (await answer.json()) as { status: string; reason?: string }[];
    return comments.map(({ status, reason }) => (status === "approved" ? status : reason));
  };
  await expect.poll(reasons).toEqual(["approved", "no gambling here, please", "It is advertising or spam."]);
  await page.evaluate((key) => localStorage.setItem("folkmoot.owner-key", key), AUTHOR);
  await page.goto(`/p/${postId}`);
  await expect(page.getByText("no gambling here, please")).toBeVisible();
});

test("the last decision is taken back, and an older one from the list of them", async ({ page, board }) => {
  await held(board, [casino("one"), casino("two")]);
  await page.goto("/moderation");
  await expect(cards(page)).toHaveCount(2);
  await page.keyboard.press("a");
  await expect(cards(page)).toHaveCount(1);
  await page.keyboard.press("u");
  await expect(cards(page)).toHaveCount(2);
  await expect(cards(page).first()).toBeFocused();
  await expect(page.getByText("Taken back.")).toBeVisible();
  await expect.poll(async () => (await queueOf(board)).length).toBe(2);

  await page.keyboard.press("a");
  await expect(page.getByText("Approved; 1 left.")).toBeVisible();
  await page.getByRole("link", { name: "Decided" }).click();
  const list = page.getByRole("list", { name: "What was decided, latest first" });
  const latest = list.getByRole("listitem").first();
  await expect(latest).toContainText("Approved");
  await latest.getByRole("button", { name: "Undo" }).click();
  await expect(list.getByRole("listitem").first()).toContainText("took a verdict back");
  await page.getByRole("link", { name: "Queue" }).click();
  await expect(cards(page)).toHaveCount(2);
});

test("many are rejected for one reason; what was edited meanwhile stays, with its new text", async ({
  page,
  board,
}) => {
  await held(board, [casino("one"), casino("two"), casino("three")]);
  const [first] = await queueOf(board);
  await page.goto("/moderation");
  await expect(cards(page)).toHaveCount(3);
  // Nothing tells the page of the edit before it decides.
  await page.route("**/moderation/queue*", (route) => route.abort());
  await fetch(`${board.url}/api/v1/comments/${first?.id}`, {
    method: "PATCH",
    headers: { "Content-Type": "application/json", "Owner-Key": AUTHOR, "If-Match": '"1"' },
    body: JSON.stringify({ content: "Casino, politely" }),
  });
  await until(
    async () => (await queueOf(board)).some(({ revision }) => revision === 2),
    "the edit is heard of",
  );
  await page.getByRole("checkbox", { name: /Select all/ }).check();
  await page.unroute("**/moderation/queue*");
  await page.keyboard.press("Shift+R");
  await page.getByRole("button", { name: "It is advertising or spam." }).click();
  await page.keyboard.press("Enter");
  await expect(cards(page)).toHaveCount(1);
  await expect(cards(page).first()).toContainText("It was edited while you decided.");
  await expect(cards(page).first()).toContainText("Casino, politely");
  await expect(cards(page).first()).toContainText("version 2");
});

test("what is held while one looks is announced, and moves nothing", async ({ page, board }) => {
  const postId = await held(board, [casino("one")]);
  await page.goto("/moderation");
  await expect(cards(page)).toHaveCount(1);
  await board.comment(postId, { content: casino("two") });
  await page.getByRole("button", { name: "1 new" }).click();
  await expect(cards(page)).toHaveCount(2);
});

test("what stands around a comment is read when asked for", async ({ page, board }) => {
  const post = await board.post({ title: "The barn" });
  await board.approved(post.id);
  const parent = await board.comment(post.id, { content: "Is it dry?" });
  await board.comment(post.id, { content: casino("reply"), parentId: parent.id });
  await page.goto("/moderation");
  await expect(cards(page)).toHaveCount(1);
  await page.keyboard.press("c");
  const around = page.getByRole("region", { name: "Around it" });
  await expect(around).toContainText("It answers");
  await expect(around).toContainText("Is it dry?");
});

test("a board that is not on loopback asks for its token", async ({ page }) => {
  const open = await startBoard("0.0.0.0");
  try {
    const token = await readFile(join(open.folder, "bus.token"), "utf8");
    await page.goto(`${open.url}/moderation`);
    await page.getByLabel("Token").fill("not it");
    await page.keyboard.press("Enter");
    await expect(page.getByText("That is not the board’s token.")).toBeVisible();
    await page.getByLabel("Token").fill("not-it-either");
    await page.keyboard.press("Enter");
    await expect(page.getByText("That is not the board’s token.")).toBeVisible();
    await expectNoBarriers(page);
    await page.getByLabel("Token").fill(token);
    await page.keyboard.press("Enter");
    await expect(page.getByRole("heading", { name: "Nothing waits" })).toBeVisible();
    await page.getByRole("link", { name: "Rules" }).click();
    await expect(page.getByRole("heading", { name: "long-comment" })).toBeVisible();
  } finally {
    await open.stop();
  }
});

for (const [width, height] of [
  [320, 640],
  [1280, 800],
] as const) {
  for (const colorScheme of ["light", "dark"] as const) {
    test(`has no barriers: ${width} wide, ${colorScheme}`, async ({ page, board }) => {
      test.slow();
      const look = async () => {
        await expectNoBarriers(page);
        const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        expect(wider).toBeLessThanOrEqual(0);
      };
      await held(board, [casino("decided before")]);
      await settle(board, "approved");
      await held(board, [LONG, casino("one")]);
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme });
      await page.goto("/moderation");
      await expect(cards(page)).toHaveCount(2);
      await expect(cards(page).first()).toContainText("When the oak is pruned");
      await page.keyboard.press("c");
      await page.keyboard.press("x");
      await look();
      await page.keyboard.press("r");
      await look();
      await page.keyboard.press("Escape");
      await page.keyboard.press("?");
      await expect(page.getByRole("dialog")).toHaveCSS("opacity", "1");
      await look();
      await page.keyboard.press("Escape");
      for (const [view, shown] of [
        ["Decided", "latest first"],
        ["Rules", ""],
      ]) {
        await page.getByRole("link", { name: view ?? "" }).click();
        if (shown) await expect(page.getByRole("list", { name: shown })).toBeVisible();
        else await expect(page.getByRole("heading", { name: "long-comment" })).toBeVisible();
        await look();
      }
      await settle(board, "approved");
      await page.goto("/moderation");
      await expect(page.getByRole("heading", { name: "Nothing waits" })).toBeVisible();
      await look();
    });
  }
}

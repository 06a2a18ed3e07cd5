// The board is killed under an open page, and comes back: the page says so, keeps what was typed, and goes on by itself.
import type { Page } from "@playwright/test";
import { type Board, startBoard, until } from "./board";
import { test as base, expect } from "./story";

/** Here each test has a board of its own, for it is killed. */
const test = base.extend<{ mortal: Board }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the pattern
  mortal: async ({}, use) => {
    const board = await startBoard();
    await use(board);
    await board.stop();
  },
  baseURL: async ({ mortal }, use) => use(mortal.url),
});
test.setTimeout(90_000);

const lost = (page: Page) => page.getByText("The live connection was lost. Reconnecting …");

/** Kills the board, does something meanwhile, and starts it again. The page is never loaded anew. */
async function fall(page: Page, board: Board, meanwhile: () => Promise<void> = async () => {}) {
  await page.evaluate(() => Object.assign(window, { same: true }));
  await board.kill();
  await expect(lost(page)).toBeVisible({ timeout: 15_000 });
  await meanwhile();
  await board.restart();
  await expect(lost(page)).toBeHidden({ timeout: 40_000 });
  expect(await page.evaluate(() => "same" in window)).toBe(true);
}

test("the list says that it reconnects, and hears of new posts again", async ({ page, mortal }) => {
  const post = await mortal.post({ title: "Before the fall" });
  await mortal.approved(post.id);
  await page.goto("/");
  await expect(page.getByRole("link", { name: "Before the fall" })).toBeVisible();
  await fall(page, mortal, async () => {
    await expect(page.getByRole("link", { name: "Before the fall" })).toBeVisible();
  });
  await mortal.post({ title: "After the fall" });
  await page.getByRole("button", { name: "1 new post" }).click();
  await expect(page.getByRole("link", { name: "After the fall" })).toBeVisible();
});

test("a thread keeps its replies in the making, and hears again; what is sent then is there once", async ({
  page,
  mortal,
}) => {
  const post = await mortal.post({ title: "The long rain" });
  await mortal.approved(post.id);
  const first = await mortal.comment(post.id, { content: "Is the cellar dry?" });
  await page.goto(`/p/${post.id}`);
  const comment = page.locator(`#c-${first.id}`);
  await comment.getByRole("button", { name: "Reply" }).click();
  const field = page.getByRole("textbox", { name: /^Your reply/ });
  await field.fill("It is ");
  await fall(page, mortal, async () => {
    await field.pressSequentially("not");
    await expect(comment).toContainText("Is the cellar dry?");
  });
  await expect(field).toHaveValue("It is not");
  await mortal.comment(post.id, { content: "Mine neither.", parentId: first.id });
  await page.getByRole("button", { name: "1 new comment" }).click();
  await expect(page.getByText("Mine neither.")).toBeVisible();
  await field.press("Control+Enter");
  await expect(field).toBeHidden();
  const read = async () => {
    const response = await fetch(`${mortal.url}/api/v1/posts/${post.id}/comments`);
    return ((await response.json()) as { content: string }[]).map(({ content }) => content).toSorted();
  };
  await expect.poll(read).toEqual(["Is the cellar dry?", "It is not", "Mine neither."]);
});

test("a moderator's reason stays, the decision is made afterwards, and more is announced", async ({
  page,
  mortal,
}) => {
  const post = await mortal.post({ title: "The fair" });
  await mortal.approved(post.id);
  const waits = async () =>
    ((await (await fetch(`${mortal.url}/api/v1/moderation/queue`)).json()) as unknown[]).length;
  await mortal.comment(post.id, { content: "Casino one" });
  await until(async () => (await waits()) === 1, "it is held");
  await page.goto("/moderation");
  const cards = page.getByRole("region", { name: "What waits" }).getByRole("article");
  await expect(cards).toHaveCount(1);
  await page.keyboard.press("r");
  await page.keyboard.type("no gamb");
  await fall(page, mortal, async () => {
    await expect(page.getByRole("textbox", { name: /^Why/ })).toHaveValue("no gamb");
    await page.keyboard.type("ling");
  });
  await mortal.comment(post.id, { content: "Casino two" });
  await expect(page.getByRole("button", { name: "1 new" })).toBeVisible({ timeout: 40_000 });
  await expect(page.getByRole("textbox", { name: /^Why/ })).toHaveValue("no gambling");
  await page.getByRole("textbox", { name: /^Why/ }).press("Enter");
  await expect(cards.filter({ hasText: "Casino one" })).toHaveCount(0);
  await expect.poll(waits).toBe(1);
});

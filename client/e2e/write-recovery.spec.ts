// The board is killed while somebody writes: nothing typed is lost, and what is sent again is there once.
import type { Page } from "@playwright/test";
import { type Board, startBoard } from "./board";
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

const title = (page: Page) => page.getByLabel("Title");
const again = (page: Page) => page.getByRole("button", { name: "Send again" });

async function titles(board: Board): Promise<string[]> {
  const response = await fetch(`${board.url}/api/v1/posts`);
  return ((await response.json()) as { title: string }[]).map((post) => post.title);
}

test("killed before it is sent: the text stays, and is sent once", async ({ page, mortal }) => {
  await page.goto("/new");
  await title(page).fill("Half of it was writ");
  await mortal.kill();
  await title(page).pressSequentially("ten before the fall");
  await page.getByRole("button", { name: "Post", exact: true }).click();
  await expect(again(page)).toBeVisible();
  await expect(title(page)).toHaveValue("Half of it was written before the fall");
  await mortal.restart();
  await page.reload();
  await expect(title(page)).toHaveValue("Half of it was written before the fall");
  await page.getByRole("button", { name: "Post", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Half of it was written before the fall");
  await expect.poll(() => titles(mortal)).toEqual(["Half of it was written before the fall"]);
});

test("killed with the answer on its way: what had arrived is there once, with the last words", async ({
  page,
  mortal,
}) => {
  await page.goto("/new");
  await title(page).fill("The bridge");
  // The board takes it, and dies before the page hears of it.
  await page.route("**/api/v1/posts", async (route) => {
    if (route.request().method() !== "POST") return route.fallback();
    await route.fetch();
    await mortal.kill();
    await route.abort();
  });
  await page.getByRole("button", { name: "Post", exact: true }).click();
  await expect(again(page)).toBeVisible();
  await page.unroute("**/api/v1/posts");
  await mortal.restart();
  await page.reload();
  await expect(page.getByText("It is not certain that the last try arrived.")).toBeVisible();
  await title(page).fill("The bridge is out");
  await page.getByRole("button", { name: "Post", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("The bridge is out");
  await expect.poll(() => titles(mortal)).toEqual(["The bridge is out"]);
});

test("a comment that was sent while the board died is there once", async ({ page, mortal }) => {
  const post = await mortal.post({ title: "Who saw the flood?" });
  await mortal.approved(post.id);
  await page.goto(`/p/${post.id}`);
  await page.getByRole("button", { name: "Write a comment" }).click();
  const field = page.getByLabel("Your comment", { exact: true });
  await field.fill("I did");
  await page.route("**/comments", async (route) => {
    await route.fetch();
    await mortal.kill();
    await route.abort();
  });
  await field.press("Control+Enter");
  await expect(again(page)).toBeVisible();
  await expect(field).toHaveValue("I did");
  await page.unroute("**/comments");
  await mortal.restart();
  await again(page).click();
  await expect(field).toBeHidden();
  await expect(page.getByText("I did", { exact: true })).toBeVisible();
  const read = async () => {
    const response = await fetch(`${mortal.url}/api/v1/posts/${post.id}/comments`);
    return ((await response.json()) as { content: string }[]).map((comment) => comment.content);
  };
  await expect.poll(read).toEqual(["I did"]);
});

// A thread at a real board: what is read, hidden, linked to, withheld and gone.
import type { Page } from "@playwright/test";
import type { Board } from "./board";
import { expect, expectNoBarriers, test } from "./story";

const SIZES = [
  { name: "phone", width: 320, height: 640 },
  { name: "desk", width: 1280, height: 800 },
];
const KEY = "the-key-of-the-one-who-reads";
let thread: Awaited<ReturnType<typeof grow>>;

/** A thread with everything that a thread may have. */
async function grow(board: Board) {
  const post = await board.post(
    {
      title: "Where shall we meet when the old oak is pruned?",
      content: "The arborist comes on **Thursday**.\n\n- the barn\n- the mill",
      authorName: "Ada of the Mill",
    },
    KEY,
  );
  await board.approved(post.id);
  const barn = await board.comment(post.id, { content: "The barn, if it is dry.", authorName: "Wulf" });
  let above = barn.id;
  for (const [at, authorName] of ["Hild", "Oswin", "Hild", "Oswin", "Hild", "Oswin", "Hild"].entries()) {
    const answer = { content: `It is not, for the ${at + 1}. time.`, authorName, parentId: above };
    above = (await board.comment(post.id, answer)).id;
  }
  const slip = await board.comment(post.id, { content: "The wrong thread.", authorName: "Cuthbert" });
  await board.comment(post.id, { content: "It happens to us all.", authorName: "Ada", parentId: slip.id });
  await fetch(`${board.url}/api/v1/comments/${slip.id}`, {
    method: "DELETE",
    headers: { "Owner-Key": "a-key-of-the-tests-own" },
  });
  const rude = await board.comment(post.id, { content: "An orange lantern.", authorName: "Nobody" });
  await board.comment(post.id, { content: "What was said there?", authorName: "Hild", parentId: rude.id });
  const own = await board.comment(post.id, { content: "I bring the orange rope.", authorName: "Ada" }, KEY);
  const last = await board.comment(post.id, { content: "The mill it is, then.", authorName: "Oswin" });
  return { id: post.id, barn: barn.id, deepest: above, own: own.id, last: last.id };
}

async function open(page: Page, address: string) {
  await page.addInitScript((key) => localStorage.setItem("folkmoot.owner-key", key), KEY);
  await page.goto(address);
}

test.beforeAll(async ({ board }) => {
  thread = await grow(board);
});

for (const { name, width, height } of SIZES) {
  for (const colorScheme of ["light", "dark"] as const) {
    test(`has no barriers: ${name}, ${colorScheme}`, async ({ page }) => {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme });
      await open(page, `/p/${thread.id}`);
      await expect(page.getByText("The mill it is, then.")).toBeVisible();
      await expectNoBarriers(page);
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(wider).toBeLessThanOrEqual(0);
    });
  }
}

test("the text is shown as its writer meant it", async ({ page }) => {
  await open(page, `/p/${thread.id}`);
  await expect(page.getByRole("strong").filter({ hasText: "Thursday" })).toBeVisible();
  await expect(page).toHaveTitle(/Where shall we meet/);
});

test("a branch is hidden and shown by keyboard", async ({ page }) => {
  await open(page, `/p/${thread.id}`);
  const toggle = page.locator(`#c-${thread.barn}`).getByRole("button", { name: "7 replies" });
  await toggle.focus();
  await page.keyboard.press("Enter");
  await expect(page.locator(`#c-${thread.deepest}`)).toHaveCount(0);
  await expect(toggle).toHaveAttribute("aria-expanded", "false");
  await page.keyboard.press("Space");
  await expect(page.locator(`#c-${thread.deepest}`)).toBeVisible();
});

test("a link to a comment leads to it, opens what hides it, and says if it is gone", async ({ page }) => {
  await open(page, `/p/${thread.id}#c-${thread.deepest}`);
  const comment = page.locator(`#c-${thread.deepest}`);
  await expect(comment).toBeFocused();
  await expect(comment).toBeInViewport();
  await page.locator(`#c-${thread.barn}`).getByRole("button", { name: "7 replies" }).click();
  await expect(comment).toHaveCount(0);
  await page.locator(`#c-${thread.last}`).getByRole("link").first().click();
  await expect(page.locator(`#c-${thread.last}`)).toBeFocused();
  await page.goBack();
  await expect(comment).toBeFocused();
  await open(page, `/p/${thread.id}#c-01900000-0000-7000-8000-000000000000`);
  await page.reload();
  await expect(page.getByText("no longer there")).toBeInViewport();
});

test("the time is a link to the comment", async ({ page }) => {
  await open(page, `/p/${thread.id}`);
  await page.locator(`#c-${thread.last}`).getByRole("link").first().click();
  await expect(page).toHaveURL(new RegExp(`#c-${thread.last}$`));
  await expect(page.locator(`#c-${thread.last}`)).toBeFocused();
});

test("deleted and withheld comments hold a quiet place; one's own rejected one says why", async ({
  page,
}) => {
  await open(page, `/p/${thread.id}`);
  await expect(page.getByText("This comment was deleted.")).toBeVisible();
  await expect(page.getByText("It happens to us all.")).toBeVisible();
  await expect(page.getByText("A comment here is not shown.")).toBeVisible();
  await expect(page.getByText("An orange lantern.")).toHaveCount(0);
  const own = page.locator(`#c-${thread.own}`);
  await expect(own).toContainText("Rejected");
  await expect(own).toContainText("not welcome");
  await expect(own.getByRole("button", { name: "Edit" })).toBeVisible();
});

test("what is not there leads back to the posts", async ({ page }) => {
  await page.goto("/p/01900000-0000-7000-8000-000000000000");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Not here");
  await expectNoBarriers(page);
  await page.getByRole("main").getByRole("link", { name: "To the posts" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Posts");
});

// Writing at a real board: what goes wrong, what is changed, and what is taken back.
import type { Page } from "@playwright/test";
import { expect, expectNoBarriers, test } from "./story";

const title = (page: Page) => page.getByLabel("Title");
const content = (page: Page) => page.getByRole("textbox", { name: /^Text/ });
const comment = (page: Page) => page.getByLabel("Your comment", { exact: true });

async function post(page: Page, name: string): Promise<void> {
  await page.goto("/new");
  await title(page).fill(name);
  await page.getByRole("button", { name: "Post", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(name);
}

async function say(page: Page, words: string): Promise<void> {
  await page.getByRole("button", { name: "Write a comment" }).click();
  await comment(page).fill(words);
  await page.getByRole("button", { name: "Comment", exact: true }).click();
  await expect(comment(page)).toBeHidden();
}

test("what was begun survives a reload, and can be discarded", async ({ page }) => {
  await page.goto("/new");
  await title(page).fill("Half a thought");
  await content(page).fill("and a bit more");
  await page.reload();
  await expect(title(page)).toHaveValue("Half a thought");
  await expect(content(page)).toHaveValue("and a bit more");
  await page.getByRole("button", { name: "Discard" }).click();
  await page.reload();
  await expect(title(page)).toHaveValue("");
});

test("what the board finds wrong is said at the field, and the text stays", async ({ page }) => {
  await page.goto("/new");
  await title(page).fill("A bell \u0007 rings");
  await content(page).fill("Listen");
  await page.getByRole("button", { name: "Post", exact: true }).click();
  await expect(title(page)).toHaveAttribute("aria-invalid", "true");
  await expect(title(page)).toBeFocused();
  await expect(page.getByText(/a control character \(U\+0007\)/)).toBeVisible();
  await expectNoBarriers(page);
  await title(page).fill("A bell rings");
  await page.getByRole("button", { name: "Post", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("A bell rings");
});

test("one's own words are changed, and two tabs do not overwrite each other", async ({ page, context }) => {
  await post(page, "The gate creaks");
  const other = await context.newPage();
  await other.goto(page.url());
  await other.getByRole("button", { name: "Edit" }).first().click();
  await page.getByRole("button", { name: "Edit" }).first().click();
  await content(page).fill("Who has oil?");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("paragraph").filter({ hasText: "Who has oil?" })).toBeVisible();

  await content(other).fill("Grease will do");
  await other.getByRole("button", { name: "Save" }).click();
  await expect(other.getByText("It was changed meanwhile")).toBeVisible();
  await expect(other.getByText("Who has oil?")).toBeVisible();
  await expectNoBarriers(other);
  await other.getByRole("button", { name: "Save mine instead" }).click();
  await expect(other.getByRole("paragraph").filter({ hasText: "Grease will do" })).toBeVisible();
});

test("what is deleted is gone at once, comes back when it is taken back, and is deleted with its tab", async ({
  page,
  context,
}) => {
  await post(page, "Lost: one glove");
  const address = page.url();
  await say(page, "It was mine");
  const words = page.getByText("It was mine");
  await expect(words).toBeVisible();
  const remove = page.getByRole("button", { name: "Delete" }).last();
  await remove.click();
  await expect(words).toBeHidden();
  await expectNoBarriers(page);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(words).toBeVisible();
  await remove.click();
  await expect(words).toBeHidden();
  await page.close({ runBeforeUnload: true });
  const later = await context.newPage();
  await expect(async () => {
    await later.goto(address);
    await expect(later.getByRole("heading", { level: 1 })).toHaveText("Lost: one glove");
    await expect(later.getByText("It was mine")).toBeHidden({ timeout: 1000 });
  }).toPass();
});

test("what is deleted and left alone is deleted when its moment has passed", async ({ page, request }) => {
  await post(page, "A short word");
  const id = page.url().split("/p/")[1];
  await page.getByRole("button", { name: "Delete" }).first().click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Posts");
  await expect(page.getByRole("link", { name: "A short word" })).toHaveCount(0);
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByRole("link", { name: "A short word" }).click();
  await page.getByRole("button", { name: "Delete" }).first().click();
  await expect(page.getByRole("link", { name: "A short word" })).toHaveCount(0);
  await expect
    .poll(async () => (await request.get(`/api/v1/posts/${id}`)).status(), { timeout: 15_000 })
    .toBe(404);
});

test("everything goes by the keyboard alone", async ({ page }) => {
  await page.goto("/new");
  await title(page).focus();
  await page.keyboard.type("By the keys");
  await page.keyboard.press("Tab");
  await expect(page.getByRole("tab", { name: "Write" })).toBeFocused();
  await page.keyboard.press("Tab");
  await expect(content(page)).toBeFocused();
  await page.keyboard.type("no mouse");
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("tab", { name: "Preview" })).toHaveAttribute("aria-selected", "true");
  await expect(page.getByRole("tabpanel").getByText("no mouse")).toBeVisible();
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Control+Enter");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("By the keys");

  await page.getByRole("button", { name: "Write a comment" }).press("Enter");
  await expect(comment(page)).toBeFocused();
  await page.keyboard.type("typed");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("button", { name: "Write a comment" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(comment(page)).toHaveValue("typed");
  await page.keyboard.press("Control+Enter");
  await expect(page.getByText("typed")).toBeVisible();
  await expect(comment(page)).toBeHidden();
});

for (const width of [320, 1280]) {
  for (const colorScheme of ["light", "dark"] as const) {
    test(`has no barriers: ${width}, ${colorScheme}`, async ({ page }) => {
      await page.setViewportSize({ width, height: 800 });
      await page.emulateMedia({ colorScheme });
      await page.goto("/new");
      await title(page).fill("x".repeat(295));
      await page.getByText("How to format").click();
      await page.getByLabel(/Your name/).fill("y".repeat(70));
      await page.getByRole("button", { name: "Post", exact: true }).click();
      await expect(page.getByLabel(/Your name/)).toBeFocused();
      await expectNoBarriers(page);
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(wider).toBeLessThanOrEqual(0);
      await content(page).fill("# One\n\n`two`");
      await page.getByRole("tab", { name: "Preview" }).click();
      await expect(page.getByText("two", { exact: true })).toBeVisible();
      await expectNoBarriers(page);
      await page.getByRole("button", { name: "About the key" }).click();
      await expect(page.getByRole("dialog")).toBeVisible();
      await expect(page.getByRole("dialog")).not.toHaveAttribute("data-starting-style");
      await expectNoBarriers(page);
    });
  }
}

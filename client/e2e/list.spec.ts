// The list of posts at a real board.
import { expect, expectNoBarriers, test } from "./story";

const SIZES = [
  { name: "phone", width: 320, height: 640 },
  { name: "desk", width: 1280, height: 800 },
];

test.beforeAll(async ({ board }) => {
  const first = await board.post({
    title: "Where shall we meet when the old oak is pruned?",
    content:
      "The arborist comes on **Thursday**. Until then the *green* is closed to all but the swallows.\n\n- the barn\n- the mill",
    authorName: "Ada of the Mill",
  });
  const second = await board.post({ title: "Minutes of the spring assembly" });
  await Promise.all([board.approved(first.id), board.approved(second.id)]);
  await board.comment(first.id, { content: "The barn, if it is dry.", authorName: "Wulf" });
});

for (const { name, width, height } of SIZES) {
  for (const colorScheme of ["light", "dark"] as const) {
    test(`has no barriers: ${name}, ${colorScheme}`, async ({ page }) => {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme });
      await page.goto("/");
      await expect(page.getByRole("link", { name: "Minutes of the spring assembly" })).toBeVisible();
      await expectNoBarriers(page);
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(wider).toBeLessThanOrEqual(0);
    });
  }
}

test("a new post is announced, and shown when asked for", async ({ page, board }) => {
  // Once connected, the list is read a second time: what comes after that is announced.
  let reads = 0;
  page.on("response", (response) => {
    if (response.url().includes("/api/v1/posts?")) reads += 1;
  });
  await Promise.all([page.waitForResponse(/\/api\/v1\/live/), page.goto("/")]);
  await expect.poll(() => reads).toBeGreaterThan(1);
  await expect(page.getByRole("link", { name: "Minutes of the spring assembly" })).toBeVisible();
  await board.post({ title: "A bell rang" });
  await page.getByRole("button", { name: "1 new post" }).click();
  await expect(page.getByRole("heading", { level: 2 }).first()).toHaveText("A bell rang");
});

test("speaks German and stays dark when asked to, after a reload too", async ({ page }) => {
  await page.goto("/");
  await page.getByRole("button", { name: "Deutsch" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Beiträge");
  await page.getByRole("button", { name: "Farben: wie das System" }).click();
  await page.getByRole("button", { name: "Farben: hell" }).click();
  await page.reload();
  await expect(page.locator("html")).toHaveAttribute("lang", "de");
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
});

test("what is said elsewhere is counted without a reload", async ({ page, board }) => {
  const post = await board.post({ title: "Count the sheep" });
  await board.approved(post.id);
  await page.goto("/");
  const card = page.getByRole("article").filter({ hasText: "Count the sheep" });
  await expect(card).toContainText("0 comments");
  await board.comment(post.id, { content: "One." });
  await expect(card).toContainText("1 comment");
});

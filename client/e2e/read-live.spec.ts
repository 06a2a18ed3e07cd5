// What changes while one reads, and the way there and back.
import { expect, test } from "./story";

test("what another page says is announced, and shown when asked for", async ({ page, board, context }) => {
  const post = await board.post({ title: "The well is dry" });
  await board.approved(post.id);
  const first = await board.comment(post.id, { content: "Since when?", authorName: "Wulf" });
  await page.goto(`/p/${post.id}`);
  await expect(page.getByText("Since when?")).toBeVisible();
  const other = await context.newPage();
  await other.goto(`/p/${post.id}`);
  await expect(other.getByText("Since when?")).toBeVisible();

  await board.comment(post.id, { content: "Since Monday.", authorName: "Hild", parentId: first.id });
  await board.comment(post.id, { content: "Ask the miller.", authorName: "Oswin" });
  const pill = page.getByRole("button", { name: "2 new comments" });
  await expect(pill).toBeVisible();
  await expect(page.getByText("Since Monday.")).toHaveCount(0);
  await pill.click();
  await expect(page.getByText("Ask the miller.")).toBeVisible();
  await expect(page.getByRole("article").filter({ hasText: "Since Monday." })).toBeFocused();
  await expect(page.getByRole("heading", { level: 2 })).toHaveText("3 comments");
  await expect(other.getByRole("button", { name: "2 new comments" })).toBeVisible();
});

test("what one says oneself stands in its place at once, with what became of it", async ({ page, board }) => {
  const post = await board.post({ title: "The mill wheel" });
  await board.approved(post.id);
  const first = await board.comment(post.id, { content: "It squeaks.", authorName: "Wulf" });
  await board.comment(post.id, { content: "It always did.", authorName: "Hild" });
  await page.goto(`/p/${post.id}`);
  await page.locator(`#c-${first.id}`).getByRole("button", { name: "Reply" }).click();
  const form = page.locator("form");
  await form.getByRole("textbox", { name: "Your reply to Wulf" }).fill("Grease it with an orange.");
  await form.getByRole("button", { name: "Reply" }).click();
  const own = page.getByRole("article").filter({ hasText: "Grease it" });
  await expect(own).toBeFocused();
  await expect(own).toContainText("Rejected");
  await expect(page.locator("li[data-id]").nth(1)).toContainText("Grease it");
  await expect(page.getByRole("button", { name: /new comment/ })).toHaveCount(0);
  await own.getByRole("button", { name: "Delete" }).click();
  await expect(own).toHaveCount(0);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(own).toBeVisible();
});

test("what was read is changed in its place", async ({ page, board }) => {
  const post = await board.post({ title: "The ford" });
  await board.approved(post.id);
  const comment = await board.comment(post.id, { content: "It is deep.", authorName: "Wulf" });
  await page.goto(`/p/${post.id}`);
  await expect(page.getByText("It is deep.")).toBeVisible();
  const headers = { "Owner-Key": "a-key-of-the-tests-own", "Content-Type": "application/json" };
  const url = `${board.url}/api/v1/comments/${comment.id}`;
  await page.request.patch(url, {
    headers: { ...headers, "If-Match": '"1"' },
    data: { content: "It is shallow." },
  });
  await expect(page.getByText("It is shallow.")).toBeVisible();
  await expect(page.locator(`#c-${comment.id}`)).toContainText("edited");
  await page.request.delete(url, { headers });
  await expect(page.getByText("This comment was deleted.")).toBeVisible();
});

test("a post that is deleted while one reads it is not there any more", async ({ page, board }) => {
  const post = await board.post({ title: "The bridge" });
  await board.approved(post.id);
  await page.goto(`/p/${post.id}`);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("The bridge");
  await page.request.delete(`${board.url}/api/v1/posts/${post.id}`, {
    headers: { "Owner-Key": "a-key-of-the-tests-own" },
  });
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Not here");
});

test("a long thread is in the page only in part; links, focus and the end are reached all the same", async ({
  page,
  board,
}) => {
  const post = await board.post({ title: "A long day" });
  await board.approved(post.id);
  const ids: string[] = [];
  for (let at = 0; at < 450; at += 25) {
    const some = Array.from({ length: 25 }, (_, next) =>
      board.comment(post.id, { content: `Hour ${at + next}`, authorName: "Hild" }),
    );
    ids.push(...(await Promise.all(some)).map(({ id }) => id));
  }
  await page.goto(`/p/${post.id}`);
  const rows = page.locator("li[data-id]");
  await expect(rows.first()).toBeVisible();
  expect(await rows.count()).toBeLessThan(60);

  // What has the focus stays, however far one scrolls.
  const first = rows.first().getByRole("button", { name: "Reply" });
  await first.focus();
  for (let step = 0; step < 12; step += 1) {
    await page.mouse.wheel(0, 4_000);
    await page.waitForTimeout(50); // why: a wheel turns in steps, and the page reads on between them
  }
  await expect(first).toBeFocused();
  await expect(first).not.toBeInViewport();

  await page.goto("/");
  await page.goto(`/p/${post.id}#c-${ids.at(-1)}`);
  const last = page.locator(`#c-${ids.at(-1)}`);
  await expect(last).toBeFocused();
  await expect(last).toBeInViewport();
  expect(await rows.count()).toBeLessThan(60);
});

test("the back key leads to the same place on the list", async ({ page, board }) => {
  const posts = await Promise.all(
    Array.from({ length: 40 }, (_, at) => board.post({ title: `Market day ${at}`, content: "Turnips." })),
  );
  await Promise.all(posts.map(({ id }) => board.approved(id)));
  await page.goto("/");
  const link = page.getByRole("link", { name: "Market day", exact: false }).nth(25);
  await link.scrollIntoViewIfNeeded();
  const title = (await link.textContent()) ?? "";
  const before = await page.evaluate(() => window.scrollY);
  await link.click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(title);
  await page.goBack();
  await expect(page.getByRole("link", { name: title, exact: true })).toBeFocused();
  await expect.poll(() => page.evaluate(() => window.scrollY)).toBeGreaterThan(before - 50);
});

// The first minute of somebody who reads no instructions, at a board where nobody has spoken yet.
import { startBoard } from "./board";
import { expect, expectNoBarriers, test } from "./story";

test("an empty board invites; a post, a comment, and one that is rejected with its reason", async ({
  page,
}) => {
  const board = await startBoard();
  try {
    await page.goto(board.url);
    await expect(page.getByRole("heading", { name: "Nobody has spoken yet" })).toBeVisible();
    await expectNoBarriers(page);
    await page.getByRole("link", { name: "Write the first post" }).click();
    await page.getByLabel("Title").fill("Who brings the bench?");
    await page.getByRole("textbox", { name: /^Text/ }).fill("The old one is **rotten**.");
    await page.getByRole("tab", { name: "Preview" }).click();
    await expect(page.locator("strong", { hasText: "rotten" })).toBeVisible();
    await page.getByLabel(/Your name/).fill("Wulf");
    await page.getByRole("button", { name: "Post", exact: true }).click();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Who brings the bench?");
    await expect(page.locator("strong", { hasText: "rotten" })).toBeVisible();

    const say = async (words: string) => {
      await page.getByRole("button", { name: "Write a comment" }).click();
      // The name is known by now.
      await expect(page.getByLabel(/Your name/)).toHaveValue("Wulf");
      await page.getByLabel("Your comment", { exact: true }).fill(words);
      await page.getByRole("button", { name: "Comment", exact: true }).click();
      await expect(page.getByRole("article").filter({ hasText: words })).toBeFocused();
    };
    await say("I have one of oak.");
    await say("Or paint it orange");
    const rejected = page.getByRole("article").filter({ hasText: "Or paint it orange" });
    const told = async () => {
      await expect(page.getByText("I have one of oak.")).toBeVisible();
      await expect(rejected).toContainText("Rejected");
      await expect(rejected).toContainText("it contains a word that is not welcome here");
    };
    await told();
    await page.reload();
    await told();

    await page.getByRole("link", { name: "Folkmoot" }).click();
    // The thread, which has three, stays until the list is there.
    await expect(page.getByRole("heading", { level: 1, name: "Posts" })).toBeVisible();
    await expect(page.getByRole("article")).toContainText("Wulf");
  } finally {
    await board.stop();
  }
});

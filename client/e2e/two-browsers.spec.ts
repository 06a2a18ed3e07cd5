// Two people at two browsers: what one does shows to the other by itself, and what is withheld never reaches them.
import type { Page } from "@playwright/test";
import { expect, test } from "./story";

/** All that came to a page: answers of the API, and what its live connection said. */
async function overhear(page: Page): Promise<() => Promise<string>> {
  const heard: string[] = [];
  const open: Promise<void>[] = [];
  page.on("response", (response) => {
    if (!/\/api\//.test(response.url()) || /\/live$|\/stream/.test(response.url())) return;
    const read = response.text().then(
      (text) => void heard.push(text),
      () => undefined,
    );
    open.push(read);
  });
  const session = await page.context().newCDPSession(page);
  session.on("Network.eventSourceMessageReceived", ({ data }) => void heard.push(data));
  await session.send("Network.enable");
  return async () => {
    await Promise.all(open);
    return [...heard, await page.content()].join("\n");
  };
}

async function say(page: Page, words: string): Promise<void> {
  await page.getByRole("button", { name: "Write a comment" }).click();
  await page.getByLabel("Your comment", { exact: true }).fill(words);
  await page.getByRole("button", { name: "Comment", exact: true }).click();
  await expect(article(page, words)).toBeVisible();
}

/** What is being deleted is deleted when its message goes. */
async function closeMessage(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Undo" }).hover();
  await page.getByRole("button", { name: "Close" }).click();
}

const article = (page: Page, words: string) => page.getByRole("article").filter({ hasText: words });
const pill = (page: Page) => page.getByRole("button", { name: /new comment/ });

test("what one writes, changes and deletes shows to the other without a reload", async ({
  page: ada,
  browser,
  baseURL,
}) => {
  const elsewhere = await browser.newContext({ baseURL: baseURL ?? "" });
  const wulf = await elsewhere.newPage();
  try {
    await wulf.goto("/");
    await expect(wulf.getByRole("heading", { level: 1 })).toHaveText("Posts");
    await ada.goto("/new");
    await ada.getByLabel("Title").fill("The geese are loose");
    await ada.getByRole("button", { name: "Post", exact: true }).click();
    await expect(ada.getByRole("heading", { level: 1 })).toHaveText("The geese are loose");
    await wulf.getByRole("button", { name: /new post/ }).click();
    await wulf.getByRole("link", { name: "The geese are loose" }).click();
    await wulf.evaluate(() => Object.assign(window, { same: true }));

    await say(ada, "They are in the churchyard.");
    await pill(wulf).click();
    await expect(article(wulf, "They are in the churchyard.")).toBeVisible();
    await say(wulf, "I bring the dog.");
    await pill(ada).click();
    await expect(article(ada, "I bring the dog.")).toBeVisible();
    await expect(article(ada, "I bring the dog.").getByRole("button", { name: "Edit" })).toHaveCount(0);

    await article(ada, "They are in").getByRole("button", { name: "Edit" }).click();
    await ada.getByRole("textbox", { name: /comment/i }).fill("They are on the roof.");
    await ada.getByRole("button", { name: "Save" }).click();
    await expect(article(wulf, "They are on the roof.")).toContainText("edited");
    await expect(article(wulf, "They are in the churchyard.")).toHaveCount(0);

    await article(wulf, "I bring the dog.").getByRole("button", { name: "Delete" }).click();
    await closeMessage(wulf);
    await expect(article(ada, "I bring the dog.")).toHaveCount(0);

    await ada.getByRole("button", { name: "Edit" }).first().click();
    await ada.getByLabel("Title").fill("The geese are home");
    await ada.getByRole("button", { name: "Save" }).click();
    await expect(wulf.getByRole("heading", { level: 1 })).toHaveText("The geese are home");
    await ada.getByRole("button", { name: "Delete" }).first().click();
    await closeMessage(ada);
    await expect(wulf.getByRole("heading", { level: 1 })).toHaveText("Not here");
    expect(await wulf.evaluate(() => "same" in window)).toBe(true);
  } finally {
    await elsewhere.close();
  }
});

test("what is held or rejected reaches its author and moderators, and nobody else", async ({
  page: ada,
  browser,
  baseURL,
  board,
}) => {
  const post = await board.post({ title: "What shall the sign say?" });
  await board.approved(post.id);
  const others = await browser.newContext({ baseURL: baseURL ?? "" });
  const [wulf, moderator] = [await others.newPage(), await (await browser.newContext()).newPage()];
  const heardBy = await overhear(wulf);
  try {
    for (const page of [ada, wulf]) await page.goto(`/p/${post.id}`);
    await expect(wulf.getByRole("heading", { level: 2 })).toHaveText("0 comments");
    await moderator.goto(`${baseURL}/moderation`);

    await say(ada, "orange, secret-one");
    await expect(article(ada, "secret-one")).toContainText("Rejected");
    await say(ada, "casino, secret-two");
    await say(ada, "casino, secret-three");
    const card = (words: string) =>
      moderator.getByRole("region", { name: "What waits" }).getByRole("article").filter({ hasText: words });
    await expect(async () => {
      await moderator.goto(`${baseURL}/moderation`);
      await expect(card("secret-three")).toBeVisible({ timeout: 1_000 });
    }).toPass();
    await card("secret-two").click();
    await moderator.keyboard.press("r");
    await moderator.keyboard.type("not on a sign");
    await moderator.keyboard.press("Enter");
    await expect(article(ada, "secret-two")).toContainText("not on a sign");
    await say(ada, "Welcome, perhaps.");
    await expect(pill(wulf)).toHaveText("1 new comment");
    expect(await heardBy()).not.toMatch(/secret-(one|two|three)|not on a sign/);

    // Approved, it is there for everyone; changed into something unwelcome, it is gone again.
    await card("secret-three").click();
    await moderator.keyboard.press("a");
    await expect(pill(wulf)).toHaveText("2 new comments");
    await pill(wulf).click();
    await expect(article(wulf, "secret-three")).toBeVisible();
    await article(ada, "secret-three").getByRole("button", { name: "Edit" }).click();
    await ada.getByRole("textbox", { name: /comment/i }).fill("orange, secret-four");
    await ada.getByRole("button", { name: "Save" }).click();
    await expect(article(ada, "secret-four")).toContainText("Rejected");
    await expect(article(wulf, "secret-three")).toHaveCount(0);
    await wulf.reload();
    await expect(article(wulf, "Welcome, perhaps.")).toBeVisible();
    await wulf.goto("/");
    await expect(wulf.getByRole("link", { name: "What shall the sign say?" })).toBeVisible();
    expect(await heardBy()).not.toMatch(/secret-(one|two|four)|not on a sign/);
  } finally {
    await moderator.context().close();
    await others.close();
  }
});

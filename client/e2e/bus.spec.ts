// The window into the bus, at a real board: events arrive, chains open, subscriptions obey.
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "@playwright/test";
import { startBoard, until } from "./board";
import { expect, expectNoBarriers, test } from "./story";

const SIZES = [
  { name: "phone", width: 320, height: 640 },
  { name: "desk", width: 1280, height: 800 },
];
const events = (page: Page) => page.getByRole("list", { name: "Events" }).getByRole("button");
const card = (page: Page, name: string) => page.getByRole("article", { name });

test("an empty bus invites to write; what is written then arrives by itself", async ({ page }) => {
  // The worker's board may have heard other stories before.
  const board = await startBoard();
  try {
    await page.goto(`${board.url}/bus`);
    await expect(page.getByRole("heading", { name: "Nothing has happened yet" })).toBeVisible();
    await expect(page.getByRole("link", { name: "Write the first post" })).toBeVisible();
    const post = await board.post({ title: "The oak is to be pruned" });
    await expect(events(page).filter({ hasText: "PostModerated" })).toBeVisible();
    await board.comment(post.id, { content: "Not too much of it." });
    await expect(events(page).filter({ hasText: "CommentUpdated" })).toBeVisible();
  } finally {
    await board.stop();
  }
});

test("a comment is written, and its whole chain is there with delays", async ({ page, board }) => {
  const post = await board.post({ title: "Where shall we meet?" });
  await board.approved(post.id);
  await page.goto("/bus");
  await expect(events(page).first()).toBeVisible();
  const comment = await board.comment(post.id, { content: "In the barn." });
  const updated = events(page).filter({ hasText: "CommentUpdated" }).first();
  await expect(updated).toContainText(post.id.slice(-8));
  await updated.click();
  const chain = page.getByRole("list", { name: "What came of what" }).getByRole("listitem");
  await expect(chain).toHaveText([
    /^CommentCreated\/comments#\d+$/,
    /^\d+ ms laterCommentModerated\/moderation#\d+$/,
    /^\d+ ms laterCommentUpdated\/comments#\d+$/,
  ]);
  await expect(page.getByRole("link", { name: "Open the comment" })).toHaveAttribute(
    "href",
    `/p/${post.id}#c-${comment.id}`,
  );
  await page.reload();
  await expect(chain).toHaveCount(3);
});

test("by keyboard alone: the story, a box, an event", async ({ page, board }) => {
  const post = await board.post({ title: "A story to tell" });
  await board.comment(post.id, { content: "Once upon a time." });
  await page.goto("/bus");
  await expect(events(page).filter({ hasText: "CommentUpdated" }).first()).toBeVisible();
  await page.getByRole("button", { name: "Show me" }).press("Enter");
  await expect(page.getByText("Step 1 of 4")).toBeVisible();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await expect(page.getByText("Step 3 of 4")).toBeVisible();
  await page.getByRole("button", { name: "Done" }).press("Enter");
  await page.getByRole("button", { name: /^moderation:/ }).press("Space");
  await expect(page.getByText(/It owns rules, verdicts/)).toBeVisible();
  await events(page).first().focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "What came of what" })).toBeVisible();
  await expect(events(page).nth(1)).toBeFocused();
});

test("a list that is pointed at stands still and counts", async ({ page, board }) => {
  const before = await board.post({ title: "Before" });
  await board.approved(before.id);
  await page.goto("/bus");
  await events(page).first().hover();
  const first = await events(page).first().textContent();
  await board.post({ title: "After" });
  const fresh = page.getByRole("button", { name: "2 new" });
  await expect(fresh).toBeVisible();
  expect((await events(page).first().textContent())?.slice(-3)).toBe(first?.slice(-3));
  await fresh.click();
  await expect(fresh).toBeHidden();
  await board.post({ title: "Later" });
  await page.getByRole("button", { name: "2 new" }).press("Enter");
  await expect(events(page).first()).toBeFocused();
});

test("a paused service falls behind and catches up; the picture says so", async ({ page, board }) => {
  await page.goto("/bus");
  const comments = card(page, "comments");
  await comments.getByRole("button", { name: "Pause comments" }).click();
  await expect(comments.getByText("paused", { exact: true })).toBeVisible();
  await expect(page.getByRole("button", { name: "comments: paused" })).toBeVisible();
  await board.post({ title: "Nobody can answer this yet" });
  await expect(comments).toContainText(/1 event, the oldest waits/);
  await comments.getByRole("button", { name: "Resume comments" }).click();
  await expect(comments.getByText("not at all")).toBeVisible();
  await expect(comments.getByText("active", { exact: true })).toBeVisible();
});

test.describe("a receiver that refuses one subject", () => {
  let receiver: Server;
  let refused: string | undefined;
  const got: string[] = [];

  test.beforeAll(async () => {
    receiver = createServer(async (request, response) => {
      let body = "";
      for await (const piece of request) body += piece;
      const event = JSON.parse(body) as { subject: string; type: string };
      const bad = event.subject === refused;
      if (!bad) got.push(`${event.subject} ${event.type}`);
      response.writeHead(bad ? 422 : 200).end(bad ? "not to my taste" : "");
    }).listen(0, "127.0.0.1");
    await once(receiver, "listening");
  });
  test.afterAll(async () => {
    receiver.closeAllConnections();
    await once(receiver.close(), "close");
  });

  test("is parked, tried again, and given up, and the log says why", async ({ page, board }) => {
    const bad = await board.post({ title: "Toadstools" });
    refused = bad.id;
    const address = receiver.address() as AddressInfo;
    const put = await page.request.put(`${board.url}/api/v1/bus/subscriptions/archive`, {
      data: {
        url: `http://127.0.0.1:${address.port}/`,
        types: ["PostCreated", "PostUpdated"],
        from: "start",
      },
    });
    expect(put.ok()).toBe(true);
    await board.post({ title: "Chanterelles" });
    await page.goto("/bus");
    const archive = card(page, "archive");
    await expect(archive.getByText("1 parked")).toBeVisible({ timeout: 20_000 });
    await expect(page.getByRole("button", { name: "others: 1 parked" })).toBeVisible();
    await expect(archive).toContainText("not to my taste");
    await archive.getByRole("button", { name: `Try again now: ${bad.id}` }).click();
    await expect(archive).toContainText(/[1-9]\d* more tr(y|ies) failed/);

    await archive.getByRole("button", { name: `Give up … ${bad.id}` }).click();
    const dialog = page.getByRole("dialog");
    await expect(dialog).toContainText("is never delivered to archive");
    await expectNoBarriers(page);
    await dialog.getByLabel("Reason").fill("Nobody shall eat them.");
    await dialog.getByRole("button", { name: "Give up", exact: true }).click();
    await expect(archive.getByText("1 parked")).toBeHidden({ timeout: 10_000 });
    const given = events(page).filter({ hasText: "DeliveryGivenUp" }).first();
    await given.click();
    await expect(page.getByText("Nobody shall eat them.")).toBeVisible();
    await until(async () => got.length > 0, "the other subjects arrived");
    expect(got.every((line) => !line.startsWith(bad.id))).toBe(true);
    await page.request.delete(`${board.url}/api/v1/bus/subscriptions/archive`);
  });
});

test("where no motion is wanted, the ways light up and nothing moves", async ({ page, board }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.goto("/bus");
  await expect(page.getByText("Live. It is quiet right now.")).toBeVisible();
  await board.post({ title: "Stillness" });
  await expect(page.locator("path[class*=lit]").first()).toBeAttached();
  expect(
    await page.evaluate(
      () =>
        document
          .querySelector("svg[role=group]")
          ?.getAnimations({ subtree: true })
          .filter((one) => !("transitionProperty" in one)).length,
    ),
  ).toBe(0);
});

for (const { name, width, height } of SIZES) {
  for (const colorScheme of ["light", "dark"] as const) {
    test(`has no barriers: ${name}, ${colorScheme}`, async ({ page, board }) => {
      const post = await board.post({ title: "Without barriers" });
      await board.approved(post.id);
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.goto("/bus");
      await page.getByText("The picture in words").click();
      await events(page).first().click();
      await expect(page.getByRole("list", { name: "What came of what" })).toBeVisible();
      await expect(card(page, "posts")).toBeVisible();
      await expectNoBarriers(page);
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(wider).toBeLessThanOrEqual(0);
    });
  }
}

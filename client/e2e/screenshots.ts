// Pictures of every page, light and dark, on a phone and on a desk, at a board with the sample posts. They are put into the
// folder that `FOLKMOOT_SHOTS` names, or into the system's folder for what is temporary.
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { type Board, startBoard, until } from "./board";
import { test as base, expect } from "./story";

const FOLDER = process.env.FOLKMOOT_SHOTS ?? join(tmpdir(), "folkmoot-shots");
const SIZES = [
  { name: "phone", width: 375, height: 812 },
  { name: "desk", width: 1280, height: 800 },
];
const WAITING = "Casino one. Nobody would advertise in a village, but somebody always does.";

const test = base.extend<object, { demo: Board }>({
  demo: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the pattern
    async ({}, use) => {
      const board = await startBoard("127.0.0.1", ["--demo"]);
      await use(board);
      await board.stop();
    },
    { scope: "worker", timeout: 60_000 },
  ],
  baseURL: async ({ demo }, use) => use(demo.url),
});

interface Sample {
  id: string;
  title: string;
  commentCount: number;
}

/** The sample that most was said to. */
async function liveliest(board: Board): Promise<Sample> {
  const posts = (await (await fetch(`${board.url}/api/v1/posts?limit=50`)).json()) as Sample[];
  const [first] = posts.toSorted((one, other) => other.commentCount - one.commentCount);
  if (!first) throw new Error("the samples are missing");
  return first;
}

test.beforeAll(async ({ demo }) => {
  await until(
    async () => (await liveliest(demo).catch(() => undefined)) !== undefined,
    "the samples are there",
  );
  const { id } = await liveliest(demo);
  await demo.comment(id, { content: WAITING, authorName: "A travelling salesman" });
});

/** What is taken: the name of the picture, and the way there. */
const PLACES: Record<string, (page: Page, board: Board) => Promise<void>> = {
  async list(page) {
    await page.goto("/");
    await expect(page.getByRole("article").first()).toBeVisible();
  },
  async thread(page, board) {
    const { id, title } = await liveliest(board);
    await page.goto(`/p/${id}`);
    await expect(page.getByRole("heading", { level: 1 })).toHaveText(title);
    await expect(page.locator("li[data-id]").nth(1)).toBeVisible();
  },
  async reply(page, board) {
    await PLACES.thread?.(page, board);
    await page.getByRole("button", { name: "Reply" }).first().click();
    await page
      .getByRole("textbox", { name: /Your reply/ })
      .fill("That is well said, but who *feeds* the geese?");
  },
  async new(page) {
    await page.goto("/new");
    await page.getByLabel("Title").fill("Who brings the bench?");
    await page.getByRole("textbox", { name: /^Text/ }).fill("The old one is **rotten**.\n\n- oak\n- ash");
  },
  async moderation(page) {
    await page.goto("/moderation");
    await expect(page.getByRole("article").first()).toBeVisible();
  },
  async rules(page) {
    await page.goto("/moderation?view=rules");
    await expect(page.getByRole("heading", { name: "long-comment" })).toBeVisible();
  },
  async bus(page) {
    await page.goto("/bus");
    await expect(page.getByRole("list", { name: "Events" }).getByRole("button").first()).toBeVisible();
  },
  async "not-found"(page) {
    await page.goto("/nowhere");
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  },
  async gone(page) {
    await page.goto("/p/01900000-0000-7000-8000-000000000000");
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Not here");
  },
  async error(page) {
    await page.route("**/api/v1/posts*", (route) => route.fulfill({ status: 500, body: "" }));
    await page.goto("/");
    await expect(page.getByRole("alert")).toBeVisible({ timeout: 20_000 });
  },
};

for (const { name, width, height } of SIZES) {
  for (const colorScheme of ["light", "dark"] as const) {
    for (const [place, go] of Object.entries(PLACES)) {
      test(`${place}, ${name}, ${colorScheme}`, async ({ page, demo }) => {
        await page.setViewportSize({ width, height });
        await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        await go(page, demo);
        await page.screenshot({ path: join(FOLDER, `${place}-${name}-${colorScheme}.png`) });
      });
    }
  }
}

test("the frame in German on small phones", async ({ page }) => {
  await page.addInitScript(() => localStorage.setItem("folkmoot.language", "de"));
  for (const width of [320, 375]) {
    await page.setViewportSize({ width, height: 640 });
    await page.goto("/");
    await expect(page.getByRole("article").first()).toBeVisible();
    await page.screenshot({ path: join(FOLDER, `list-${width}-de.png`) });
  }
});

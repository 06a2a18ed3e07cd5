// Nothing that people write runs in a reader's browser, wherever it is shown, nor does what stands in an address.
import type { Page } from "@playwright/test";
import type { Board } from "./board";
import { LINES, TEXTS } from "./payloads";
import { test as base, expect } from "./story";

const KEY = "the-key-of-the-one-who-attacks";
const REL = "nofollow noopener noreferrer ugc";
const PART = 16;

/** Whatever a page must not do is noted: dialogs, requests to elsewhere, and errors in the console. */
const test = base.extend<{ deeds: string[] }>({
  deeds: [
    async ({ page, board }, use) => {
      const deeds: string[] = [];
      const origin = new URL(board.url).origin;
      page.on("dialog", (dialog) => {
        deeds.push(`dialog: ${dialog.message()}`);
        void dialog.dismiss();
      });
      page.on("request", (request) => {
        const { origin: to, pathname } = new URL(request.url());
        if (to !== origin) deeds.push(`request: ${request.url()}`);
        // An address must not make the page ask for something else than it names.
        else if (/^\/p\//.test(new URL(page.url()).pathname) && /^\/api\/v1\/(?!posts|live)/.test(pathname))
          deeds.push(`request: ${request.url()} from ${page.url()}`);
      });
      page.on("console", (message) => {
        const missing = /Failed to load resource.* (400|404)/.test(message.text());
        if (message.type() === "error" && !missing) deeds.push(`console: ${message.text()}`);
      });
      page.on("popup", (popup) => deeds.push(`window: ${popup.url()}`));
      await use(deeds);
      expect(deeds).toEqual([]);
    },
    { auto: true },
  ],
});

/** What is active in the page though it is not the client's own, or leads where it should not. */
function activeIn(page: Page): Promise<string[]> {
  return page.evaluate((rel) => {
    const found: string[] = [];
    for (const element of document.querySelectorAll("*")) {
      const name = element.localName;
      const said = element.outerHTML.slice(0, 200);
      if (/^(iframe|object|embed|base|template|style|video|audio|math|frame|applet)$/.test(name))
        found.push(said);
      if (name === "script" && !/^\/(theme|assets\/|src\/|@)/.test(element.getAttribute("src") ?? ""))
        found.push(said);
      if (name === "img" || name === "image" || name === "foreignObject") found.push(said);
      for (const { name: attribute, value } of element.attributes) {
        if (/^on/.test(attribute) || /^\s*(javascript|vbscript|data|blob|view-source):/i.test(value))
          found.push(said);
        if (/evil\.example/.test(value) && attribute !== "href") found.push(said);
      }
      if (!(element instanceof HTMLAnchorElement) || !element.hasAttribute("href")) continue;
      const own = element.origin === window.location.origin;
      if (!own && !/^(https?|mailto):$/.test(element.protocol)) found.push(said);
      if (!own && element.rel !== rel) found.push(said);
    }
    return found;
  }, REL);
}

async function expectInert(page: Page): Promise<void> {
  expect(await activeIn(page)).toEqual([]);
}

let planted: Awaited<ReturnType<typeof plant>>;

/** Everything everywhere: in texts, titles and names, in what waits for a moderator, in reports and in reasons. */
async function plant(board: Board) {
  const say = async (path: string, body: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(`${board.url}/api/v1/${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "Owner-Key": KEY, ...headers },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  };
  const short = LINES.filter((line) => line.length <= 60);
  const authorName = (at: number) => short[at % short.length] ?? "";
  const parts = Array.from({ length: Math.ceil(TEXTS.length / PART) }, (_, at) =>
    TEXTS.slice(at * PART, (at + 1) * PART).join("\n\n"),
  );
  const posts = await Promise.all(
    LINES.map((title, at) =>
      board.post({ title, content: parts[at % parts.length] ?? "", authorName: authorName(at) }, KEY),
    ),
  );
  await Promise.all(posts.map(({ id }) => board.approved(id)));
  const [first, second] = posts;
  if (!first || !second) throw new Error("there are no payloads");
  for (const [at, content] of parts.entries()) {
    await board.comment(first.id, { content, authorName: authorName(at) }, KEY);
  }
  // Held: the queue shows them. And one that is read by everyone is reported, for every reason.
  for (const [at, part] of parts.entries()) {
    await board.comment(second.id, { content: `casino ${part}`, authorName: authorName(at) }, KEY);
  }
  const held = await board.post({ title: `casino ${LINES[1]}`, content: parts[0] ?? "" }, KEY);
  // Nobody reports what is their own.
  const reported = await board.comment(second.id, { content: parts[0] ?? "", authorName: authorName(1) });
  for (const [at, reason] of LINES.entries())
    await say(`comments/${reported.id}/reports`, { reason }, { "Owner-Key": `${KEY}-${at}` });
  const judged = await board.comment(second.id, { content: "casino, judged" }, KEY);
  await expect
    .poll(async () => (await fetch(`${board.url}/api/v1/moderation/queue?limit=100`)).text())
    .toContain(judged.id);
  const reason = LINES.join(" ");
  await say("moderation/decisions", {
    kind: "comment",
    id: judged.id,
    revision: 1,
    status: "rejected",
    reason,
  });
  return {
    posts,
    first: first.id,
    reported: reported.id,
    second: second.id,
    held: held.id,
    text: parts.join("\n\n"),
    reason,
  };
}

test.beforeAll(async ({ board }) => {
  planted = await plant(board);
});
test.beforeEach(({ page }) =>
  page.addInitScript((key) => localStorage.setItem("folkmoot.owner-key", key), KEY),
);

test("the look finds what it looks for", async ({ page, complaints, deeds }) => {
  await page.goto("/new");
  await page.evaluate(() => {
    const place = document.createElement("div");
    place.innerHTML = `<a href="java\nscript:alert(1)">x</a><a href="https://oak.example">x</a><b onclick="alert(1)">x</b>
      <img src="http://evil.example/x.png" alt="">`;
    document.body.append(place);
  });
  await expect.poll(() => activeIn(page).then((found) => found.length)).toBeGreaterThanOrEqual(5);
  await expect.poll(() => complaints.length).toBeGreaterThan(0);
  complaints.length = 0;
  deeds.length = 0;
});

test("lists and threads show titles, names and texts, and nothing runs", async ({ page }) => {
  test.slow();
  for (const address of ["/", "/?sort=active"]) {
    await page.goto(address);
    for (const title of LINES)
      await expect(page.getByRole("heading", { level: 2 }).getByText(title, { exact: true })).toBeVisible();
    await expectInert(page);
  }
  for (const [at, { id }] of planted.posts.entries()) {
    await page.goto(`/p/${id}`);
    await expect(page.getByRole("heading", { level: 1 })).toHaveText(LINES[at] ?? "");
    await expect(page).toHaveTitle(`${LINES[at]} · Folkmoot`);
    await expectInert(page);
  }
  // Comments far below come into the page when one gets there.
  await page.goto(`/p/${planted.first}`);
  await expect(page.locator("li[data-id]").first()).toBeVisible();
  const top = () => page.evaluate(() => window.scrollY);
  for (let at = -1, next = await top(); at !== next; next = await top()) {
    at = next;
    await expectInert(page);
    await page.mouse.wheel(0, 1_500);
    await page.waitForTimeout(100); // why: a wheel turns in steps
  }
  await page.goto(`/p/${planted.second}#c-${planted.reported}`);
  const other = page.locator(`#c-${planted.reported}`);
  await other.getByRole("button", { name: "Reply" }).click();
  await other.getByRole("button", { name: "Report" }).click();
  await expect(page.getByRole("dialog")).toBeVisible();
  await expectInert(page);
});

test("a reason is shown as it was written", async ({ page }) => {
  await page.goto(`/p/${planted.second}`);
  await expect(page.getByRole("article").filter({ hasText: "casino, judged" })).toContainText(planted.reason);
  await expectInert(page);
  await page.goto(`/p/${planted.held}`);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(`casino ${LINES[1]}`);
  await expectInert(page);
});

test("moderators look at it, and nothing runs", async ({ page }) => {
  await page.goto("/moderation");
  const cards = page.getByRole("region", { name: "What waits" }).getByRole("article");
  await expect(cards.first()).toBeVisible();
  await expect(cards.filter({ hasText: `casino ${LINES[1]}` })).toBeVisible();
  await expectInert(page);
  for (const name of ["Show all", "Context"]) {
    const more = page.getByRole("button", { name, expanded: false });
    while ((await more.count()) > 0) await more.first().click();
  }
  await expectInert(page);
  await page.goto("/moderation?view=decided");
  await expect(page.getByText(planted.reason).first()).toBeVisible();
  await expectInert(page);
});

test("the bus shows it as JSON, and nothing runs", async ({ page }) => {
  await page.goto("/bus");
  const events = page.getByRole("list", { name: "Events" }).getByRole("button");
  for (const type of ["PostCreated", "CommentCreated", "CommentModerated", "CommentReported"]) {
    const event = events.filter({ hasText: type }).first();
    if ((await event.count()) === 0) continue;
    await event.click();
    await expect(page.getByRole("heading", { name: new RegExp(`^${type} #`) })).toBeVisible();
    await expectInert(page);
  }
});

test("the preview and a draft show it, and nothing runs", async ({ page }) => {
  await page.goto("/new");
  await page.getByRole("textbox", { name: /^Text/ }).fill(planted.text);
  await page.getByRole("tab", { name: "Preview" }).click();
  await expect(page.getByRole("tabpanel").getByRole("link").first()).toBeVisible();
  await expectInert(page);
  await page.reload();
  await expect(page.getByRole("textbox", { name: /^Text/ })).toHaveValue(planted.text);
  await expectInert(page);
});

test("what stands in an address does not run, nor leads requests elsewhere", async ({ page }) => {
  test.slow();
  const ways = ["../bus/events", "..\\bus\\events", "%2e%2e/bus/events", "x?limit=1#", "//evil.example/x"];
  const addresses = [...LINES, ...ways].flatMap((line) => {
    const said = encodeURIComponent(line);
    return [`/p/${said}`, `/${said}`, `/?sort=${said}#${said}`];
  });
  const [one] = LINES.map((line) => encodeURIComponent(line));
  addresses.push(`/p/${planted.first}#c-${one}`, `/moderation?view=${one}`);
  addresses.push(`/bus?event=${one}&type=${one}&subject=${one}`, `/new?title=${one}#${one}`);
  for (const address of addresses) {
    await page.goto(address);
    // Where Vite serves the pages, it takes an address with a dot for a file that is missing.
    const page404 = (await page.locator("#root").count()) === 0;
    if (!page404) await expect(page.getByRole("heading", { level: 1 }), address).toBeVisible();
    await expectInert(page);
  }
});

// What a very long thread costs: 5,000 comments are written through the API, then the thread is opened and read to its end.
// Reported: how fast they were taken, when the first is shown, how long frames are while scrolling, how much is in the page.
import { expect, test } from "./story";

const COMMENTS = 5_000;
const WRITERS = 16;
const STEP_PX = 900;
/** For scrolling; it ends earlier when the end is reached. */
const MOST_MS = 120_000;

test("a thread of 5,000 comments", async ({ page, board }) => {
  const post = await board.post({ title: "The longest night", content: "It was told by many." });
  await board.approved(post.id);
  const ids: string[] = [];
  const began = Date.now();
  await Promise.all(
    Array.from({ length: WRITERS }, async () => {
      while (ids.length < COMMENTS) {
        const parentId =
          ids.length % 3 === 0 ? undefined : ids[Math.max(0, ids.length - 1 - (ids.length % 17))];
        const content = `Word ${ids.length}. ${"The night went on. ".repeat(1 + (ids.length % 5))}`;
        ids.push((await board.comment(post.id, { content, ...(parentId && { parentId }) })).id);
      }
    }),
  );
  const written = Date.now() - began;
  console.log(
    `written: ${ids.length} comments in ${written} ms (${Math.round((ids.length * 1000) / written)}/s)`,
  );
  await expect
    .poll(
      async () =>
        (await (await page.request.get(`${board.url}/api/v1/posts/${post.id}`)).json()).commentCount,
    )
    .toBeGreaterThanOrEqual(COMMENTS);

  await page.addInitScript(() => {
    const seen = { first: 0, frames: [] as number[] };
    Object.assign(window, { seen });
    let last = performance.now();
    const frame = (now: number) => {
      seen.frames.push(now - last);
      last = now;
      if (!seen.first && document.querySelector("li[data-id]")) seen.first = now;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
  await page.goto(`/p/${post.id}`);
  const rows = page.locator("li[data-id]");
  await expect(rows.first()).toBeVisible();
  const first = await page.evaluate(() => (window as unknown as { seen: { first: number } }).seen.first);

  const read = await page.evaluate(
    async ([step, most]) => {
      const { frames } = (window as unknown as { seen: { frames: number[] } }).seen;
      frames.length = 0;
      const next = () => new Promise(requestAnimationFrame);
      const began = performance.now();
      let still = 0;
      let nodes = 0;
      // At the end when nothing was added and nothing moved for a while.
      for (let at = -1; still < 60 && performance.now() - began < most; ) {
        window.scrollBy(0, step);
        await next();
        await next();
        nodes = Math.max(nodes, document.querySelectorAll("*").length);
        still = window.scrollY === at ? still + 1 : 0;
        at = window.scrollY;
      }
      const sorted = frames.toSorted((one, other) => one - other);
      const share = (part: number) => Math.round(sorted[Math.floor((sorted.length - 1) * part)] ?? 0);
      return {
        seconds: Math.round(performance.now() - began) / 1000,
        frames: sorted.length,
        p50: share(0.5),
        p99: share(0.99),
        max: share(1),
        nodes,
        height: document.documentElement.scrollHeight,
      };
    },
    [STEP_PX, MOST_MS] as const,
  );
  await expect(page.getByRole("button", { name: "Load more" })).toHaveCount(0);
  console.log(`first comment shown after ${Math.round(first)} ms`);
  console.log(
    `read to the end (${read.height} px) in ${read.seconds} s, ${read.frames} frames: ` +
      `p50 ${read.p50} ms, p99 ${read.p99} ms, longest ${read.max} ms; at most ${read.nodes} elements in the page`,
  );

  const linked = Date.now();
  await page.goto("/");
  await page.goto(`/p/${post.id}#c-${ids.at(-1)}`);
  await expect(page.locator(`#c-${ids.at(-1)}`)).toBeFocused({ timeout: 60_000 });
  console.log(`a link to the last comment leads there in ${Date.now() - linked} ms`);
});

// What every end-to-end test begins with: `test` with a board for its worker, and a look for barriers (axe).
import AxeBuilder from "@axe-core/playwright";
import { test as base, expect, type Page } from "@playwright/test";
import { type Board, startBoard } from "./board";

export { expect };

/** `board` is the worker's own; what the browser complains about (its security policy, say) fails the test. */
export const test = base.extend<{ complaints: string[] }, { board: Board }>({
  board: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the pattern
    async ({}, use) => {
      const board = await startBoard();
      await use(board);
      await board.stop();
    },
    { scope: "worker", timeout: 40_000 },
  ],
  baseURL: async ({ board }, use) => use(board.url),
  complaints: [
    async ({ context }, use) => {
      const complaints: string[] = [];
      // Of every page: a test may open several.
      context.on("weberror", (error) => complaints.push(String(error.error())));
      context.on("console", (message) => {
        if (/Content Security Policy/i.test(message.text())) complaints.push(message.text());
      });
      await use(complaints);
      expect(complaints).toEqual([]);
    },
    { auto: true },
  ],
});

/** No barrier that axe can find, by WCAG 2.2 AA and good practice. */
export async function expectNoBarriers(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.html} ${node.failureSummary}`).join("\n")}`,
  );
  expect(found).toEqual([]);
}

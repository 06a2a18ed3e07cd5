// How a text begins.
import { expect, test } from "vitest";
import { excerptOf } from "./excerpt";

test("the signs of Markdown are left out", () => {
  expect(excerptOf("# Oak\n\n> Said *she* with **force**\n- one [link](http://x)\n1. `code`")).toBe(
    "Oak Said she with force · one link · code",
  );
});

test("a long text is cut between two words", () => {
  const cut = excerptOf("word ".repeat(200));
  expect(cut.length).toBeLessThanOrEqual(222);
  expect(cut.endsWith("word …")).toBe(true);
});

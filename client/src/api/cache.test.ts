// Where a new comment stands in a thread that is read depth first.
import { expect, test } from "vitest";
import { inserted } from "./cache";
import type { Comment } from "./types";

const comment = (id: string, parentId?: string): Comment => ({
  id,
  parentId: parentId ?? null,
  content: id,
  status: "approved",
});
const ids = (comments: Comment[]) => comments.map(({ id }) => id).join(" ");

test("a reply stands behind the whole branch of its parent", () => {
  const thread = [comment("a"), comment("a1", "a"), comment("a1x", "a1"), comment("a2", "a"), comment("b")];
  expect(ids(inserted(thread, comment("new", "a1")))).toBe("a a1 a1x new a2 b");
  expect(ids(inserted(thread, comment("new", "a")))).toBe("a a1 a1x a2 new b");
  expect(ids(inserted(thread, comment("new")))).toBe("a a1 a1x a2 b new");
  expect(ids(inserted(thread, comment("new", "b")))).toBe("a a1 a1x a2 b new");
});

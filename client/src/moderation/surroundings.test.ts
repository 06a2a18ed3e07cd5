// What stands around a comment that waits.
import { expect, test } from "vitest";
import type { Comment } from "../api/types";
import { aroundOf } from "./surroundings";

const comment = (id: string, minute: number, parentId?: string): Comment => ({
  id,
  content: id,
  status: "approved",
  createdAt: `2025-01-01T00:0${minute}:00Z`,
  ...(parentId && { parentId }),
});
const ids = (comments: Comment[]) => comments.map(({ id }) => id);

const THREAD = [
  comment("root", 0),
  comment("a", 1, "root"),
  comment("b", 2, "root"),
  comment("under b", 3, "b"),
  comment("c", 4, "root"),
  comment("d", 5, "root"),
  comment("e", 6, "root"),
  comment("f", 7, "root"),
  comment("other", 8),
];

test("the comment that it answers, and two on either side", () => {
  const around = aroundOf({ id: "d" }, THREAD);
  expect(around.parent?.id).toBe("root");
  expect(ids(around.before)).toEqual(["b", "c"]);
  expect(ids(around.after)).toEqual(["e", "f"]);
});

test("where it is not shown to everyone, its time places it", () => {
  const around = aroundOf({ id: "x", parentId: "root", createdAt: "2025-01-01T00:04:30Z" }, THREAD);
  expect(ids(around.before)).toEqual(["b", "c"]);
  expect(ids(around.after)).toEqual(["d", "e"]);
});

test("a comment on the post itself answers none", () => {
  const around = aroundOf({ id: "other" }, THREAD);
  expect(around.parent).toBeUndefined();
  expect(ids(around.before)).toEqual(["root"]);
  expect(around.after).toEqual([]);
});

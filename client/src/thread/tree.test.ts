// The thread's order, depth and counts; and that nothing is lost, whatever answers whatever.
import { describe, expect, test } from "vitest";
import type { Comment } from "../api/types";
import { ancestorsOf, rowsOf, treeOf } from "./tree";

const said = (id: string, parentId?: string, more: Partial<Comment> = {}): Comment => ({
  id,
  content: `Text ${id}`,
  status: "approved",
  ...(parentId && { parentId }),
  ...more,
});
const nothing: ReadonlySet<string> = new Set();
const all = (comments: Comment[]) => new Set(comments.map(({ id }) => id));

function drawn(comments: Comment[], collapsed = nothing, admitted = all(comments)): string[] {
  return rowsOf(treeOf(comments), { collapsed, admitted }).rows.map(
    (row) => `${"-".repeat(row.level - 1)}${row.comment.id}${row.replies ? `+${row.replies}` : ""}`,
  );
}

describe("the order", () => {
  test("each comment is followed by its replies, in the order in which they came", () => {
    expect(drawn([said("a"), said("b", "a"), said("c", "b"), said("d", "a"), said("e")])).toEqual([
      "a+3",
      "-b+1",
      "--c",
      "-d",
      "e",
    ]);
  });

  test("a reply that came before what it answers still stands below it", () => {
    expect(drawn([said("reply", "late"), said("late")])).toEqual(["late+1", "-reply"]);
  });

  test("what answers nothing that was read stands at the top", () => {
    expect(drawn([said("a"), said("orphan", "unknown"), said("b", "orphan")])).toEqual([
      "a",
      "orphan+1",
      "-b",
    ]);
  });

  test("a circle is cut open at its first comment, and loses none", () => {
    expect(drawn([said("a", "c"), said("b", "a"), said("c", "b"), said("d")])).toEqual([
      "d",
      "a+2",
      "-b+1",
      "--c",
    ]);
    expect(drawn([said("self", "self")])).toEqual(["self"]);
  });

  test("a comment that was read twice stands once", () => {
    expect(drawn([said("a"), said("a")])).toEqual(["a"]);
  });

  test("ten thousand replies to replies are no deeper than memory", () => {
    const deep = Array.from({ length: 10_000 }, (_, at) => said(`${at}`, at > 0 ? `${at - 1}` : undefined));
    expect(drawn(deep).at(-1)).toHaveLength(9_999 + 4);
    expect(ancestorsOf(treeOf(deep), "9999")).toHaveLength(9_999);
  });
});

describe("what is shown", () => {
  const thread = [said("a"), said("b", "a"), said("c", "b"), said("d")];

  test("a collapsed branch hides what is below, and still counts it", () => {
    expect(drawn(thread, new Set(["a", "d"]))).toEqual(["a+2", "d"]);
    const { rows } = rowsOf(treeOf(thread), { collapsed: new Set(["a", "d"]), admitted: all(thread) });
    expect(rows.map((row) => row.collapsed)).toEqual([true, false]);
  });

  test("a comment that waits for being let in is not shown, nor counted", () => {
    const { rows, waiting } = rowsOf(treeOf(thread), { collapsed: nothing, admitted: new Set(["a", "b"]) });
    expect(rows.map((row) => `${row.comment.id} ${row.position}/${row.siblings}`)).toEqual([
      "a 1/1",
      "b 1/1",
    ]);
    expect(rows[0]?.replies).toBe(1);
    expect(waiting).toEqual(["c", "d"]);
  });

  test("what is withheld holds the place of those that answer it, and else has none", () => {
    const withheld = { withheld: true, content: null } as const;
    const some = [
      said("quiet", undefined, withheld),
      said("reply", "quiet"),
      said("alone", undefined, withheld),
    ];
    expect(drawn(some, nothing, new Set(["reply"]))).toEqual(["quiet+1", "-reply"]);
    expect(rowsOf(treeOf(some), { collapsed: nothing, admitted: new Set(["reply"]) }).waiting).toEqual([]);
  });
});

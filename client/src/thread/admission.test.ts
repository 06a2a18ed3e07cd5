// What is let in at once, and what waits for being asked for.
import { expect, test } from "vitest";
import type { Comment } from "../api/types";
import { admitIds, admitParts, hear, joined, nobody } from "./admission";

const said = (id: string, more: Partial<Comment> = {}): Comment => ({
  id,
  content: `Text ${id}`,
  status: "approved",
  ...more,
});

test("all of a new part is let in; of a part that was read anew, only what is one's own", () => {
  const first = admitParts(nobody, [[said("a"), said("b")]]);
  expect([...first.ids]).toEqual(["a", "b"]);
  const again = admitParts(first, [[said("a"), said("b"), said("theirs"), said("mine", { own: true })]]);
  expect([...again.ids]).toEqual(["a", "b", "mine"]);
  const further = admitParts(again, [[said("a"), said("theirs")], [said("z")]]);
  expect(further.ids.has("z")).toBe(true);
  expect(further.ids.has("theirs")).toBe(false);
  expect(admitIds(further, ["theirs"]).ids.has("theirs")).toBe(true);
});

test("the same parts change nothing", () => {
  const parts = [[said("a")]];
  const once = admitParts(nobody, parts);
  expect(admitParts(once, parts)).toBe(once);
});

test("what comes to light later is new, though it was there before", () => {
  const hidden = admitParts(nobody, [[said("a", { withheld: true, content: null })]]);
  expect(admitParts(hidden, [[said("a")]]).ids.has("a")).toBe(false);
});

test("what is heard takes its place where what it answers was read; else one must read on", () => {
  const heard = [
    said("reply", { parentId: "a" }),
    said("below", { parentId: "reply" }),
    said("far", { parentId: "z" }),
  ];
  const part = joined([said("a")], [...heard, said("top"), said("a")], false);
  expect(part.comments.map(({ id }) => id)).toEqual(["a", "reply", "below"]);
  expect(part.unplaced).toEqual(["far", "top"]);
  const whole = joined([said("a")], [said("top")], true);
  expect(whole.comments.map(({ id }) => id)).toEqual(["a", "top"]);
});

test("what may not be read any more is forgotten", () => {
  const none: ReadonlyMap<string, Comment> = new Map();
  expect(hear(none, said("a", { withheld: true }))).toBe(none);
  const one = hear(none, said("a"));
  expect(hear(one, said("a", { content: "Edited" })).get("a")?.content).toBe("Edited");
  expect(hear(one, said("a", { withheld: true, content: null })).size).toBe(0);
  expect(hear(one, said("a", { deleted: true, content: null })).size).toBe(0);
});

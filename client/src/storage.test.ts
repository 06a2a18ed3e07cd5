// What is kept when there is no room.
import { expect, test } from "vitest";
import { keep, namesOf, recall } from "./storage";
import { fillStorage } from "./test-storage";

test("what could not be kept is newer than what is there, until something can be kept again", () => {
  expect(keep("draft.x", "old")).toBe(true);
  const makeRoom = fillStorage();
  expect(keep("draft.x", "new")).toBe(false);
  expect(keep("draft.y", "one")).toBe(false);
  expect(recall("draft.x")).toBe("new");
  expect(namesOf("draft.").sort()).toEqual(["draft.x", "draft.y"]);
  makeRoom();
  expect(keep("draft.x", "newest")).toBe(true);
  expect(recall("draft.x")).toBe("newest");
  keep("draft.x", null);
  keep("draft.y", null);
  expect(namesOf("draft.")).toEqual([]);
});

// Which of the numbers that an event carries is its place in the log.
import { expect, test } from "vitest";
import { placeOf } from "./place";

test("the place in the log is the bus's, and not a producer's own number", () => {
  expect(placeOf({ sequence: "0000000000000007" })).toBe("0000000000000007");
  expect(placeOf({ sequence: "2026/a", folkmootsequence: "0000000000000007" })).toBe("0000000000000007");
});

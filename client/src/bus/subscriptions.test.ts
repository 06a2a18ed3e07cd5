// What a subscription's state is called, and what a move of its cursor means.
import { expect, test } from "vitest";
import { en } from "../i18n/en";
import { consequenceOf, placeFor, stateOf } from "./subscriptions";

const lag = (events: number, seconds = 0) => ({ events, seconds });

test.each([
  [{ state: "active", lag: lag(0) }, "active"],
  [{ state: "active", lag: lag(3, 0.2) }, "active"],
  [{ state: "active", lag: lag(900, 12) }, "behind"],
  [{ state: "active", lag: lag(3, 3), nextTry: "2026-01-01T00:00:00Z" }, "waiting"],
  [{ state: "failing", lag: lag(3, 3), nextTry: "2026-01-01T00:00:00Z" }, "failing"],
  [{ state: "paused", lag: lag(0) }, "paused"],
])("%o is %s", (subscription, state) => expect(stateOf(subscription)).toBe(state));

test("a place is sent as the bus reads it, or not at all", () => {
  expect(placeFor("now", "")).toBe("now");
  expect(placeFor("sequence", " 42 ")).toBe("42");
  expect(placeFor("sequence", "-1")).toBeUndefined();
  expect(placeFor("time", "2026-01-31T12:00:00Z")).toBe("2026-01-31T12:00:00.000Z");
  expect(placeFor("time", "yesterday")).toBeUndefined();
});

test("it is said what a move will do", () => {
  const at = { cursor: "0000000000000010", head: "0000000000000020", lag: lag(7) };
  const say = (target: "start" | "now" | "sequence", typed = "") =>
    consequenceOf(target, typed, at, en.bus.seek);
  expect(say("start")).toContain("#20");
  expect(say("now")).toBe("7 events that wait are never delivered.");
  expect(say("sequence", "4")).toBe("Up to 6 events are delivered again.");
  expect(say("sequence", "15")).toBe("Up to 5 events are left out and never delivered.");
  expect(say("sequence", "21")).toBe("The log ends at #20.");
});

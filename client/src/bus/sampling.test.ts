// What is drawn when there is too much, in which order, and how fast it flows.
import { expect, test } from "vitest";
import type { BusEvent } from "../api/types";
import { nextReady, pickEvenly, Rate } from "./sampling";

const event = (id: string, causationid?: string): BusEvent => ({
  specversion: "1.0",
  id,
  source: "/posts",
  type: "PostCreated",
  time: "2026-01-01T00:00:00Z",
  sequence: id,
  ...(causationid && { causationid }),
});

test("few are all drawn; of many some from everywhere, and the last", () => {
  expect(pickEvenly([1, 2, 3], 3)).toEqual([1, 2, 3]);
  const many = Array.from({ length: 1000 }, (_, index) => index);
  expect(pickEvenly(many, 4)).toEqual([249, 499, 749, 999]);
  expect(pickEvenly(many, 12)).toHaveLength(12);
  expect(pickEvenly([], 3)).toEqual([]);
});

test("an effect sets out when its cause has arrived", () => {
  const [cause, effect, other] = [event("1"), event("2", "1"), event("3")];
  expect(nextReady([effect, other], new Set(["1"]))).toBe(other);
  expect(nextReady([effect, cause], new Set())).toBe(cause);
  expect(nextReady([effect], new Set())).toBe(effect);
  expect(nextReady([effect], new Set(["1"]))).toBeUndefined();
});

test("the rate is that of the last two seconds", () => {
  const rate = new Rate();
  rate.add(0, 100);
  rate.add(1_500, 10);
  expect(rate.at(1_600)).toBe(55);
  expect(rate.at(2_100)).toBe(5);
  expect(rate.at(9_000)).toBe(0);
});

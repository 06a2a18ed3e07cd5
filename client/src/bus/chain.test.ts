// A chain becomes a timeline with delays and branches.
import { expect, test } from "vitest";
import type { EventChain, RecordedEvent } from "../api/types";
import { duration, merged, timelineOf } from "./chain";

const recorded = (sequence: number, ms: number, causationid?: string): RecordedEvent => ({
  recordedAt: new Date(1_000 + ms).toISOString(),
  event: {
    specversion: "1.0",
    id: `e${sequence}`,
    source: "/posts",
    type: "T",
    time: "",
    sequence: String(sequence).padStart(16, "0"),
    ...(causationid && { causationid }),
  },
});
const shape = (events: RecordedEvent[], picked = "e2") =>
  timelineOf(events, picked).map(({ event, delayMs, indent }) => [event.id, delayMs, indent]);

test("each hop says how long it took since its cause", () => {
  const events = [recorded(1, 0), recorded(2, 12, "e1"), recorded(3, 40, "e2")];
  expect(shape(events)).toEqual([
    ["e1", undefined, 0],
    ["e2", 12, 0],
    ["e3", 28, 0],
  ]);
  const steps = timelineOf(events, "e2");
  expect(steps.map(({ picked }) => picked)).toEqual([false, true, false]);
  expect(steps.at(-1)?.sinceStartMs).toBe(40);
});

test("branches stand to the right, each behind its own cause", () => {
  const events = [
    recorded(1, 0),
    recorded(2, 10, "e1"),
    recorded(3, 20, "e1"),
    recorded(4, 35, "e2"),
    recorded(5, 30, "e4"),
  ];
  expect(shape(events)).toEqual([
    ["e1", undefined, 0],
    ["e2", 10, 1],
    ["e4", 25, 1],
    ["e5", 0, 1],
    ["e3", 20, 1],
  ]);
});

test("what causes itself, or what nobody has, ends nothing", () => {
  expect(shape([recorded(1, 0, "e1"), recorded(2, 5, "gone")])).toEqual([
    ["e1", undefined, 0],
    ["e2", undefined, 0],
  ]);
  expect(timelineOf([], "e1")).toEqual([]);
});

test("two looks at a chain are one", () => {
  const [a, b, c] = [recorded(1, 0), recorded(2, 1, "e1"), recorded(3, 2, "e1")];
  const own: EventChain = { event: b, causes: [a], effects: [], truncated: false };
  const root: EventChain = { event: a, causes: [], effects: [b, c], truncated: false };
  expect(merged(root, own).map(({ event }) => event.id)).toEqual(["e1", "e2", "e3"]);
  expect(merged(undefined, own)).toHaveLength(2);
});

test.each([
  [12, "12 ms"],
  [1_240, "1.2 sec"],
  [150_000, "2.5 min"],
  [3 * 86_400_000, "3 days"],
])("%d ms", (ms, words) => expect(duration(ms, "en")).toBe(words));

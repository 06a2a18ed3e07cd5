// The last events: bounded, in order, each once; filtered; counted.
import { expect, test } from "vitest";
import type { BusEvent } from "../api/types";
import { MOST_EVENTS, newerThan, taken, wanted } from "./buffer";

const event = (sequence: number, type = "PostCreated", subject = `post-${sequence}`): BusEvent => ({
  specversion: "1.0",
  id: `id-${sequence}`,
  source: "/posts",
  type,
  subject,
  time: "",
  sequence: String(sequence).padStart(16, "0"),
});

test("events are taken once, newest first, and the oldest make room", () => {
  const first = taken([], [event(1), event(2)]);
  expect(first.map(({ id }) => id)).toEqual(["id-2", "id-1"]);
  expect(taken(first, [event(2), event(1)])).toBe(first);
  expect(taken(first, [event(2), event(3)])[0]?.id).toBe("id-3");
  const many = taken(
    first,
    Array.from({ length: 2_000 }, (_, index) => event(index + 3)),
  );
  expect(many).toHaveLength(MOST_EVENTS);
  expect(many[0]?.id).toBe("id-2002");
});

test("filters are by type and by a part of the subject or id", () => {
  const events = [event(2, "CommentCreated", "Oak"), event(1, "PostCreated", "oak")];
  expect(wanted(events, { type: "", subject: " " })).toBe(events);
  expect(wanted(events, { type: "PostCreated", subject: "" })).toEqual([events[1]]);
  expect(wanted(events, { type: "", subject: "OA" })).toHaveLength(2);
  expect(wanted(events, { type: "PostCreated", subject: "id-2" })).toEqual([]);
});

test("newer ones are counted", () => {
  const events = [event(3), event(2), event(1)];
  expect(newerThan(events, event(1).sequence)).toBe(2);
  expect(newerThan(events, event(3).sequence)).toBe(0);
  expect(newerThan(events, undefined)).toBe(3);
  expect(newerThan(events, "0")).toBe(3);
});

// The way of events, who hears them, and the picture's paths.
import { expect, test } from "vitest";
import { hearersOf, hearsOf, hopsOf, type Place, placeOfSource, reached, stagesOf, USUALLY } from "./hops";
import { framesAlong, tall, wide } from "./layout";

const said = (type: string, source: string, causationid?: string) => ({
  type,
  source,
  ...(causationid && { causationid }),
});
const arrows = (hops: ReturnType<typeof hopsOf>) => hops.map(({ from, to }) => `${from}>${to}`);

test.each([
  ["PostCreated", "/posts", ["posts>bus", "bus>comments", "bus>moderation", "bus>query"]],
  ["PostModerated", "/moderation", ["moderation>bus", "bus>posts", "bus>query"]],
  ["CommentCreated", "/comments", ["comments>bus", "bus>moderation", "bus>query"]],
  ["CommentModerated", "/moderation", ["moderation>bus", "bus>comments", "bus>query"]],
  ["DeliveryGivenUp", "/event-bus", ["bus>query"]],
  ["BellRang", "/tower", ["others>bus", "bus>query"]],
])("%s goes from who says it to who hears it", (type, source, ways) => {
  expect(arrows(hopsOf(said(type, source), USUALLY))).toEqual(ways);
});

test("the whole way begins at the browser where a person caused it, and ends there", () => {
  const hops = hopsOf(said("CommentCreated", "/comments"), USUALLY, true);
  expect(stagesOf(hops).map(arrows)).toEqual([
    ["browser>comments"],
    ["comments>bus"],
    ["bus>moderation", "bus>query"],
    ["query>browser"],
  ]);
  expect(arrows(hopsOf(said("CommentUpdated", "/comments", "x"), USUALLY, true))[0]).toBe("comments>bus");
});

test("who hears what is as the subscriptions say; strangers share a place; query hears all", () => {
  const hears = hearsOf([
    { name: "posts", types: ["A"] },
    { name: "archive", types: ["B"] },
    { name: "bell", types: ["C"] },
  ]);
  expect(hears).toEqual({ query: null, posts: ["A"], others: ["B", "C"] });
  expect(hearsOf([{ name: "archive", types: ["B"] }, { name: "all" }]).others).toBeNull();
  expect(hearersOf("C", hears)).toEqual(["query", "others"]);
  expect(placeOfSource("/nowhere")).toBe("others");
});

test("who is paused or cannot be reached is sent nothing", () => {
  const of = (state: string) => ({ name: state, state });
  expect(reached([of("active"), of("paused"), of("failing")])).toEqual([of("active")]);
});

test.each([wide, tall])("every hop has a way in the picture: $name", (layout) => {
  const places: Place[] = ["posts", "comments", "moderation", "others"];
  const hops = places.flatMap((place) => [
    { from: place, to: "bus" } as const,
    { from: "bus", to: place } as const,
    { from: "browser", to: place } as const,
  ]);
  for (const hop of [
    ...hops,
    { from: "bus", to: "query" } as const,
    { from: "query", to: "browser" } as const,
  ]) {
    const way = layout.way(hop);
    expect(way.length).toBeGreaterThan(1);
    for (const { x, y } of way) {
      expect(x >= 0 && x <= layout.width && y >= 0 && y <= layout.height).toBe(true);
    }
  }
});

test("a mark goes along its way at an even pace", () => {
  const frames = framesAlong([
    { x: 0, y: 0 },
    { x: 30, y: 0 },
    { x: 30, y: 10 },
  ]);
  expect(frames.map(({ offset }) => offset)).toEqual([0, 0.75, 1]);
  expect(frames[1]?.transform).toBe("translate(30px, 0px)");
});

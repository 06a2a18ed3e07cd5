// Where things stand in the picture and which way a hop goes: wide for a desk, tall for a phone. Units are the view box's.
import type { Hop, Place } from "./hops";

export interface Point {
  x: number;
  y: number;
}
export interface Box extends Point {
  width: number;
  height: number;
}

/** What stands beside a way. */
export type Note = "writes" | "reads" | "says" | "hears" | "follows";

/** A picture's measures. */
export interface Layout {
  name: "wide" | "tall";
  width: number;
  height: number;
  boxes: Record<Place, Box>;
  /** The front door, which is only passed. */
  door: Box;
  /** Where the newest event of the log stands, and the step to the one before it. */
  log: { first: Point; step: Point; count: number; head: Point };
  /** What the ways mean, written beside some of them. */
  notes: { note: Note; x: number; y: number; anchor: "start" | "middle" | "end" }[];
  /** The corners of a hop's way. */
  way(hop: Pick<Hop, "from" | "to">): Point[];
}

const middle = ({ x, y, width, height }: Box): Point => ({ x: x + width / 2, y: y + height / 2 });
const at = (x: number, y: number): Point => ({ x, y });

const WIDE: Record<Place, Box> = {
  browser: { x: 2, y: 186, width: 128, height: 80 },
  posts: { x: 232, y: 44, width: 160, height: 72 },
  comments: { x: 424, y: 44, width: 160, height: 72 },
  moderation: { x: 616, y: 44, width: 160, height: 72 },
  bus: { x: 232, y: 186, width: 544, height: 80 },
  query: { x: 424, y: 336, width: 160, height: 72 },
  others: { x: 616, y: 336, width: 160, height: 72 },
};
const WIDE_DOOR: Box = { x: 160, y: 8, width: 34, height: 400 };

/** For a desk: services in a row above the bus, who only reads below it. */
export const wide: Layout = {
  name: "wide",
  width: 784,
  height: 416,
  boxes: WIDE,
  door: WIDE_DOOR,
  log: { first: at(746, 234), step: at(-34, 0), count: 15, head: at(760, 206) },
  notes: [
    { note: "writes", x: 250, y: 15, anchor: "middle" },
    { note: "reads", x: 310, y: 366, anchor: "middle" },
    { note: "follows", x: 514, y: 305, anchor: "start" },
    ...[WIDE.posts, WIDE.comments, WIDE.moderation].flatMap((box) => [
      { note: "says", x: middle(box).x - 34, y: 156, anchor: "end" } as const,
      { note: "hears", x: middle(box).x + 34, y: 156, anchor: "start" } as const,
    ]),
  ],
  way({ from, to }) {
    const { browser, bus, query } = WIDE;
    const door = middle(WIDE_DOOR).x;
    if (from === "browser") {
      const box = WIDE[to];
      return [
        at(browser.x + browser.width, 212),
        at(door, 212),
        at(door, 20),
        at(middle(box).x, 20),
        at(middle(box).x, box.y),
      ];
    }
    if (to === "browser") {
      const y = middle(query).y;
      return [at(query.x, y), at(door, y), at(door, 240), at(browser.x + browser.width, 240)];
    }
    const box = WIDE[to === "bus" ? from : to];
    const above = box.y < bus.y;
    const shift = to === "bus" ? -26 : 26;
    const x = middle(box).x + (above ? shift : 0);
    const ends = above
      ? [at(x, box.y + box.height), at(x, bus.y)]
      : [at(x, box.y), at(x, bus.y + bus.height)];
    return to === "bus" ? ends : ends.reverse();
  },
};

const TALL: Record<Place, Box> = {
  browser: { x: 4, y: 4, width: 312, height: 44 },
  posts: { x: 34, y: 128, width: 124, height: 64 },
  comments: { x: 34, y: 208, width: 124, height: 64 },
  moderation: { x: 34, y: 288, width: 124, height: 64 },
  bus: { x: 204, y: 120, width: 84, height: 240 },
  query: { x: 156, y: 404, width: 132, height: 64 },
  others: { x: 4, y: 404, width: 124, height: 64 },
};

/** For a phone: services one below the other, the bus beside them. */
export const tall: Layout = {
  name: "tall",
  width: 320,
  height: 474,
  boxes: TALL,
  door: { x: 4, y: 72, width: 312, height: 30 },
  log: { first: at(246, 190), step: at(0, 24), count: 7, head: at(246, 164) },
  notes: [
    { note: "says", x: 181, y: 143, anchor: "middle" },
    { note: "hears", x: 181, y: 190, anchor: "middle" },
    { note: "follows", x: 254, y: 388, anchor: "start" },
  ],
  way({ from, to }) {
    const { bus, query, others } = TALL;
    if (from === "browser") {
      const y = middle(TALL[to]).y;
      return [at(18, 48), at(18, y), at(TALL[to].x, y)];
    }
    if (to === "browser") {
      const y = middle(query).y;
      return [at(query.x + query.width, y), at(304, y), at(304, 48)];
    }
    const other = to === "bus" ? from : to;
    const box = TALL[other];
    const ends =
      other === "query"
        ? [at(246, box.y), at(246, bus.y + bus.height)]
        : other === "others"
          ? [
              at(middle(others).x, box.y),
              at(middle(others).x, 382),
              at(222, 382),
              at(222, bus.y + bus.height),
            ]
          : shifted(box, bus, to === "bus" ? -12 : 12);
    return to === "bus" ? ends : ends.reverse();
  },
};

function shifted(box: Box, bus: Box, by: number): Point[] {
  const y = middle(box).y + by;
  return [at(box.x + box.width, y), at(bus.x, y)];
}

/** A way as SVG path data. */
export const pathOf = (points: readonly Point[]): string =>
  points.map(({ x, y }, index) => `${index === 0 ? "M" : "L"}${x} ${y}`).join("");

/** Key frames that move something along a way at an even pace. */
export function framesAlong(points: readonly Point[]): { transform: string; offset: number }[] {
  const lengths = points.map((point, index) => {
    const before = points[index - 1] ?? point;
    return Math.abs(point.x - before.x) + Math.abs(point.y - before.y);
  });
  const whole = lengths.reduce((sum, length) => sum + length, 0) || 1;
  let gone = 0;
  return points.map(({ x, y }, index) => {
    gone += lengths[index] ?? 0;
    return { transform: `translate(${x}px, ${y}px)`, offset: Math.min(1, gone / whole) };
  });
}

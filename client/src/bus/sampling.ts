// Which events are drawn when there are more than can be followed by eye.
import type { BusEvent } from "../api/types";

/** The most marks that move at one time. */
export const MOST_MARKS = 20;
/** The most events that wait for being drawn. */
export const MOST_WAITING = 12;

/** At most so many of these, from everywhere in them, in order; the last one is always there. */
export function pickEvenly<T>(items: readonly T[], most: number): T[] {
  if (items.length <= most) return [...items];
  const picked: T[] = [];
  for (let place = 1; place <= most; place += 1) {
    const item = items[Math.ceil((place * items.length) / most) - 1];
    if (item !== undefined) picked.push(item);
  }
  return picked;
}

/** The next event that may set out: not before what caused it has arrived, whether that is under way or waits too. */
export function nextReady(waiting: readonly BusEvent[], underWay: ReadonlySet<string>): BusEvent | undefined {
  const before = new Set(waiting.map((event) => event.id));
  return waiting.find(
    ({ causationid }) => !causationid || !(underWay.has(causationid) || before.has(causationid)),
  );
}

/** Events a second, over the last two seconds. */
export class Rate {
  #counts: { at: number; count: number }[] = [];

  /** So many came at this time (ms). */
  add(at: number, count: number): void {
    this.#counts.push({ at, count });
  }

  /** The rate at this time. */
  at(now: number): number {
    this.#counts = this.#counts.filter(({ at }) => now - at < 2_000);
    return this.#counts.reduce((sum, { count }) => sum + count, 0) / 2;
  }
}

// The last events that came, bounded, and what of them a reader wants to see.
import { placeOf } from "../api/place";
import type { BusEvent } from "../api/types";

/** The most events that are kept on the page. */
export const MOST_EVENTS = 500;

/** The events with these before them, newest first; what is there already, or too old, is left out. */
export function taken(events: readonly BusEvent[], fresh: readonly BusEvent[]): readonly BusEvent[] {
  let last = events[0] ? placeOf(events[0]) : "";
  const added: BusEvent[] = [];
  for (const event of fresh) {
    if (placeOf(event) <= last) continue;
    last = placeOf(event);
    added.push(event);
  }
  return added.length === 0 ? events : [...added.reverse(), ...events].slice(0, MOST_EVENTS);
}

/** What a reader wants to see: empty for all. */
export interface Wish {
  type: string;
  /** A part of the subject, or of the event's id. */
  subject: string;
}

/** The events that are wanted. */
export function wanted(events: readonly BusEvent[], { type, subject }: Wish): readonly BusEvent[] {
  const part = subject.trim().toLowerCase();
  if (!type && !part) return events;
  return events.filter(
    (event) =>
      (!type || event.type === type) &&
      (!part || event.subject?.toLowerCase().includes(part) || event.id.toLowerCase().includes(part)),
  );
}

/** How many of these (newest first) came after that one. */
export function newerThan(events: readonly BusEvent[], sequence: string | undefined): number {
  if (sequence === undefined) return events.length;
  const known = events.findIndex((event) => placeOf(event) <= sequence);
  return known < 0 ? events.length : known;
}

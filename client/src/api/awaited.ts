// Reads that must show the reader's own last write: the event of each write is named by the next reads of that thing.

const PATIENCE_MS = 60_000;
const pending = new Map<string, { event: string; until: number }>();

/** What a read is about: the list of posts, or one post with its thread. */
export type Thing = "posts" | `post:${string}` | "queue";

/** A write about these was answered with this event. */
export function awaitEvent(event: string | undefined, ...things: Thing[]): void {
  if (!event) return;
  for (const thing of things) pending.set(thing, { event, until: Date.now() + PATIENCE_MS });
}

/** The event that the next read of this names, if any. */
export function awaited(thing: Thing | undefined): string | undefined {
  const entry = thing && pending.get(thing);
  if (!entry) return undefined;
  if (entry.until > Date.now()) return entry.event;
  pending.delete(thing);
  return undefined;
}

/** A read showed it: later ones need not wait. */
export function arrived(thing: Thing | undefined, event: string): void {
  if (thing && pending.get(thing)?.event === event) pending.delete(thing);
}

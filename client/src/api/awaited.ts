// Reads that must show the reader's own last write: the event of each write is named by the next reads of that thing.
// They are kept for this tab, so that a page that is loaded anew right after a write shows it too.
import { keep, recall } from "../storage";

const PATIENCE_MS = 60_000;
const NAME = "awaited";

/** What a read is about: the list of posts, or one post with its thread. */
export type Thing = "posts" | `post:${string}` | "queue";
type Pending = Record<string, { event: string; until: number }>;

/** A write about these was answered with this event. */
export function awaitEvent(event: string | undefined, ...things: Thing[]): void {
  if (!event) return;
  const pending = known();
  for (const thing of things) pending[thing] = { event, until: Date.now() + PATIENCE_MS };
  keepAll(pending);
}

/** The event that the next read of this names, if any. */
export function awaited(thing: Thing | undefined): string | undefined {
  return thing && known()[thing]?.event;
}

/** A read showed it: later ones need not wait. */
export function arrived(thing: Thing | undefined, event: string): void {
  const pending = known();
  if (!thing || pending[thing]?.event !== event) return;
  delete pending[thing];
  keepAll(pending);
}

/** Those that are still worth waiting for. */
function known(): Pending {
  try {
    const kept = JSON.parse(recall(NAME, "tab") ?? "{}") as Pending;
    return Object.fromEntries(Object.entries(kept).filter(([, { until }]) => until > Date.now()));
  } catch {
    return {};
  }
}

function keepAll(pending: Pending): void {
  keep(NAME, Object.keys(pending).length > 0 ? JSON.stringify(pending) : null, "tab");
}

// What a card says stays as it was first shown, for a decision is on what was read: changes are marked, and shown when asked for.
import type { QueueItem } from "../api/types";

/** The queue as it is shown. */
export interface Seen {
  items: QueueItem[];
  /** Those that have another text by now. */
  changed: ReadonlySet<string>;
  /** Those that wait no more and stay all the same. */
  gone: ReadonlySet<string>;
}

/** `waiting` as it was first shown, after `shown`. What is in `kept` stays where it was even if it waits no more. */
export function asSeen(
  waiting: QueueItem[],
  shown: ReadonlyMap<string, QueueItem>,
  kept: ReadonlySet<string>,
): Seen {
  const changed = new Set<string>();
  const items = waiting.map((item) => {
    const before = shown.get(item.id);
    if (!before || before.revision === item.revision) return item;
    changed.add(item.id);
    return before;
  });
  const there = new Set(waiting.map(({ id }) => id));
  const left = [...kept].flatMap((id) => (there.has(id) ? [] : (shown.get(id) ?? [])));
  if (changed.size + left.length > 0) {
    items.push(...left);
    items.sort((one, other) => one.heldAt.localeCompare(other.heldAt));
  }
  return { items, changed, gone: new Set(left.map(({ id }) => id)) };
}

/** These items by id; the same map as before if they are the same. */
export function remembered(
  before: ReadonlyMap<string, QueueItem>,
  items: QueueItem[],
): ReadonlyMap<string, QueueItem> {
  const same = before.size === items.length && items.every((item) => before.get(item.id) === item);
  return same ? before : new Map(items.map((item) => [item.id, item]));
}

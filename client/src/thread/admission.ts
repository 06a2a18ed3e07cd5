// Which comments have their place on the page. What others write while one reads waits until it is asked for: the page
// must not move by itself. What one scrolls to, and what one wrote oneself, is let in at once.
import type { Comment } from "../api/types";
import { isReadable } from "./tree";

/** What was let in, and the parts of the thread that were looked at. */
export interface Admission {
  parts: readonly Comment[][];
  ids: ReadonlySet<string>;
}

/** Nothing was read yet. */
export const nobody: Admission = { parts: [], ids: new Set() };

/** Lets in what these parts bring: all of a part that was not there, and of the others what is the reader's own. */
export function admitParts(before: Admission, parts: readonly Comment[][]): Admission {
  if (before.parts === parts) return before;
  const ids = new Set(before.ids);
  parts.forEach((comments, at) => {
    const fresh = at >= before.parts.length;
    for (const comment of comments) {
      // One that is withheld and comes to light later is as new as any other.
      if (comment.own || (fresh && !comment.withheld)) ids.add(comment.id);
    }
  });
  return { parts, ids };
}

/** Lets these in. */
export const admitIds = (before: Admission, more: Iterable<string>): Admission => ({
  ...before,
  ids: new Set([...before.ids, ...more]),
});

/** The comments that were read, and behind them those that were only heard of: where what they answer was read, or
 * nothing is left to read. The others are `unplaced`: one must read on to meet them. */
export function joined(
  read: readonly Comment[],
  heard: Iterable<Comment>,
  complete: boolean,
): { comments: Comment[]; unplaced: string[] } {
  const comments = [...read];
  const known = new Set(read.map(({ id }) => id));
  const unplaced: string[] = [];
  for (const comment of heard) {
    if (known.has(comment.id)) continue;
    if (complete || (comment.parentId && known.has(comment.parentId))) {
      known.add(comment.id);
      comments.push(comment);
    } else unplaced.push(comment.id);
  }
  return { comments, unplaced };
}

/** What was heard of, after one more change: a comment that may not be read any more is forgotten. */
export function hear(before: ReadonlyMap<string, Comment>, comment: Comment): ReadonlyMap<string, Comment> {
  if (!isReadable(comment) && !before.has(comment.id)) return before;
  const after = new Map(before);
  if (isReadable(comment)) after.set(comment.id, comment);
  else after.delete(comment.id);
  return after;
}

/** What was heard since it was `before`. */
export const heardSince = (
  before: ReadonlyMap<string, Comment>,
  now: ReadonlyMap<string, Comment>,
): ReadonlyMap<string, Comment> => new Map([...now].filter(([id, comment]) => before.get(id) !== comment));

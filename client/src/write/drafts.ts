// What was begun and not sent, kept in this browser: one draft for each place where something can be written.
import { newSecret } from "../api/owner-key";
import { keep, namesOf, recall } from "../storage";

/** What stands in a form, by field. */
export type Fields = Record<string, string>;

/** What makes sending again safe; `sending.ts` says how. */
export interface Letter {
  /** The Idempotency-Key. */
  key: string;
  /** What was sent with it and may have arrived, in the order of sending. */
  unsure: readonly string[];
}

/** Something that was begun. */
export interface Draft<F extends Fields = Fields> extends Letter {
  fields: F;
  /** For an edit: the revision that it began from. */
  base: number | undefined;
  /** When it was last touched, in ms. */
  at: number;
}

const PREFIX = "draft.";
const MOST = 50;
const LONGEST_MS = 30 * 24 * 60 * 60 * 1000;

/** Where things are written: a draft has its place's name. */
export const places = {
  newPost: "post",
  comment: (postId: string, parentId: string | undefined) =>
    parentId ? `reply:${parentId}` : `comment:${postId}`,
  edit: (kind: "post" | "comment", id: string) => `edit:${kind}:${id}`,
};

/** A draft with nothing sent. */
export const newDraft = <F extends Fields>(fields: F, base: number | undefined): Draft<F> => ({
  fields,
  base,
  key: newSecret(),
  unsure: [],
  at: Date.now(),
});

/** The draft of this place. `shape` has the fields that it must have. */
export function recallDraft<F extends Fields>(place: string, shape: F): Draft<F> | undefined {
  const draft = parse(recall(PREFIX + place));
  if (!draft || draft.at < Date.now() - LONGEST_MS) return undefined;
  const whole = Object.keys(shape).every((name) => typeof draft.fields[name] === "string");
  return whole ? (draft as Draft<F>) : undefined;
}

/** Keeps it. Those that are too old or too many go, the oldest first. */
export function keepDraft(place: string, draft: Draft): void {
  keep(PREFIX + place, JSON.stringify(draft));
  prune();
}

/** Drops this draft, if it is what is kept: another form for the same place may have kept its own since. */
export function dropDraft(place: string, draft: Draft): void {
  if (recall(PREFIX + place) === JSON.stringify(draft)) keep(PREFIX + place, null);
}

function prune(): void {
  const drafts = namesOf(PREFIX)
    .map((name) => ({ name, at: parse(recall(name))?.at ?? 0 }))
    .sort((one, other) => other.at - one.at);
  const oldest = Date.now() - LONGEST_MS;
  for (const [index, { name, at }] of drafts.entries()) if (index >= MOST || at < oldest) keep(name, null);
}

function parse(text: string | null): Draft | undefined {
  try {
    const draft = JSON.parse(text ?? "null") as Partial<Draft> | null;
    const good =
      typeof draft?.key === "string" &&
      typeof draft.at === "number" &&
      typeof draft.fields === "object" &&
      draft.fields !== null &&
      Array.isArray(draft.unsure);
    return good ? (draft as Draft) : undefined;
  } catch {
    return undefined;
  }
}

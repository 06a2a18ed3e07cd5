// Deciding and taking back: shown at once, said aloud, and put right where the board sees it otherwise.
import { useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { useDecide, useUndoDecisions } from "../api/moderation";
import { problemFrom } from "../api/problem";
import type { Decision, DecisionAnswer, QueueItem, Undo, Verdict } from "../api/types";
import { useText } from "../i18n/language";
import { saidOf } from "../ui/states";
import { showToast } from "../ui/Toast";
import { logKey } from "./log";
import { putBack } from "./put-back";
import { useQueueReads } from "./reads";

/** The most decisions in one request. */
const MOST = 100;

/** Something that was decided, one or many at a time. `verdicts` are there once the board has answered. */
interface Batch {
  items: QueueItem[];
  verdicts: Promise<Verdict[]>;
}

/** An item as it waits now. Edited, or held again, it is another one. */
const waitingAs = ({ id, revision, heldAt }: QueueItem) => `${id} ${revision} ${heldAt}`;

/** What a moderator does to items, whichever part of the page shows. `onReturned`: an item waits again. */
export function useDecider(onReturned: (id: string) => void) {
  const text = useText();
  const { said } = text.moderation;
  const client = useQueryClient();
  const { mutateAsync: send } = useDecide();
  const { mutateAsync: takeBack } = useUndoDecisions();
  /** What is not shown: as it waited when it was decided, or `null`, in whatever way it waits, until the board answers. */
  const [decided, setDecided] = useState<ReadonlyMap<string, string | null>>(new Map());
  const [notes, setNotes] = useState<ReadonlyMap<string, string>>(new Map());
  const [tally, setTally] = useState(0);
  /** What was decided here: the log of decisions has no texts. */
  const seen = useRef(new Map<string, QueueItem>());
  const batches = useRef<Batch[]>([]);
  const closeToast = useRef<(() => void) | undefined>(undefined);

  // Left out of the queue, it need not be hidden any more; if another moderator puts it back, it is to be seen.
  useQueueReads((waiting) => setDecided((before) => new Map([...before].filter(([id]) => waiting.has(id)))));

  const hide = (items: QueueItem[], as: (item: QueueItem) => string | null = waitingAs) =>
    setDecided((before) => new Map([...before, ...items.map((item) => [item.id, as(item)] as const)]));
  /** The board has answered: those that are still hidden are so only as they were. */
  const settle = (items: QueueItem[]) =>
    setDecided((before) => {
      const answered = new Map(items.map((item) => [item.id, waitingAs(item)]));
      return new Map([...before].map(([id, as]) => [id, answered.get(id) ?? as]));
    });
  const show = (ids: Set<string>) =>
    setDecided((before) => new Map([...before].filter(([id]) => !ids.has(id))));
  const note = (about: [string, string | undefined][]) =>
    setNotes((before) => {
      const after = new Map(before);
      for (const [id, words] of about) words ? after.set(id, words) : after.delete(id);
      return after;
    });
  const say: typeof showToast = (message) => {
    closeToast.current?.();
    closeToast.current = showToast(message);
    return closeToast.current;
  };

  /** Decides on all of them; `left` is how many wait after that, that were read or more. */
  function decide(
    items: QueueItem[],
    status: Decision["status"],
    left: { count: number; more: boolean },
    reason?: string,
  ): void {
    if (items.length === 0) return;
    hide(items, () => null);
    note(items.map(({ id }) => [id, undefined]));
    setTally((before) => before + items.length);
    for (const item of items) seen.current.set(item.id, item);
    const batch: Batch = { items, verdicts: sendAll(items, status, reason) };
    batches.current.push(batch);
    const done = status === "approved" ? said.approved(items.length) : said.rejected(items.length);
    say({
      text: said.left(done, left.count, left.more),
      action: { label: text.ui.undo, run: () => void undo(batch) },
    });
  }

  async function sendAll(
    items: QueueItem[],
    status: Decision["status"],
    reason?: string,
  ): Promise<Verdict[]> {
    const verdicts: Verdict[] = [];
    for (let from = 0; from < items.length; from += MOST) {
      const some = items.slice(from, from + MOST);
      try {
        const answers = await send(some.map((item) => decisionOn(item, status, reason)));
        settle(some);
        verdicts.push(...answers.flatMap(({ verdict }) => verdict ?? []));
        refused(some, answers);
      } catch (error) {
        const rest = items.slice(from);
        show(new Set(rest.map(({ id }) => id)));
        setTally((before) => before - rest.length);
        say({ text: saidOf(error, text), urgent: true });
        break;
      }
    }
    return verdicts;
  }

  /** Those that the board did not let be decided stay, with a word on why; what is gone leaves. */
  function refused(items: QueueItem[], answers: DecisionAnswer[]): void {
    const stay = items.flatMap((item, index): [string, string][] => {
      const { status, problem } = answers[index] ?? { status: 500 };
      if (status === 201 || status === 404) return [];
      const words =
        status === 409 ? text.moderation.changed : saidOf(problemFrom(problem ?? {}, status), text);
      return [[item.id, words]];
    });
    const gone = answers.filter(({ status }) => status === 404).length;
    const away = items.length - answers.filter(({ status }) => status === 201).length;
    if (away > 0) setTally((before) => before - away);
    if (stay.length > 0) {
      show(new Set(stay.map(([id]) => id)));
      note(stay);
      say({ text: said.refused(stay.length), urgent: true });
    } else if (gone > 0) say({ text: said.gone(gone) });
  }

  /** Takes a batch back, the last one if none is named. */
  async function undo(batch = batches.current.at(-1)): Promise<void> {
    if (!batch) {
      say({ text: said.nothing });
      return;
    }
    batches.current = batches.current.filter((other) => other !== batch);
    closeToast.current?.();
    const verdicts = await batch.verdicts;
    if (verdicts.length === 0) return;
    const ids = new Set(verdicts.map(({ id }) => id));
    const items = batch.items.filter(({ id }) => ids.has(id));
    await putBack(client, items);
    await undoVerdicts(verdicts, items);
  }

  /** Takes these verdicts back; `items` are shown as waiting again already. */
  async function undoVerdicts(verdicts: Undo[], items: QueueItem[] = []): Promise<void> {
    show(new Set(verdicts.map(({ id }) => id)));
    if (items[0]) onReturned(items[0].id);
    try {
      const answers = await takeBack(verdicts.map(({ kind, id, decision }) => ({ kind, id, decision })));
      const not = verdicts.filter((_, index) => answers[index]?.status !== 201);
      const back = verdicts.length - not.length;
      if (items.length > 0) setTally((before) => Math.max(0, before - back));
      if (not.length > 0) say({ text: said.notUndone(not.length), urgent: true });
      else say({ text: `${said.undone(back)}.` });
      hide(items.filter(({ id }) => not.some((verdict) => verdict.id === id)));
    } catch (error) {
      hide(items);
      say({ text: saidOf(error, text), urgent: true });
    }
    void client.invalidateQueries({ queryKey: logKey });
  }

  return {
    decide,
    undo: () => void undo(),
    undoVerdicts,
    notes,
    tally,
    /** The item as it was when it was decided, if that was here. */
    seen: (id: string) => seen.current.get(id),
    isDecided: (item: QueueItem) => {
      const as = decided.get(item.id);
      return as === null || as === waitingAs(item);
    },
    /** Says that they waited no more, so that nothing was decided. */
    sayGone: (count: number) => void say({ text: said.waitNoMore(count), urgent: true }),
  };
}

export type Decider = ReturnType<typeof useDecider>;

const decisionOn = (item: QueueItem, status: Decision["status"], reason?: string): Decision => ({
  kind: item.kind,
  id: item.id,
  revision: item.revision,
  status,
  ...(reason && { reason }),
});

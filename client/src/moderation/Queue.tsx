// The queue: one item after the other, by keys or by hand, several at a time if one likes.
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import type { useQueue } from "../api/moderation";
import type { Decision, QueueItem } from "../api/types";
import { useText } from "../i18n/language";
import { Button } from "../ui/Button";
import { EmptyState, ErrorState } from "../ui/states";
import { VisuallyHidden } from "../ui/VisuallyHidden";
import type { Decider } from "./decider";
import type { FocusPlaces } from "./focus";
import { type Act, ItemCard } from "./ItemCard";
import { KeysDialog } from "./KeysDialog";
import type { Command } from "./keys";
import { openIn } from "./OpenLink";
import styles from "./Queue.module.css";
import { QueueBar } from "./QueueBar";
import { ReasonForm } from "./ReasonForm";
import { useSelection } from "./selection";
import { useShortcuts } from "./shortcuts";
import { useQueueView } from "./view";

/** The name of the list itself, for the focus. */
const LIST = "";
/** No reason is being written. */
const NOBODY: ReadonlySet<string> = new Set();
/** How far ahead of the current item titles are asked for. */
const AHEAD = 3;

interface Props {
  queue: ReturnType<typeof useQueue>;
  decider: Decider;
  places: FocusPlaces;
}

/** The items, the bar above them, and what keys do. */
export function Queue({ queue, decider, places }: Props) {
  const text = useText();
  const words = text.moderation;
  /** Those whose reason is being written; they stay until it is. */
  const [rejecting, setRejecting] = useState(NOBODY);
  /** Whether that reason is for all that are selected. */
  const [many, setMany] = useState(false);
  const view = useQueueView(queue, decider.isDecided, rejecting);
  const { shown, fresh, accept, more } = view;
  const selection = useSelection(shown);
  const [wish, setWish] = useState<string>();
  const [whole, toggleWhole] = useToggles();
  const [around, toggleAround] = useToggles();
  const [help, setHelp] = useState(false);
  const [said, setSaid] = useState("");
  const list = useRef<HTMLUListElement>(null);
  const at = Math.max(
    0,
    shown.findIndex(({ id }) => id === wish),
  );
  const current = shown[at];
  // The one that was in focus has left the queue by itself: the next press finds a place, and decides nothing.
  const lost = wish !== undefined && current?.id !== wish;

  const goTo = (item: QueueItem | undefined) => {
    setWish(item?.id);
    places.focusOn(item?.id ?? LIST);
  };
  function decide(items: QueueItem[], status: Decision["status"], reason?: string) {
    const gone = new Set(items.map(({ id }) => id));
    const stay = shown.filter(({ id }) => !gone.has(id));
    const from = items.length === 1 ? shown.findIndex(({ id }) => gone.has(id)) : at;
    setRejecting(NOBODY);
    const there = items.filter(({ id }) => !view.isGone(id));
    if (there.length > 0) decider.decide(there, status, { count: stay.length, more }, reason);
    else if (items.length > 0) decider.sayGone(items.length);
    goTo(shown.slice(from).find(({ id }) => !gone.has(id)) ?? stay.at(-1));
  }
  const cancel = () => {
    setRejecting(NOBODY);
    const stay = shown.filter(({ id }) => !view.isGone(id));
    goTo(shown.slice(at).find((item) => stay.includes(item)) ?? stay.at(-1));
  };
  const ask = (items: QueueItem[], selected = false) => {
    if (items.length === 0) return;
    setMany(selected);
    setRejecting(new Set(items.map(({ id }) => id)));
  };
  const toggle = (item: QueueItem) => {
    const count = selection.chosen.length + (selection.has(item.id) ? -1 : 1);
    selection.toggle(item.id);
    setSaid(words.bulk.selected(count));
  };
  const rejectSelected = () => ask(selection.chosen, true);

  useShortcuts(list, help, (command: Command) => {
    const does: Partial<Record<Command, () => void>> = {
      undo: decider.undo,
      help: () => setHelp(true),
      approveSelected: () => decide(selection.chosen, "approved"),
      rejectSelected,
    };
    if (does[command]) return does[command]();
    if (!current) return;
    const inList = list.current?.contains(document.activeElement) ?? false;
    const byItem: Partial<Record<Command, () => void>> = {
      // The first press enters the list.
      next: () => goTo(inList ? (shown[at + 1] ?? current) : current),
      previous: () => goTo(shown[at - 1] ?? current),
      approve: () => (lost ? goTo(current) : decide([current], "approved")),
      reject: () => (lost ? goTo(current) : ask([current])),
      select: () => (lost ? goTo(current) : toggle(current)),
      whole: () => toggleWhole(current.id),
      context: () => current.kind === "comment" && toggleAround(current.id),
      open: () => openIn(places.find(current.id)),
    };
    byItem[command]?.();
  });

  const on = useSame((act: Act, item: QueueItem, reason?: string) => {
    const does: Record<Act, () => void> = {
      current: () => setWish(item.id),
      approve: () => decide([item], "approved"),
      ask: () => ask([item]),
      reject: () => decide([item], "rejected", reason),
      cancel,
      select: () => toggle(item),
      whole: () => toggleWhole(item.id),
      around: () => toggleAround(item.id),
      renew: () => {
        view.renew(item.id);
        goTo(item);
      },
    };
    does[act]();
  });

  const askingMany = many && rejecting.size > 0;
  const cameToEmpty = useCameToEmpty(shown.length);
  return (
    <section ref={places.place(LIST)} tabIndex={-1} aria-label={words.list} className={styles.queue}>
      {shown.length > 0 && (
        <QueueBar
          waiting={shown.length}
          more={more}
          selected={selection.chosen.length}
          fresh={fresh}
          asking={askingMany}
          onAll={selection.toggleAll}
          onApprove={() => decide(selection.chosen, "approved")}
          onReject={rejectSelected}
          onFresh={() => {
            accept();
            setSaid(words.wait(shown.length + fresh, false));
          }}
          onKeys={() => setHelp(true)}
        />
      )}
      {askingMany && selection.chosen.length > 0 && (
        <div className={styles.reason}>
          <ReasonForm
            label={words.reason.labelMany(selection.chosen.length)}
            onSend={(reason) => decide(selection.chosen, "rejected", reason)}
            onCancel={cancel}
          />
        </div>
      )}
      {queue.error && <ErrorState error={queue.error} onRetry={() => void queue.refetch()} />}
      {shown.length === 0 && !queue.error && !more && (
        <EmptyState title={words.empty.title} text={words.empty.text}>
          {decider.tally > 0 && <p className={styles.tally}>{words.empty.tally(decider.tally)}</p>}
        </EmptyState>
      )}
      <ul ref={list} className={styles.list}>
        {shown.map((item, index) => (
          <li key={item.id}>
            <ItemCard
              item={item}
              current={item === current}
              selected={selection.has(item.id)}
              note={decider.notes.get(item.id)}
              changed={view.isChanged(item.id)}
              gone={view.isGone(item.id)}
              rejecting={!many && rejecting.has(item.id)}
              whole={whole.has(item.id)}
              around={around.has(item.id)}
              near={index >= at - AHEAD && index <= at + AHEAD}
              place={places.place}
              on={on}
            />
          </li>
        ))}
      </ul>
      {more && (
        <div className={styles.foot}>
          <Button busy={queue.isFetchingNextPage} onClick={() => void queue.fetchNextPage()}>
            {queue.isFetchingNextPage ? text.ui.loading : text.ui.more}
          </Button>
        </div>
      )}
      <VisuallyHidden>
        <span role="status">{cameToEmpty > 0 ? words.came(cameToEmpty) : said}</span>
      </VisuallyHidden>
      <KeysDialog open={help} onClose={() => setHelp(false)} />
    </section>
  );
}

/** A set of ids, and a way to put one in or take it out. */
function useToggles(): [ReadonlySet<string>, (id: string) => void] {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  const toggle = (id: string) =>
    setIds((before) => {
      const after = new Set(before);
      if (!after.delete(id)) after.add(id);
      return after;
    });
  return [ids, toggle];
}

/** A function that stays the same, and does what the last one that was given does. */
function useSame<A extends unknown[]>(run: (...args: A) => void): (...args: A) => void {
  const latest = useRef(run);
  useLayoutEffect(() => {
    latest.current = run;
  });
  return useCallback((...args: A) => latest.current(...args), []);
}

/** How many items came while there were none; 0 once that is old news. */
function useCameToEmpty(count: number): number {
  const before = useRef(count);
  const [came, setCame] = useState(0);
  useEffect(() => {
    if (before.current === 0) setCame(count);
    else if (count < before.current) setCame(0);
    before.current = count;
  }, [count]);
  return came;
}

// What of the queue is shown: what is new waits behind a button while one decides, so that nothing moves.
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { keys } from "../api/cache";
import type { useQueue } from "../api/moderation";
import { unique } from "../api/posts";
import type { QueueItem } from "../api/types";
import { useChanges } from "../live/LiveProvider";
import { asSeen, remembered } from "./seen";

/** Between two looks at the queue; what is held is heard of sooner, by the live connection. */
const LOOK_AGAIN_MS = 10_000;
/** Changes that come together are one reason to look. */
const GATHER_MS = 1_000;

/** The items that are shown, and how many came since. Those in `kept` stay whatever happens to them. */
export function useQueueView(
  queue: ReturnType<typeof useQueue>,
  isDecided: (item: QueueItem) => boolean,
  kept: ReadonlySet<string>,
) {
  /** Up to when things had come that are shown; `null` while there are pages that were not read. */
  const [horizon, setHorizon] = useState<string | null>(null);
  const [seen, setSeen] = useState<ReadonlyMap<string, QueueItem>>(new Map());
  /** What was shown once is nothing new, however lately it was edited or put back. */
  const [known, setKnown] = useState<ReadonlySet<string>>(new Set());
  useFreshQueue();
  const undecided = unique(queue.items).filter((item) => !isDecided(item));
  const { items: waiting, changed, gone } = asSeen(undecided, seen, kept);
  const last =
    queue.items
      .map(({ heldAt }) => heldAt)
      .sort()
      .at(-1) ?? "";
  const complete = queue.data !== undefined && !queue.hasNextPage;
  const old =
    horizon === null ? waiting : waiting.filter(({ id, heldAt }) => heldAt <= horizon || known.has(id));
  // Where nothing stands, nothing can move.
  const shown = old.length > 0 ? old : waiting;
  if (complete && (horizon === null || (shown !== old && last > horizon))) setHorizon(last);
  const now = remembered(seen, shown);
  if (now !== seen) setSeen(now);
  if (shown.some(({ id }) => !known.has(id))) setKnown(new Set([...known, ...now.keys()]));
  return {
    shown,
    fresh: waiting.length - shown.length,
    /** Shows what is new. */
    accept: () => setHorizon(complete ? last : null),
    more: queue.hasNextPage,
    /** Whether it has another text by now than is shown. */
    isChanged: (id: string) => changed.has(id),
    /** Whether it waits no more, and is shown only because it is kept. */
    isGone: (id: string) => gone.has(id),
    /** Shows its new text. */
    renew: (id: string) => setSeen((before) => new Map([...before].filter(([other]) => other !== id))),
  };
}

/** Looks at the queue anew: when something is held, and now and then while the page is looked at. */
function useFreshQueue(): void {
  const client = useQueryClient();
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const look = () => {
    // Decisions that are on their way look at it themselves.
    if (client.isMutating({ mutationKey: keys.queue }) > 0) return;
    void client.invalidateQueries({ queryKey: keys.queue });
  };
  useChanges((change) => {
    const item =
      change.kind === "post" ? change.post : change.kind === "comment" ? change.comment : undefined;
    if (item && item.status !== "pending" && !item.withheld && !item.deleted) return;
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      look();
    }, GATHER_MS);
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: looking needs nothing but the client
  useEffect(() => {
    const clock = setInterval(() => document.visibilityState === "visible" && look(), LOOK_AGAIN_MS);
    return () => {
      clearInterval(clock);
      clearTimeout(timer.current);
      timer.current = undefined;
    };
  }, [client]);
}

// The log as it goes on: the last events, whether the stream is there, and how fast it flows.
import { useCallback, useEffect, useRef, useState } from "react";
import { readHead } from "../api/bus";
import { placeOf } from "../api/place";
import { ProblemError } from "../api/problem";
import { useModeratorToken } from "../api/token";
import type { BusEvent } from "../api/types";
import { streamEvents } from "../live/sse";
import { taken } from "./buffer";
import { Rate } from "./sampling";

/** What is known of the log. */
export interface Log {
  /** Newest first, bounded. */
  events: readonly BusEvent[];
  /** `connecting` is only before the first answer. */
  state: "connecting" | "live" | "reconnecting";
  /** Whether the events that were there at first have come. */
  caughtUp: boolean;
  /** Why it ended: another try needs something else, such as a token. */
  refused: ProblemError | undefined;
  /** Events a second, by now. */
  rate: number;
}

/** How many events from before are shown at first. */
const BEFORE = 50n;
/** How long events are gathered before they are shown: longer when there are many, for each time costs a drawing. */
const GATHER_MS = 150;
const GATHER_MANY_MS = 500;
const MANY = 50;
const RETRY_MS = 2_000;
const LOOK_MS = 1_000;
const NOTHING: Log = { events: [], state: "connecting", caughtUp: false, refused: undefined, rate: 0 };

/** Follows the log. `onFresh` hears of events that were recorded after the page was opened, oldest first. */
export function useLog(onFresh: (events: BusEvent[]) => void): Log & { retry: () => void } {
  const [log, setLog] = useState(NOTHING);
  const [attempt, setAttempt] = useState(0);
  const token = useModeratorToken();
  const told = useRef(onFresh);
  useEffect(() => {
    told.current = onFresh;
  });

  // biome-ignore lint/correctness/useExhaustiveDependencies: another token or attempt is another stream
  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    const rate = new Rate();
    let gathered: BusEvent[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const change = (more: Partial<Log>) => {
      if (!signal.aborted) setLog((before) => ({ ...before, ...more }));
    };

    function show(head: bigint) {
      timer = undefined;
      const came = gathered;
      gathered = [];
      const fresh = came.filter((event) => BigInt(placeOf(event)) > head);
      rate.add(Date.now(), fresh.length);
      setLog((before) => ({ ...before, events: taken(before.events, came), rate: rate.at(Date.now()) }));
      if (fresh.length > 0) told.current(fresh);
    }

    function gather(event: BusEvent, head: bigint) {
      gathered.push(event);
      if (timer !== undefined) return;
      timer = setTimeout(() => show(head), rate.at(Date.now()) > MANY ? GATHER_MANY_MS : GATHER_MS);
    }

    async function follow() {
      const head = BigInt(await readHead(signal));
      if (signal.aborted) return;
      setLog({ ...NOTHING, state: "live", caughtUp: head === 0n });
      await streamEvents({
        path: "bus/events/stream",
        after: String(head > BEFORE ? head - BEFORE : 0n),
        signal,
        onState: (state) => change({ state }),
        onEvent: (message) => {
          if (message.event === "caughtUp") change({ caughtUp: true });
          else if (!message.event) gather(JSON.parse(message.data) as BusEvent, head);
        },
        // 409: the log is another one, or was put back. Its present end is where to begin.
        onRefused: (refused) => (refused.status === 409 ? later() : change({ refused })),
      });
    }

    const again = () => setAttempt((count) => count + 1);
    let retrying: ReturnType<typeof setTimeout> | undefined;
    function later() {
      change({ state: "reconnecting" });
      retrying = setTimeout(again, RETRY_MS);
    }
    follow().catch((error: unknown) => {
      if (signal.aborted) return;
      if (error instanceof ProblemError && !error.passing) return change({ refused: error });
      later();
    });
    const clock = setInterval(() => {
      const now = rate.at(Date.now());
      setLog((before) => (before.rate === now ? before : { ...before, rate: now }));
    }, LOOK_MS);
    return () => {
      controller.abort();
      clearTimeout(timer);
      clearTimeout(retrying);
      clearInterval(clock);
    };
  }, [token, attempt]);

  const retry = useCallback(() => {
    setLog(NOTHING);
    setAttempt((count) => count + 1);
  }, []);
  return { ...log, retry };
}

// The log as it goes on: the last events, whether the stream is there, and how fast it flows.
import { useCallback, useEffect, useRef, useState } from "react";
import { readEvents, readHead } from "../api/bus";
import { placeOf } from "../api/place";
import { ProblemError } from "../api/problem";
import { useModeratorToken } from "../api/token";
import type { BusEvent } from "../api/types";
import { streamEvents } from "../live/sse";
import { takePart } from "../live/tabs";
import { MOST_EVENTS, taken } from "./buffer";
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

/** What the tab that holds the stream passes on to others with the same token: an event with the last one before it, or how the
 * stream is and how far it has come. */
type Passed = { event: BusEvent; before: string } | { state: Log["state"]; last: string };

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

    /** What came from this tab's stream, or another's, is taken one after the other: some may have to be read first. */
    let work = Promise.resolve();
    const then = (more: () => void | Promise<void>) => {
      work = work.then(() => (signal.aborted ? undefined : more())).catch(failed);
    };

    async function follow() {
      const head = BigInt(await readHead(signal));
      if (signal.aborted) return;
      let last = head > BEFORE ? head - BEFORE : 0n;
      let state: Log["state"] = "connecting";
      setLog({ ...NOTHING, state: "live", caughtUp: head === 0n });

      function take(event: BusEvent) {
        if (BigInt(event.sequence) <= last) return;
        last = BigInt(event.sequence);
        gather(event, head);
      }

      /** Reads what this tab lacks of what another one has, as far as it would be shown. */
      async function fill(upto: bigint) {
        if (upto - last > BigInt(MOST_EVENTS)) last = upto - BigInt(MOST_EVENTS);
        while (last < upto) {
          const events = await readEvents({ after: String(last), limit: MOST_EVENTS }, signal);
          if (events.length === 0) return;
          events.forEach(take);
        }
      }

      const place = takePart<Passed>(`bus.${token ?? ""}`, {
        async lead(turn) {
          await work;
          const told = (now: Log["state"]) => {
            state = now;
            change({ state });
            place.tell({ state, last: String(last) });
          };
          await streamEvents({
            path: "bus/events/stream",
            after: String(last),
            signal: AbortSignal.any([turn, signal]),
            onState: told,
            onEvent: (message) => {
              if (message.event === "caughtUp") return change({ caughtUp: true });
              if (message.event) return;
              const event = JSON.parse(message.data) as BusEvent;
              const before = String(last);
              take(event);
              place.tell({ event, before });
            },
            // 409: the log is another one, or was put back. Its present end is where to begin.
            onRefused: (refused) => (refused.status === 409 ? later() : change({ refused })),
          });
        },
        hear: (passed) =>
          then(async () => {
            if ("event" in passed) {
              await fill(BigInt(passed.before));
              return take(passed.event);
            }
            change({ state: passed.state });
            await fill(BigInt(passed.last));
            change({ caughtUp: true });
          }),
        greeting: () => ({ state, last: String(last) }),
      });
      signal.addEventListener("abort", place.leave);
    }

    function failed(error: unknown) {
      if (signal.aborted) return;
      if (error instanceof ProblemError && !error.passing) return change({ refused: error });
      later();
    }

    const again = () => setAttempt((count) => count + 1);
    let retrying: ReturnType<typeof setTimeout> | undefined;
    function later() {
      change({ state: "reconnecting" });
      retrying = setTimeout(again, RETRY_MS);
    }
    follow().catch(failed);
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

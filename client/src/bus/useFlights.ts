// Events under way through the picture: which one sets out next, and where each is by now. At most some twenty marks at once.
import { useCallback, useEffect, useRef, useState } from "react";
import type { BusEvent } from "../api/types";
import { type Hears, type Hop, hopsOf, stagesOf } from "./hops";
import { MOST_MARKS, MOST_WAITING, nextReady, pickEvenly } from "./sampling";

/** An event under way. The hops of its present stage are marks, or lit paths. */
export interface Flight {
  event: BusEvent;
  stages: Hop[][];
  stage: number;
}

/** How long a stage takes. */
export const STAGE_MS = 800;
/** The pause between two events that set out. */
const APART_MS = 360;
/** How long it is said that not all are drawn. */
const SAID_MS = 2_000;

/** The events under way. `run` is false while nothing shall move. */
export function useFlights(hears: Hears, run: boolean) {
  const [flights, setFlights] = useState<readonly Flight[]>([]);
  const [sampled, setSampled] = useState(false);
  const waiting = useRef<BusEvent[]>([]);
  /** When one was last left out. */
  const left = useRef(0);
  const present = useRef({ hears, run, flights });
  useEffect(() => {
    present.current = { hears, run, flights };
  });

  /** Takes events, oldest first; when they are too many, only some of them are drawn. */
  const send = useCallback((events: readonly BusEvent[]) => {
    if (!present.current.run) return;
    const all = [...waiting.current, ...events];
    waiting.current = pickEvenly(all, MOST_WAITING);
    if (all.length <= MOST_WAITING) return;
    left.current = Date.now();
    setSampled(true);
  }, []);

  useEffect(() => {
    if (!run) {
      waiting.current = [];
      setFlights([]);
      return;
    }
    const clock = setInterval(() => {
      const { flights, hears } = present.current;
      const next = nextReady(waiting.current, new Set(flights.map(({ event }) => event.id)));
      if (!next) return;
      const stages = stagesOf(hopsOf(next, hears));
      if (marksOf(flights) + widest(stages) > MOST_MARKS) return;
      waiting.current = waiting.current.filter((event) => event !== next);
      setFlights((before) => [...before, { event: next, stages, stage: 0 }]);
    }, APART_MS);
    return () => clearInterval(clock);
  }, [run]);

  useEffect(() => {
    if (!sampled) return;
    const clock = setInterval(() => setSampled(Date.now() - left.current < SAID_MS), SAID_MS / 2);
    return () => clearInterval(clock);
  }, [sampled]);

  /** The stage of this flight is over. */
  const advance = useCallback((flight: Flight) => {
    setFlights((before) =>
      before.flatMap((other) =>
        other.event !== flight.event || other.stage !== flight.stage
          ? other
          : other.stage + 1 < other.stages.length
            ? { ...other, stage: other.stage + 1 }
            : [],
      ),
    );
  }, []);

  return { flights, send, advance, sampled };
}

const widest = (stages: Hop[][]) => Math.max(0, ...stages.map((stage) => stage.length));

/** How many marks these may need at one time. */
const marksOf = (flights: readonly Flight[]) => flights.reduce((sum, { stages }) => sum + widest(stages), 0);

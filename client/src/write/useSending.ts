// Where a form stands with what it sends: idle, on its way, waiting for the board, or failed.
import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { patiently, type Waiting } from "./patience";

export type Phase =
  | { name: "idle" }
  | { name: "sending" }
  | ({ name: "waiting" } & Waiting)
  /** It was not tried: there is no network. */
  | { name: "offline" }
  | { name: "failed"; problem: unknown };

/** What a form has of its sending. */
export interface Sending {
  phase: Phase;
  busy: boolean;
  /** Does it, again when the board says when, one at a time. The answer is undefined if it failed; `phase` says why. */
  run<T>(attempt: () => Promise<T>): Promise<T | undefined>;
  /** Ends the waiting; what is on its way goes on. */
  stop(): void;
  /** As if nothing had been sent. */
  reset(): void;
}

/** One for each form. */
export function useSending(): Sending {
  const [phase, setPhase] = useState<Phase>({ name: "idle" });
  const under = useRef<AbortController>(undefined);
  useEffect(() => () => under.current?.abort(), []);

  async function run<T>(attempt: () => Promise<T>): Promise<T | undefined> {
    if (under.current) return undefined;
    if (!navigator.onLine) {
      setPhase({ name: "offline" });
      return undefined;
    }
    const controller = new AbortController();
    under.current = controller;
    setPhase({ name: "sending" });
    const onWait = (waiting: Waiting) => setPhase({ name: "waiting", ...waiting });
    const told = () => {
      setPhase({ name: "sending" });
      return attempt();
    };
    try {
      const done = await patiently(told, onWait, controller.signal);
      setPhase({ name: "idle" });
      return done;
    } catch (problem) {
      setPhase({ name: "failed", problem });
      return undefined;
    } finally {
      under.current = undefined;
    }
  }

  return {
    phase,
    busy: phase.name === "sending" || phase.name === "waiting",
    run,
    stop: () => under.current?.abort(),
    reset: () => setPhase({ name: "idle" }),
  };
}

/** Whether the browser has a network. */
export const useOnline = (): boolean => useSyncExternalStore(listen, () => navigator.onLine);

function listen(changed: () => void): () => void {
  window.addEventListener("online", changed);
  window.addEventListener("offline", changed);
  return () => {
    window.removeEventListener("online", changed);
    window.removeEventListener("offline", changed);
  };
}

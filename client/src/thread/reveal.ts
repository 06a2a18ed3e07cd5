// Leads to one comment, wherever in the thread it is: opens what hides it, and reads on until it is found.
import { useCallback, useEffect, useState } from "react";

/** What is known about a comment that is looked for. */
export interface Sight {
  /** It has a row. */
  shown: boolean;
  /** It was read, but is hidden: by a branch that is collapsed, or because it is new. */
  hidden: boolean;
  /** There is more to read. */
  more: boolean;
  fetching: boolean;
  /** Reading on did not work. */
  failed: boolean;
}

/** What to do next to find it. */
export type Step = "show" | "open" | "load" | "wait" | "failed" | "gone";

/** The next step. */
export function nextStep({ shown, hidden, more, fetching, failed }: Sight): Step {
  if (shown) return "show";
  if (hidden) return "open";
  if (fetching) return "wait";
  if (failed) return "failed";
  return more ? "load" : "gone";
}

/** A comment to go to. Each search has its own, so that one may go to the same comment twice. */
export interface Goal {
  id: string;
}

/** How the search goes on. */
export interface Search {
  look(id: string): Sight;
  open(id: string): void;
  load(): void;
}

/** `reveal` begins a search; `goal` is the comment that was found, `lost` says how a search ended without one. */
export function useReveal(search: Search) {
  const [target, setTarget] = useState<string>();
  const [goal, setGoal] = useState<Goal>();
  const [lost, setLost] = useState<"gone" | "failed">();
  useEffect(() => {
    if (target === undefined) return;
    const step = nextStep(search.look(target));
    if (step === "wait") return;
    if (step === "open") search.open(target);
    else if (step === "load") search.load();
    else {
      setTarget(undefined);
      if (step === "show") setGoal({ id: target });
      else setLost(step);
    }
  });
  const reveal = useCallback((id: string) => {
    setLost(undefined);
    setTarget(id);
  }, []);
  return { reveal, goal, lost, searching: target !== undefined };
}

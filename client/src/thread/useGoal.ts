// Brings the reader to a comment: into sight, and with the focus.
import { useEffect } from "react";
import type { Goal } from "./reveal";
import { useLatest } from "./useLatest";

/** A row that is far away is drawn some frames after the page was moved to it. */
const FRAMES = 90;

/** Goes to each new goal. `scroll` moves the page if it is the list's matter, and says so. */
export function useGoal(goal: Goal | undefined, scroll: (id: string) => boolean): void {
  const move = useLatest((id: string, done: (moved: boolean) => void) => done(scroll(id)));
  useEffect(() => {
    if (!goal) return;
    let moved = false;
    move(goal.id, (so) => {
      moved = so;
    });
    let left = FRAMES;
    let frame = 0;
    const look = () => {
      const article = document.getElementById(`c-${goal.id}`);
      if (article) {
        if (!moved) article.scrollIntoView({ block: "start" });
        article.focus({ preventScroll: true });
      } else if (left > 0) {
        left -= 1;
        frame = requestAnimationFrame(look);
      }
    };
    // Not before the browser is done with what it does itself when the address changes.
    frame = requestAnimationFrame(look);
    return () => cancelAnimationFrame(frame);
  }, [goal, move]);
}

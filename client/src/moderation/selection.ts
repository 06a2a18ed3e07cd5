// What is selected, of what is shown.
import { useState } from "react";
import type { QueueItem } from "../api/types";

/** A selection; what is not shown any more is not in it. */
export function useSelection(shown: QueueItem[]) {
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set());
  const chosen = shown.filter(({ id }) => marked.has(id));
  return {
    /** In the order in which they are shown. */
    chosen,
    has: (id: string) => marked.has(id),
    toggle: (id: string) => {
      const after = new Set(chosen.map((item) => item.id));
      if (!after.delete(id)) after.add(id);
      setMarked(after);
    },
    /** All, or none if all are. */
    toggleAll: () =>
      setMarked(chosen.length === shown.length ? new Set() : new Set(shown.map(({ id }) => id))),
    clear: () => setMarked(new Set()),
  };
}

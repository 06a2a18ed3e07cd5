// What is hidden because it is being deleted. The list needs to know no more of deleting than this.
import { useSyncExternalStore } from "react";
import { signal } from "../signal";

/** The ids of posts and comments that are being deleted, and may still be taken back. */
export const going = signal<ReadonlySet<string>>(new Set());

/** Whether it is one of them: it is not shown meanwhile. */
export const useIsGoing = (id: string): boolean =>
  useSyncExternalStore(going.subscribe, () => going.get().has(id));

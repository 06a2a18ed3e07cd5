// What the reader's screen and wishes are, and whether anybody looks.
import { useSyncExternalStore } from "react";

/** Whether a media query holds. */
export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (tell) => {
      const list = window.matchMedia(query);
      list.addEventListener("change", tell);
      return () => list.removeEventListener("change", tell);
    },
    () => window.matchMedia(query).matches,
  );
}

/** Whether the tab is seen. */
export const useSeen = (): boolean =>
  useSyncExternalStore(
    (tell) => {
      document.addEventListener("visibilitychange", tell);
      return () => document.removeEventListener("visibilitychange", tell);
    },
    () => !document.hidden,
  );

export const NARROW = "(max-width: 44rem)";
export const STILL = "(prefers-reduced-motion: reduce)";

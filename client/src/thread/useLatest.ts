// A function that stays the same while what it does may change: for rows that are not to be drawn anew for nothing.
import { useCallback, useLayoutEffect, useRef } from "react";

/** Calls the function of the last render. Not for calls while rendering. */
export function useLatest<Args extends unknown[]>(run: (...args: Args) => void): (...args: Args) => void {
  const latest = useRef(run);
  useLayoutEffect(() => {
    latest.current = run;
  });
  return useCallback((...args: Args) => latest.current(...args), []);
}

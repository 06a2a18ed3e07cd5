// A list that stands still while somebody reads it: what came meanwhile is counted, and shown when asked for.
import { useState } from "react";
import { placeOf } from "../api/place";
import type { BusEvent } from "../api/types";
import { newerThan } from "./buffer";

/** The events as they are shown; `missed` came since. */
export function useHeld(events: readonly BusEvent[], hold: boolean) {
  const [shown, setShown] = useState(events);
  // An empty list has nothing to read; a list that began anew has nothing of the old one.
  const free = !hold || shown.length === 0 || events.length === 0;
  if (free && shown !== events) setShown(events);
  const current = free ? events : shown;
  return {
    shown: current,
    missed: events.slice(0, newerThan(events, current[0] && placeOf(current[0]))),
    release: () => setShown(events),
  };
}

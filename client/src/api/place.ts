// Where an event stands in the log: `sequence` is its producer's own number where the bus names the place beside it.
import type { BusEvent } from "./types";

/** Its place, with leading zeros. */
export const placeOf = (event: Pick<BusEvent, "sequence" | "folkmootsequence">): string =>
  event.folkmootsequence ?? event.sequence;

// A causal chain as a timeline: depth first from the root, with how long each hop took.
import { placeOf } from "../api/place";
import type { BusEvent, EventChain, RecordedEvent } from "../api/types";

/** One event of a timeline. */
export interface Step {
  event: BusEvent;
  recordedAt: string;
  /** From the recording of its cause to its own, in ms; not there for a root. */
  delayMs: number | undefined;
  /** From the recording of the first event to its own, in ms. */
  sinceStartMs: number;
  /** How far it stands to the right: a branch more for each cause with several effects. */
  indent: number;
  picked: boolean;
}

/** All that two looks at a chain have seen, each event once, in the log's order. */
export function merged(...chains: (EventChain | undefined)[]): RecordedEvent[] {
  const known = new Map<string, RecordedEvent>();
  for (const chain of chains) {
    if (!chain) continue;
    for (const one of [...chain.causes, chain.event, ...chain.effects]) known.set(keyOf(one.event), one);
  }
  return [...known.values()].sort((one, other) => (placeOf(one.event) < placeOf(other.event) ? -1 : 1));
}

/** The timeline of these events, given in the log's order. */
export function timelineOf(events: readonly RecordedEvent[], picked: string | undefined): Step[] {
  const byId = new Map(events.map((one) => [one.event.id, one]));
  const effects = new Map<string, RecordedEvent[]>();
  const roots: RecordedEvent[] = [];
  for (const one of events) {
    const { causationid, id } = one.event;
    if (causationid === undefined || causationid === id || !byId.has(causationid)) roots.push(one);
    else effects.set(causationid, [...(effects.get(causationid) ?? []), one]);
  }
  const start = Math.min(...events.map((one) => Date.parse(one.recordedAt)));
  const steps: Step[] = [];
  const open = roots.map((one) => ({ one, indent: 0 })).reverse();
  for (let next = open.pop(); next; next = open.pop()) {
    const { one, indent } = next;
    const cause = byId.get(one.event.causationid ?? "");
    const at = Date.parse(one.recordedAt);
    steps.push({
      event: one.event,
      recordedAt: one.recordedAt,
      delayMs: cause && cause !== one ? Math.max(0, at - Date.parse(cause.recordedAt)) : undefined,
      sinceStartMs: at - start,
      indent,
      picked: one.event.id === picked,
    });
    const following = effects.get(one.event.id) ?? [];
    effects.delete(one.event.id);
    const deeper = following.length > 1 ? indent + 1 : indent;
    for (const effect of [...following].reverse()) open.push({ one: effect, indent: deeper });
  }
  return steps;
}

/** A duration in words that fit in a row. */
export function duration(ms: number, language: string): string {
  const [value, unit] =
    ms < 1_000
      ? ([Math.round(ms), "millisecond"] as const)
      : ms < 90_000
        ? ([ms / 1_000, "second"] as const)
        : ms < 5_400_000
          ? ([ms / 60_000, "minute"] as const)
          : ms < 172_800_000
            ? ([ms / 3_600_000, "hour"] as const)
            : ([ms / 86_400_000, "day"] as const);
  const digits = unit === "millisecond" ? 0 : 1;
  return new Intl.NumberFormat(language, {
    style: "unit",
    unit,
    unitDisplay: "short",
    maximumFractionDigits: digits,
  }).format(value);
}

const keyOf = (event: BusEvent): string => `${event.source} ${event.id}`;

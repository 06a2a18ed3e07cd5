// What a subscription's state is in words, and what a move of its cursor means.
import type { Subscription } from "../api/types";
import type { Text } from "../i18n/en";
import type { Tone } from "../ui/Badge";
import type { Place } from "./hops";
import { placeOfSubscription } from "./hops";
import { plain } from "./kinds";
import type { PlaceState } from "./PlaceBox";

/** How it is doing: what counts is whether something waits that should not. */
export type State = "active" | "behind" | "waiting" | "failing" | "paused";

/** The state by all that is shown of it. */
export function stateOf(subscription: Pick<Subscription, "state" | "nextTry" | "lag">): State {
  if (subscription.state === "paused" || subscription.state === "failing") return subscription.state;
  if (subscription.nextTry) return "waiting";
  return subscription.lag.seconds > 1 ? "behind" : "active";
}

export const TONES: Record<State, Tone> = {
  active: "good",
  behind: "warn",
  waiting: "warn",
  failing: "bad",
  paused: "warn",
};

/** How the places in the picture are doing, where it is worth a word. */
export function placeStates(subscriptions: readonly Subscription[], words: Text["bus"]) {
  const states: Partial<Record<Place, PlaceState>> = {};
  for (const subscription of subscriptions) {
    const state = stateOf(subscription);
    const place = placeOfSubscription(subscription.name);
    if (subscription.parked > 0) {
      states[place] = { text: words.subscriptions.parkedCount(subscription.parked), tone: "bad" };
    } else if (state !== "active") {
      const text = words.subscriptions.states[state];
      states[place] = { text, tone: TONES[state] };
    }
  }
  return states;
}

/** Where a cursor may be moved to. */
export const TARGETS = ["start", "now", "sequence", "time"] as const;
export type Target = (typeof TARGETS)[number];

/** The place as the bus reads it; nothing if what was typed is none. */
export function placeFor(target: Target, typed: string): string | undefined {
  if (target === "start" || target === "now") return target;
  if (target === "sequence") return /^\d{1,20}$/.test(typed.trim()) ? typed.trim() : undefined;
  const time = Date.parse(typed);
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
}

/** What will happen. */
export function consequenceOf(
  target: Target,
  typed: string,
  subscription: Pick<Subscription, "cursor" | "head" | "lag">,
  words: Text["bus"]["seek"],
): string {
  if (target === "start") return words.willStart(plain(subscription.head));
  if (target === "now") return words.willSkip(subscription.lag.events);
  if (target === "time") return words.willTime;
  const place = placeFor("sequence", typed);
  if (place === undefined) return words.willSequence;
  const [to, cursor] = [BigInt(place), BigInt(subscription.cursor)];
  if (to > BigInt(subscription.head)) return words.beyond(plain(subscription.head));
  return to < cursor ? words.willRepeat(String(cursor - to)) : words.willPass(String(to - cursor));
}

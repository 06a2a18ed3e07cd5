// The way of an event through the system, as pure functions: who says it, and who hears it.
import type { BusEvent, Subscription } from "../api/types";
import { SERVICES, type Service } from "./kinds";

/** Where an event may be in the picture. `others`: whoever else subscribed. */
export const PLACES = ["browser", "posts", "comments", "moderation", "bus", "query", "others"] as const;
export type Place = (typeof PLACES)[number];

/** One step of a way. Hops of one stage happen at the same time. */
export interface Hop {
  from: Place;
  to: Place;
  stage: number;
}

/** The types that are heard at a place; `null` hears all. Whoever is not here hears nothing. */
export type Hears = Partial<Record<Place, readonly string[] | null>>;

/** What Folkmoot's services hear, for as long as the bus has not told. */
export const USUALLY: Hears = {
  posts: ["PostModerated"],
  comments: ["CommentModerated", "PostCreated", "PostDeleted"],
  moderation: [
    "CommentCreated",
    "CommentDeleted",
    "CommentReported",
    "CommentUpdated",
    "PostCreated",
    "PostDeleted",
    "PostUpdated",
  ],
  query: null,
};

const isService = (name: string): name is Service => SERVICES.some((service) => service === name);

/** The subscriptions that are pushed to right now: to the others nothing goes. */
export const reached = <T extends Pick<Subscription, "state">>(subscriptions: readonly T[]): T[] =>
  subscriptions.filter(({ state }) => state === "active");

/** The place of a subscription in the picture. */
export const placeOfSubscription = (name: string): Place => (isService(name) ? name : "others");

/** Who hears what, by the subscriptions that there are. Query is none: it follows the stream, and hears all. */
export function hearsOf(subscriptions: readonly Pick<Subscription, "name" | "types">[]): Hears {
  const hears: Hears = { query: null };
  for (const { name, types } of subscriptions) {
    const place = placeOfSubscription(name);
    const before = hears[place];
    hears[place] = types && before !== null ? [...(before ?? []), ...types] : null;
  }
  return hears;
}

/** Who says an event, by its source. */
export function placeOfSource(source: string): Place {
  const name = source.replace(/^\//, "");
  if (name === "event-bus") return "bus";
  return isService(name) ? name : "others";
}

/** Who hears events of this type, in the order of the picture. */
export const hearersOf = (type: string, hears: Hears): Place[] =>
  PLACES.filter((place) => hears[place] === null || hears[place]?.includes(type));

/** The way of an event: from who says it into the bus, and out to who hears it. `whole` begins at the browser, where
 * a person caused it, and ends there. */
export function hopsOf(
  event: Pick<BusEvent, "type" | "source" | "causationid">,
  hears: Hears,
  whole = false,
): Hop[] {
  const said = placeOfSource(event.source);
  const hops: Hop[] = [];
  if (whole && !event.causationid && isService(said)) hops.push({ from: "browser", to: said, stage: 0 });
  if (said !== "bus") hops.push({ from: said, to: "bus", stage: 1 });
  for (const to of hearersOf(event.type, hears)) hops.push({ from: "bus", to, stage: 2 });
  if (whole) hops.push({ from: "query", to: "browser", stage: 3 });
  return hops;
}

/** The same hops, stage by stage. */
export function stagesOf(hops: readonly Hop[]): Hop[][] {
  const stages = [...new Set(hops.map((hop) => hop.stage))].sort((one, other) => one - other);
  return stages.map((stage) => hops.filter((hop) => hop.stage === stage));
}

// What an event is about, at a glance: its kind (a shape and a colour), and who says what.
import type { BusEvent } from "../api/types";

/** What happened to the thing. Each kind has a shape of its own, so that colour is never all there is. */
export const KINDS = ["created", "updated", "moderated", "deleted", "reported", "other"] as const;
export type Kind = (typeof KINDS)[number];

const ENDINGS: [string, Kind][] = [
  ["Created", "created"],
  ["Updated", "updated"],
  ["Moderated", "moderated"],
  ["Deleted", "deleted"],
  ["Reported", "reported"],
];

/** The kind of an event of this type. */
export const kindOf = (type: string): Kind =>
  ENDINGS.find(([ending]) => type.endsWith(ending))?.[1] ?? "other";

/** The services that own something and say what became of it. */
export const SERVICES = ["posts", "comments", "moderation"] as const;
export type Service = (typeof SERVICES)[number];

/** Who says which events. */
export const SAYS: Record<Service | "bus", readonly string[]> = {
  posts: ["PostCreated", "PostUpdated", "PostDeleted"],
  comments: ["CommentCreated", "CommentUpdated", "CommentDeleted", "CommentReported"],
  moderation: ["PostModerated", "CommentModerated"],
  bus: ["DeliveryGivenUp"],
};

/** The types that Folkmoot's own services say. */
export const TYPES: readonly string[] = Object.values(SAYS).flat().sort();

/** A subject or id, short enough for a row: its end, for that is what differs. */
export const short = (id: string | undefined): string =>
  id === undefined ? "–" : id.length > 12 ? `…${id.slice(-8)}` : id;

/** A sequence without the zeros in front. */
export const plain = (sequence: string): string => sequence.replace(/^0+(?=\d)/, "");

/** The post that an event is about, if it is about one. */
export const postOf = (event: BusEvent): string | undefined =>
  /^(Post|Comment)[A-Z]/.test(event.type) ? event.subject : undefined;

/** The comment that an event is about, if it is about one. */
export function commentOf(event: BusEvent): string | undefined {
  const id = (event.data as { id?: unknown } | undefined)?.id;
  return event.type.startsWith("Comment") && typeof id === "string" ? id : undefined;
}

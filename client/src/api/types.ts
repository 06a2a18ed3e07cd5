// What the board speaks of, by the names that pages use. Where a service's document has the shape, it is taken from there.
import type { components as BusSchema } from "./schema/event-bus";
import type { components as ModerationSchema } from "./schema/moderation";
import type { components as PostsSchema } from "./schema/posts";

export type Status = "pending" | "approved" | "rejected" | "deleted";

/** A post as query shows it. Withheld text is absent. */
export interface Post {
  id: string;
  title: string;
  content?: string | null;
  /** Safe HTML of the Markdown in `content`. */
  html?: string | null;
  status: Status;
  revision: number;
  authorName?: string | null;
  authorId?: string | null;
  createdAt: string;
  editedAt?: string | null;
  lastActivityAt?: string;
  /** Why it was rejected; its author sees it. */
  reason?: string | null;
  commentCount: number;
  /** Written with this browser's owner key. */
  own?: boolean;
  comments?: Comment[];
}

/** A comment as query shows it: `content` is null where there is nothing that this reader may see. */
export interface Comment {
  id: string;
  content: string | null;
  html?: string | null;
  status: Status;
  parentId?: string | null;
  revision?: number | null;
  authorName?: string | null;
  createdAt?: string | null;
  editedAt?: string | null;
  deleted?: boolean;
  withheld?: boolean;
  reason?: string | null;
  own?: boolean;
}

export type NewPost = PostsSchema["schemas"]["PostRequest"];
export interface NewComment {
  content: string;
  parentId?: string | undefined;
  authorName?: string | undefined;
}

export type Kind = "post" | "comment";
/** Something that a person must decide. */
export type QueueItem = ModerationSchema["schemas"]["QueueItem"] & {
  kind: Kind | string;
  html?: string | null;
};
export type Rule = ModerationSchema["schemas"]["RuleBody"];
export type Verdict = ModerationSchema["schemas"]["VerdictBody"];
/** What a moderator says to one item. */
export interface Decision {
  kind: string;
  id: string;
  revision: number;
  status: "approved" | "rejected";
  reason?: string;
}
/** The answer to one of many decisions: `status` is as HTTP has it. */
export type DecisionAnswer = { status: number; verdict?: Verdict; problem?: Record<string, unknown> };
/** A verdict that is to be taken back. */
export type Undo = Pick<Verdict, "kind" | "id" | "decision">;

/** An event as the bus keeps it (CloudEvents 1.0). `data` is the services' own. */
export interface BusEvent {
  specversion: string;
  id: string;
  source: string;
  type: string;
  subject?: string;
  time: string;
  /** Its place in the log, with leading zeros; or its producer's own number, and then `folkmootsequence` is the place. */
  sequence: string;
  folkmootsequence?: string;
  causationid?: string;
  correlationid?: string;
  data?: unknown;
}
/** An event with the time at which the bus took it. */
export interface RecordedEvent {
  recordedAt: string;
  event: BusEvent;
}
/** An event with what led to it (root first) and what came of it (by sequence). */
export interface EventChain {
  event: RecordedEvent;
  causes: RecordedEvent[];
  effects: RecordedEvent[];
  truncated: boolean;
}
export type Subscription = BusSchema["schemas"]["Shown"];
export type Parked = BusSchema["schemas"]["ParkedShown"];

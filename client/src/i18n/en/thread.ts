// English: a post with its thread.
import { pluralsOf } from "../plural";

const plural = pluralsOf("en");

export const thread = {
  title: "A post",
  edited: "edited",
  edit: "Edit",
  remove: "Delete",
  share: "Copy link",
  copied: "The link is copied.",
  address: (url: string) => `Here is the link: ${url}`,
  standing: {
    pending: "This post waits for approval.",
    rejected: "This post was rejected; only you see it.",
    because: (reason: string) => `The reason: ${reason}.`,
    mend: "When you edit it, it is judged anew.",
  },
  comments: (n: number) => plural(n, { one: "{n} comment", other: "{n} comments" }),
  list: "Comments, each followed by its replies",
  write: "Write a comment",
  empty: "Nobody has answered yet.",
  fresh: (n: number) => plural(n, { one: "{n} new comment", other: "{n} new comments" }),
  reply: "Reply",
  replies: (n: number) => plural(n, { one: "{n} reply", other: "{n} replies" }),
  report: "Report",
  answers: "In reply to",
  place: (level: number, name: string) => `in reply to ${name}, level ${level}`,
  quiet: {
    deleted: "This comment was deleted.",
    pending: "A comment here waits for a decision.",
    rejected: "A comment here is not shown.",
  },
  kept: "What you are writing is still here. It may not be taken any more: copy your text if you want to keep it.",
  lost: {
    gone: "The comment that the link names is no longer there, or is not shown.",
    failed: "The comment that the link names could not be looked for. Follow the link again in a moment.",
  },
  gone: {
    title: "Not here",
    subtitle: "There is no such post, or it is gone",
    text: "Its author may have deleted it, it may not be shown, or the address is mistyped.",
    back: "To the posts",
  },
  going: {
    title: "Deleted",
    subtitle: "Your post is deleted",
    text: "For a moment it can be taken back.",
    back: "To the posts",
  },
};

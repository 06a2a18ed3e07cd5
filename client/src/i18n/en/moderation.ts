// English: the page in src/moderation.
import { pluralsOf } from "../plural";

const plural = pluralsOf("en");

export const moderation = {
  title: "Moderation",
  views: { label: "Parts of moderation", queue: "Queue", decided: "Decided", rules: "Rules" },
  wait: (n: number, more: boolean) =>
    more ? `More than ${n} wait` : plural(n, { one: "{n} waits", other: "{n} wait" }),
  fresh: (n: number) => plural(n, { one: "{n} new", other: "{n} new" }),
  came: (n: number) => plural(n, { one: "{n} new item waits", other: "{n} new items wait" }),
  list: "What waits for a decision",
  end: "That is all that waits.",
  empty: {
    title: "Nothing waits",
    text: "Whatever is held or reported appears here by itself.",
    tally: (n: number) =>
      plural(n, { one: "{n} decided since you came.", other: "{n} decided since you came." }),
  },
  item: {
    post: "Post",
    comment: "Comment",
    on: "on",
    by: (name: string) => `by ${name}`,
    written: "written",
    held: "held",
    revision: (n: number) => `version ${n}`,
    reported: (n: number) => plural(n, { one: "Reported once", other: "Reported {n} times" }),
    visible: "Everyone sees it",
    withdrawn: "Withdrawn",
    undone: "Its verdict was taken back",
    rule: "Rule",
    noText: "It has no text.",
    whole: "Show all",
    less: "Show less",
    context: "Context",
    open: "Open in thread",
    newTab: "(new tab)",
    select: "Select",
  },
  approve: "Approve",
  reject: "Reject",
  bulk: {
    all: "Select all",
    selected: (n: number) => plural(n, { one: "{n} selected", other: "{n} selected" }),
    approve: (n: number) => `Approve ${n}`,
    reject: (n: number) => `Reject ${n}`,
  },
  reason: {
    label: "Why? Its author reads this.",
    labelMany: (n: number) =>
      plural(n, {
        one: "Why reject it? Its author reads this.",
        other: "Why reject these {n}? Their authors read this.",
      }),
    hint: "Up and down go through the suggestions, Enter rejects, Escape leaves it as it is.",
    presets: "Suggestions",
    offered: [
      "It is advertising or spam.",
      "It attacks someone.",
      "It does not belong to this subject.",
      "It tells private things about someone.",
    ],
  },
  said: {
    approved: (n: number) => plural(n, { one: "Approved", other: "{n} approved" }),
    rejected: (n: number) => plural(n, { one: "Rejected", other: "{n} rejected" }),
    undone: (n: number) => plural(n, { one: "Taken back", other: "{n} taken back" }),
    left: (done: string, n: number, more: boolean) => (more ? `${done}; more wait.` : `${done}; ${n} left.`),
    nothing: "There is nothing to take back.",
    refused: (n: number) =>
      plural(n, {
        one: "It was not decided; see the note on it.",
        other: "{n} were not decided; see the notes on them.",
      }),
    gone: (n: number) => plural(n, { one: "It had been deleted.", other: "{n} of them had been deleted." }),
    waitNoMore: (n: number) =>
      plural(n, {
        one: "It waited no more; nothing was sent.",
        other: "They waited no more; nothing was sent.",
      }),
    notUndone: (n: number) =>
      plural(n, {
        one: "It could not be taken back: it was edited, or decided on again.",
        other: "{n} could not be taken back: they were edited, or decided on again.",
      }),
  },
  edited: "It was edited since it was shown here. A decision would be on a text that is no more.",
  renew: "Show its new text",
  gone: "It waits no more: somebody decided on it, or it was deleted. Nothing will be sent.",
  changed: "It was edited while you decided. This is its new text.",
  context: {
    label: "Around it",
    parent: "It answers",
    before: "Before it",
    after: "After it",
    alone: "Nothing stands around it.",
    here: "This comment",
    withheld: "(withheld)",
    deleted: "(deleted)",
    hidden: "The post is not visible to everyone, so its thread cannot be shown.",
  },
  keys: {
    title: "Keys",
    single: "Use single keys",
    hint: "Switch them off if speech input or a slip of the hand sets them off. Arrows work in the list either way.",
    or: "or",
    of: {
      next: "next item",
      previous: "previous item",
      approve: "approve",
      reject: "reject, with a reason",
      undo: "take the last decision back",
      select: "select",
      approveSelected: "approve what is selected",
      rejectSelected: "reject what is selected",
      whole: "show all of the text",
      context: "show what is around it",
      open: "open in thread",
      help: "these keys",
    },
  },
  decided: {
    list: "What was decided, latest first",
    people: "Only what moderators decided",
    empty: "Nothing was decided yet.",
    emptyHere: "No moderator’s decision is among the latest.",
    moderator: "a moderator",
    rules: "the rules",
    by: (who: string) => `by ${who}`,
    undoes: "took a verdict back",
    older: "Older ones",
  },
  rules: {
    intro: "They are asked in this order; the first that fits decides.",
    action: { reject: "rejects", hold: "holds for a moderator", approve: "approves" } as Record<
      string,
      string
    >,
    of: { post: "posts", comment: "comments" } as Record<string, string>,
    and: " and ",
    words: "With one of these words",
    pattern: "Fits the pattern",
    longer: (n: number) =>
      plural(n, { one: "Longer than {n} character", other: "Longer than {n} characters" }),
    shorter: (n: number) =>
      plural(n, { one: "Shorter than {n} character", other: "Shorter than {n} characters" }),
    always: "Whatever no other rule fits",
    reason: "Authors are told",
  },
  token: {
    title: "For moderators only",
    text: "This board asks for its token. It stands in the file bus.token in the board’s data folder, or is what the board was started with as its bus token.",
    label: "Token",
    hint: "It is kept for this tab only, and forgotten when you close it.",
    wrong: "That is not the board’s token.",
    missing: "Enter the token.",
    enter: "Go in",
    forget: "Forget the token",
  },
};

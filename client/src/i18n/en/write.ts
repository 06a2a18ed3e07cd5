// English: writing, changing, deleting and reporting.
import { pluralsOf } from "../plural";

const plural = pluralsOf("en");
const number = new Intl.NumberFormat("en");

export const write = {
  title: "New post",
  fields: {
    title: "Title",
    text: "Text",
    name: "Your name",
    nameHint: "Shown beside what you write. This browser remembers it.",
    comment: "Your comment",
    reply: (name: string) => `Your reply to ${name}`,
    editComment: "Your comment, edited",
  },
  editor: {
    mode: "Write or preview",
    write: "Write",
    preview: "Preview",
    nothing: "Nothing to preview yet.",
    help: "How to format",
    helpText: "The text is Markdown: a few signs, and everything else is as you type it.",
    samples: [
      ["**bold**, *slanted*", "bold, slanted"],
      ["[the words](https://example.org)", "a link"],
      ["- one", "a list; 1. for a numbered one"],
      ["> said she", "a quotation"],
      ["`code`", "code; three backticks above and below for several lines"],
      ["(an empty line)", "a new paragraph"],
    ] as [string, string][],
  },
  left: (n: number) => plural(n, { one: "{n} character left", other: "{n} characters left" }),
  wrong: {
    empty: "Write something here first.",
    unseen: "Nobody could see any of this: write something else here, or nothing.",
    long: (n: number, most: number) =>
      `${plural(n, { one: "{n} character", other: "{n} characters" })} too many; at most ${number.format(most)} are possible.`,
    control: (sign: string) => `It holds a control character (${sign}), which cannot be kept.`,
    line: "Write it on one line.",
    deep: "Threads end at this depth: answer a comment further up.",
    check: "Look at what is marked.",
    gone: "What this belongs to is not there any more. Copy your text if you want to keep it.",
    notYours: "This browser’s key is not the one it was written with.",
  },
  send: {
    post: "Post",
    comment: "Comment",
    reply: "Reply",
    save: "Save",
    cancel: "Cancel",
    busy: "Sending …",
    keys: "Ctrl + Enter sends",
    sent: "Sent.",
    kept: "What you wrote is kept here.",
    unreachable: "The board cannot be reached.",
    offline: "You are offline: it will not be sent now.",
    again: "Send again",
    waiting: (seconds: number) =>
      `The board is busy. It is sent again in ${plural(seconds, { one: "{n} second", other: "{n} seconds" })}.`,
    tries: (n: number, most: number) => `Try ${n} of ${most}.`,
    stop: "Stop",
  },
  draft: {
    restored: "This is what you had begun.",
    unsure:
      "It is not certain that the last try arrived. Send it again: it will be there once, and not twice.",
    discard: "Discard",
  },
  changed: {
    title: "It was changed meanwhile",
    text: "Below is what stands there now, and under it what you wrote. Which shall it be?",
    now: "What stands there now",
    takeTheirs: "Take what stands there",
    keepMine: "Save mine instead",
  },
  deleted: { post: "Post deleted.", comment: "Comment deleted.", failed: "It could not be deleted." },
  report: {
    title: "Report this comment",
    about: (name: string) => `The moderators will look at what ${name} wrote.`,
    reason: "What is wrong with it?",
    send: "Report",
    thanks: "Reported. The moderators will look at it.",
  },
  key: {
    note: "No account: this browser holds a key, and with it you can change or delete what you write here. It is lost with the site’s data.",
    open: "About the key",
    title: "This browser’s key",
    text: "Whoever has the key can change and delete what was written with it, and nobody can replace it. Keep it somewhere safe, or carry it to another browser of yours.",
    yours: "Your key",
    copy: "Copy",
    copied: "Copied.",
    other: "A key from another browser",
    otherHint:
      "From then on this browser writes with it. Copy the one above first, if you wrote something with it.",
    use: "Use this key",
    bad: "A key has 16 to 256 characters without spaces.",
    notKept:
      "This browser could not keep it: its storage is full or blocked. It is used until this page is closed.",
  },
};

// English: the page in src/bus.
import { pluralsOf } from "../plural";

const plural = pluralsOf("en");
const number = (n: number) => new Intl.NumberFormat("en").format(n);

export const bus = {
  title: "The event bus",
  intro:
    "Folkmoot is a handful of small services that never call each other. Each says what happened, the bus keeps it in one log and hands it on, and whoever cares reacts. Here you can watch.",
  reconnecting: "The bus does not answer. What came before stays here; trying again …",
  states: { connecting: "Connecting …", reconnecting: "The bus does not answer right now." },
  empty: {
    title: "Nothing has happened yet",
    text: "The log is empty. Write the first post in another window, and watch it travel.",
    write: "Write the first post",
  },
  picture: {
    label: "The services and the bus",
    choose: "Choose a box to read what it owns and what it hears.",
    door: "front door",
    notes: { writes: "writes", reads: "reads, live", says: "says", hears: "hears", follows: "follows" },
    legend: "What the marks mean",
    kinds: {
      created: "created",
      updated: "updated",
      moderated: "judged",
      deleted: "deleted",
      reported: "reported",
      other: "something else",
    },
    hold: "Stop the picture",
    go: "Let it move",
    held: "The picture is stopped.",
    quiet: "Live. It is quiet right now.",
    telling: "This is what happened to the latest comment.",
    flowing: (rate: number) => `Live: ${plural(rate, { one: "{n} event", other: "{n} events" })} a second.`,
    sampled: (rate: number) =>
      `Live: ${plural(rate, { one: "{n} event", other: "{n} events" })} a second. Only some are drawn; the log has them all.`,
    names: {
      browser: "Your browser",
      posts: "posts",
      comments: "comments",
      moderation: "moderation",
      bus: "Event bus",
      query: "query",
      others: "others",
    },
    doing: {
      browser: "writes and reads",
      posts: "keeps posts",
      comments: "keeps comments",
      moderation: "judges both",
      bus: "the log of all that happened",
      query: "keeps what is read",
      others: "your own receivers",
    },
    explained: {
      browser:
        "It talks to one address only, the front door, which passes each request to the service it is for. Writes go to the services, reads and live updates come from query.",
      posts:
        "It owns posts, and is the only one who writes them. It hears what moderation said about a post, and keeps that verdict with it.",
      comments:
        "It owns comments, and holds each one back until it was judged. It hears verdicts on comments, and which posts there are, so that it knows what can be commented on.",
      moderation:
        "It owns rules, verdicts and the queue for people. It hears every new or changed post and comment, judges it, and says what came of that.",
      bus: "It owns the log: every event is on disk before anybody is told. It pushes to each subscription at its own pace, remembers how far each one is, and tries again until it works.",
      query:
        "It owns nothing; it folds all events into what you read, so that a page is one request. It hears everything by following the stream, and can be built anew from the log at any time.",
      others:
        "Somebody else has subscribed to this bus. They get the same events by the same means, and need to know nothing of the services that said them.",
    },
  },
  inWords: {
    title: "The picture in words",
    text: "The browser writes through the front door to posts, comments and moderation. Each keeps what it was told and says so to the bus, which hands it to all who hear it. Query tells the browser.",
    who: "Who",
    says: "says",
    hears: "hears",
  },
  story: {
    title: "What happens when somebody comments",
    chapters: {
      post: {
        title: "A post is there.",
        text: "posts said so once, and comments remembers that it can be answered.",
      },
      comment: {
        title: "A comment comes in.",
        text: "comments keeps it together with its event, answers at once, and only then tells the bus. It is held back.",
      },
      verdict: {
        title: "It is judged.",
        text: "moderation hears of it, asks its rules, and says what came of that.",
      },
      update: {
        title: "It is shown.",
        text: "comments hears the verdict, keeps it, and says that the comment changed. query folds that in, and your browser shows it.",
      },
    },
    show: "Show me",
    next: "Next",
    previous: "Previous",
    again: "From the start",
    stop: "Done",
    missing: "There is no comment to tell of yet. Write one, then try again.",
    later: (time: string) => `${time} later`,
    stepOf: (step: number, of: number) => `Step ${step} of ${of}. The arrow keys go on and back.`,
  },
  list: {
    title: "Events",
    pause: "Pause",
    go: "Continue",
    paused: "Paused. New events are counted, not shown.",
    bounded: "The last 500 at most. The list stands still while you point at it or are in it.",
    none: "Waiting for events …",
    noMatch: "None of the last events is like that.",
    fresh: (n: number) => plural(n, { one: "{n} new", other: "{n} new" }),
    type: "Type",
    allTypes: "All types",
    subject: "Subject or id",
    subjectHint: "part of it is enough",
    aloud: "Say new events aloud, every few seconds",
    spoken: (n: number, last: string) =>
      `${plural(n, { one: "{n} new event", other: "{n} new events" })}, the last one is ${last}.`,
  },
  details: {
    title: "Event",
    invite: "Pick an event to see what caused it, what came of it, and all that the bus keeps of it.",
    chain: "What came of what",
    chainOf: (n: number) =>
      `${plural(n, { one: "{n} event", other: "{n} events" })}, from the first cause on.`,
    alone: "Nothing caused it, and nothing came of it so far.",
    after: (time: string) => `${time} later`,
    truncated: "There is more than can be shown here; the farthest ones are left out.",
    toPost: "Open the post",
    toComment: "Open the comment",
    json: "The event as JSON",
    copy: "Copy",
    copied: "Copied.",
    notCopied: "The browser did not let it be copied.",
  },
  subscriptions: {
    title: "Subscriptions",
    intro:
      "Who is pushed to. The bus keeps a cursor for each: whoever was away gets everything that was missed, in order.",
    query: "query is not among them: it follows the log by a stream, and remembers by itself how far it is.",
    none: "Nobody has subscribed.",
    states: {
      active: "active",
      behind: "catching up",
      waiting: "waiting to try again",
      failing: "failing",
      paused: "paused",
    },
    lag: "Behind",
    noLag: "not at all",
    lagOf: (n: number, time: string) =>
      `${plural(n, { one: "{n} event", other: "{n} events" })}, the oldest waits for ${time}`,
    cursor: "Cursor",
    cursorOf: (cursor: string, head: string) => `#${cursor} of #${head}`,
    hears: "Hears",
    everything: "everything",
    lastError: "It failed:",
    nextTry: (time: string) => `Next try at ${time}.`,
    parkedCount: (n: number) => `${number(n)} parked`,
    ignored: "Ignored",
    ignoredOf: (n: number) => plural(n, { one: "{n} event", other: "{n} events" }),
    ignoredLast: (sequence: string, reason: string) => `the last was #${sequence}: ${reason}`,
    pause: "Pause",
    pauseOf: (name: string) => `Pause ${name}`,
    resume: "Resume",
    resumeOf: (name: string) => `Resume ${name}`,
    seek: "Move …",
    seekOf: (name: string) => `Move … the cursor of ${name}`,
  },
  seek: {
    title: (name: string) => `Move the cursor of ${name}`,
    where: "Where to",
    targets: {
      start: "To the start of the log",
      now: "To its end",
      sequence: "Behind a sequence",
      time: "To a time",
    },
    sequence: "Sequence",
    time: "Time, as your clock shows it",
    confirm: "Move it",
    willStart: (head: string) =>
      `Everything from the first event to #${head} is delivered again. Folkmoot’s services know what they had, and do nothing twice; another receiver may not.`,
    willSkip: (n: number) =>
      n === 0
        ? "Nothing waits, so nothing is left out."
        : `${plural(n, { one: "{n} event that waits is", other: "{n} events that wait are" })} never delivered.`,
    willTime: "What was recorded at that time or later is delivered (again). What is older is not.",
    willSequence: "Type the number of an event. What follows it is delivered.",
    willRepeat: (n: string) => `Up to ${n} events are delivered again.`,
    willPass: (n: string) => `Up to ${n} events are left out and never delivered.`,
    beyond: (head: string) => `The log ends at #${head}.`,
  },
  parked: {
    title: "Parked",
    titleOf: (name: string) => `Parked at ${name}`,
    intro:
      "These were refused, or failed again and again. Their own later events wait behind them; all others flow on.",
    waits: (sequence: string) => `waits at #${sequence}`,
    since: "since",
    attempts: (n: number) => plural(n, { one: "{n} more try failed", other: "{n} more tries failed" }),
    nextTry: (time: string) => `next try at ${time}`,
    redeliver: "Try again now",
    redeliverOf: (subject: string) => `Try again now: ${subject}`,
    giveUp: "Give up …",
    giveUpOf: (subject: string) => `Give up … ${subject}`,
    giveUpTitle: "Give up on this event?",
    giveUpText: (sequence: string, name: string) =>
      `The event that stands first (#${sequence} or the next one for it) is never delivered to ${name}. The log says so, and what waits behind it follows.`,
    giveUpNow: "Give up",
    reason: "Reason",
    reasonHint: "It stands in the log. Without one, what the receiver said does.",
    tried: "It is on its way.",
  },
};

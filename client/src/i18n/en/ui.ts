// English: the building blocks that all pages use.

export const ui = {
  loading: "Loading …",
  retry: "Try again",
  cancel: "Cancel",
  close: "Close",
  undo: "Undo",
  more: "Load more",
  optional: "optional",
  someone: "Someone",
  status: { pending: "Waits for approval", approved: "Approved", rejected: "Rejected", deleted: "Deleted" },
  failed: {
    title: "That did not work",
    unreachable: "The board cannot be reached",
    unreachableText: "Check the connection. Nothing is lost; try again in a moment.",
    tooMany: "Too much at once. Wait a moment, then try again.",
    trouble: "The board has trouble right now. Try again in a moment.",
    gone: "It is not there, or not to be seen.",
    forbidden: "This needs the moderator’s token.",
    slow: "It took too long to arrive. Try again.",
    large: "That is more than the board takes at once.",
    changed: "It was changed in the meantime. Look at the newest version first.",
  },
};

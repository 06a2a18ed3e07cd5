// English: the page in src/thread.

export const thread = {
  title: "A post",
};

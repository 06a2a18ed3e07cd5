// English: the page in src/write.

export const write = {
  title: "New post",
};

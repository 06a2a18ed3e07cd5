// English: the page in src/moderation.

export const moderation = {
  title: "Moderation",
};

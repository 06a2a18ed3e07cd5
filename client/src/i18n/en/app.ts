// English: the frame around all pages.

export const app = {
  skip: "Skip to content",
  navigation: "Main",
  home: "Folkmoot, to the posts",
  posts: "Posts",
  write: "New post",
  moderation: "Moderation",
  bus: "Bus",
  theme: { system: "Colours: as the system", light: "Colours: light", dark: "Colours: dark" },
  otherLanguage: "Deutsch",
  toasts: "Messages",
  connection: {
    offline: "You are offline. What was read stays here.",
    reconnecting: "The live connection was lost. Reconnecting …",
    behind: "The board is catching up; what you see may be a little old.",
  },
  notFound: {
    title: "There is no such page",
    text: "The address may be mistyped, or what stood here is gone.",
    back: "To the posts",
  },
  broken: {
    title: "This page broke",
    text: "Something went wrong while it was drawn. Nothing that was sent is lost.",
    again: "Load it again",
  },
};

// English: the page in src/bus.

export const bus = {
  title: "The event bus",
};

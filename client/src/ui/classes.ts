// Class names that depend on something, joined.

/** The names that are there, with spaces between. */
export const classes = (...names: (string | false | null | undefined)[]): string =>
  names.filter(Boolean).join(" ");

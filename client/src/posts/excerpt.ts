// How a text begins, without the signs of its Markdown: for lists, where there is no room for form.

const LONGEST = 220;

/** The beginning of a Markdown text as plain words, cut between two of them. */
export function excerptOf(markdown: string): string {
  const plain = markdown
    .slice(0, 4 * LONGEST)
    .replace(/```[^\n]*\n?|~~~[^\n]*\n?/g, "")
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/^\s{0,3}(#{1,6}\s+|>\s?)/gm, "")
    .replace(/\n\s*([-*+]|\d+[.)])\s+/g, " · ")
    .replace(/^\s*([-*+]|\d+[.)])\s+/, "")
    .replace(/(\*\*|__|\*|`)(\S(?:.*?\S)?)\1/g, "$2")
    .replace(/\s+/g, " ")
    .trim();
  if (plain.length <= LONGEST) return plain;
  const cut = plain.slice(0, LONGEST);
  return `${cut.slice(0, Math.max(cut.lastIndexOf(" "), LONGEST / 2))} …`;
}

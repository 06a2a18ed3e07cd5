// What the board found wrong with a form, by field: in the reader's language where it is one of the usual flaws, and else as
// the board said it, marked as English.
import type { ReactNode } from "react";
import { ProblemError } from "../api/problem";
import type { Text } from "../i18n/en";

type Words = Text["write"]["wrong"];

/** The services' flaws of texts (chassis/src/text.rs and body.rs), with what they name. */
const USUAL: [RegExp, (words: Words, ...named: string[]) => string][] = [
  [/^must not be empty$/, (words) => words.empty],
  [
    /^has (\d+) characters; at most (\d+) are allowed$/,
    (words, length, most) => words.long(Number(length) - Number(most), Number(most)),
  ],
  [/^holds the control character (U\+[0-9A-F]+)$/, (words, sign) => words.control(sign ?? "")],
  [/^A NUL character /, (words) => words.control("U+0000")],
  [/^must be on one line$/, (words) => words.line],
];

/** What is wrong with this field, if the board said so. */
export function flawAt(problem: unknown, field: string, text: Text): ReactNode {
  const said = problem instanceof ProblemError ? problem.at(field) : undefined;
  if (said === undefined) return undefined;
  for (const [pattern, wordsOf] of USUAL) {
    const found = said.match(pattern);
    if (found) return wordsOf(text.write.wrong, ...found.slice(1));
  }
  return (
    <span lang="en">
      {said.charAt(0).toUpperCase() + said.slice(1)}
      {!/[.!?]$/.test(said) && "."}
    </span>
  );
}

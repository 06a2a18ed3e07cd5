// Texts that people wrote, among words of the page: neither may turn the other, whichever way its letters run.

const CONTROLS = /[\u202a-\u202e\u2066-\u2069]/g;
const TURNS = /[\u0590-\u08ff\u200f\ufb1d-\ufdff\ufe70-\ufefc]|[\ud802\ud803\ud83a\ud83b]/;

/** The text without controls of direction: an unclosed one, or one that closes what it did not open, reaches beyond it. */
export const contained = (text: string): string => text.replace(CONTROLS, "");

/** The text where an element cannot be put around it: in a name, a label, the window's title. */
export function isolated(text: string): string {
  const plain = contained(text);
  return TURNS.test(plain) ? `\u2068${plain}\u2069` : plain;
}

/** Whether nothing of the text can be seen. */
export const isUnseen = (text: string): boolean =>
  /^[\s\u2800\p{Default_Ignorable_Code_Point}]*$/u.test(text);

// What each key means. Keys with a modifier belong to the browser, and what is typed into a field is text.

export type Command =
  | "next"
  | "previous"
  | "approve"
  | "reject"
  | "undo"
  | "select"
  | "approveSelected"
  | "rejectSelected"
  | "whole"
  | "context"
  | "open"
  | "help";

/** The keys as they are shown, in the order in which they are of use. */
export const KEYS: readonly (readonly [Command, readonly string[]])[] = [
  ["next", ["j", "↓"]],
  ["previous", ["k", "↑"]],
  ["approve", ["a"]],
  ["reject", ["r"]],
  ["undo", ["u"]],
  ["select", ["x"]],
  ["approveSelected", ["Shift a"]],
  ["rejectSelected", ["Shift r"]],
  ["whole", ["e"]],
  ["context", ["c"]],
  ["open", ["o"]],
  ["help", ["?"]],
];

const PLAIN: Record<string, Command> = {
  j: "next",
  k: "previous",
  a: "approve",
  r: "reject",
  u: "undo",
  x: "select",
  e: "whole",
  c: "context",
  o: "open",
};
const SHIFTED: Record<string, Command> = { a: "approveSelected", r: "rejectSelected" };
const ARROWS: Record<string, Command> = { ArrowDown: "next", ArrowUp: "previous" };
/** A key that is held down may move, but not decide again and again. */
const REPEATABLE: readonly (Command | undefined)[] = ["next", "previous"];

/** What is read of a key that was pressed. */
export type Press = Pick<
  KeyboardEvent,
  | "key"
  | "shiftKey"
  | "ctrlKey"
  | "metaKey"
  | "altKey"
  | "repeat"
  | "isComposing"
  | "defaultPrevented"
  | "target"
>;

/** What a key asks for. `single`: whether single characters count; arrows count inside of `list` only, else they scroll. */
export function commandOf(press: Press, single: boolean, list: Element | null): Command | undefined {
  if (press.ctrlKey || press.metaKey || press.altKey || press.isComposing || press.defaultPrevented) return;
  if (isWriting(press.target)) return;
  const command = meant(press, single, list);
  return press.repeat && !REPEATABLE.includes(command) ? undefined : command;
}

function meant({ key, shiftKey, target }: Press, single: boolean, list: Element | null): Command | undefined {
  const arrow = ARROWS[key];
  if (arrow) return !shiftKey && target instanceof Node && list?.contains(target) ? arrow : undefined;
  if (!single) return undefined;
  // Some keyboards need shift for it, some do not.
  if (key === "?") return "help";
  // By the shift key and not by the letter's case: Caps Lock must not decide for everything selected.
  return (shiftKey ? SHIFTED : PLAIN)[key.toLowerCase()];
}

/** Whether what is typed there is text, or the control's own. */
function isWriting(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return target.type !== "checkbox";
  return target.isContentEditable || target.matches("textarea, select");
}

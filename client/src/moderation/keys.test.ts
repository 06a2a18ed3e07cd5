// What keys mean, and when they mean nothing.
import { expect, test } from "vitest";
import { type Command, commandOf, type Press } from "./keys";

document.body.innerHTML =
  '<input id="field"><input id="box" type="checkbox"><textarea id="area"></textarea><ul id="list"><li id="item" tabindex="0"><button id="button">Approve</button></li></ul>';
const at = (id: string) => document.getElementById(id);
const list = at("list");
const press = (key: string, more: Partial<Press> = {}): Press => ({
  key,
  shiftKey: false,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  repeat: false,
  isComposing: false,
  defaultPrevented: false,
  target: document.body,
  ...more,
});

const CASES: [string, Press, Command | undefined][] = [
  ["a letter", press("a"), "approve"],
  ["a letter on a button", press("r", { target: at("button") }), "reject"],
  ["a letter on a checkbox", press("x", { target: at("box") }), "select"],
  ["with shift, for all that are selected", press("A", { shiftKey: true }), "approveSelected"],
  ["with Caps Lock, for one only", press("A"), "approve"],
  ["with both", press("r", { shiftKey: true }), "rejectSelected"],
  ["a letter that has no meaning with shift", press("U", { shiftKey: true }), undefined],
  ["a question mark, however it is typed", press("?", { shiftKey: true }), "help"],
  ["what is typed into a field", press("a", { target: at("field") }), undefined],
  ["what is typed into a larger one", press("a", { target: at("area") }), undefined],
  ["the browser's own", press("r", { ctrlKey: true }), undefined],
  ["the system's own", press("a", { metaKey: true }), undefined],
  ["a letter being composed", press("a", { isComposing: true }), undefined],
  ["what somebody else took", press("a", { defaultPrevented: true }), undefined],
  ["an arrow in the list", press("ArrowDown", { target: at("item") }), "next"],
  ["an arrow elsewhere", press("ArrowUp"), undefined],
  ["moving on and on", press("j", { repeat: true }), "next"],
  ["deciding on and on", press("a", { repeat: true }), undefined],
];

test.each(CASES)("%s", (_name, event, command) => {
  expect(commandOf(event, true, list)).toBe(command);
});

test("switched off, letters mean nothing and arrows still do", () => {
  for (const key of ["a", "r", "u", "j", "?"]) expect(commandOf(press(key), false, list)).toBeUndefined();
  expect(commandOf(press("ArrowDown", { target: at("item") }), false, list)).toBe("next");
});

// What a string may do to the text around it: directions stay inside it, and nothing unseen passes for a word.
import { expect, test } from "vitest";
import { contained, isolated, isUnseen } from "./isolated";

test("controls of direction do not leave a text", () => {
  expect(contained("\u202eegnaro\u2069")).toBe("egnaro");
  expect(isolated("Ada")).toBe("Ada");
  expect(isolated("שלום")).toBe("\u2068שלום\u2069");
  expect(isolated("\u202eAda")).toBe("Ada");
});

test("what nobody sees is as good as empty", () => {
  for (const text of ["", " ", "\u200b", "\u2800", "\u3164", "\u00ad", "\u202e", "\u{e0041}", "\ufe0f"]) {
    expect(isUnseen(text)).toBe(true);
  }
  for (const text of ["a", "❤\ufe0f", "👨\u200d👩", ".", "한"]) expect(isUnseen(text)).toBe(false);
});

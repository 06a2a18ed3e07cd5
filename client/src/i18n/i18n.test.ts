// Both languages say everything, and count by their own rules.
import { expect, test } from "vitest";
import { de } from "./de";
import { en } from "./en";
import { preferred } from "./language";
import { pluralsOf } from "./plural";

function leaves(text: object, path = ""): [string, unknown][] {
  return Object.entries(text).flatMap(([name, value]) =>
    typeof value === "object"
      ? leaves(value, `${path}${name}.`)
      : [[path + name, value] as [string, unknown]],
  );
}

test("German says everything that English says, and nothing is empty", () => {
  expect(
    leaves(de)
      .map(([name]) => name)
      .sort(),
  ).toEqual(
    leaves(en)
      .map(([name]) => name)
      .sort(),
  );
  for (const [name, value] of [...leaves(de), ...leaves(en)]) {
    expect(typeof value === "function" || (typeof value === "string" && value.trim() !== ""), name).toBe(
      true,
    );
  }
});

test("numbers choose the form, and are written as the language writes them", () => {
  expect(en.posts.comments(0)).toBe("0 comments");
  expect(en.posts.comments(1)).toBe("1 comment");
  expect(de.posts.comments(1)).toBe("1 Kommentar");
  expect(de.posts.comments(12_345)).toBe("12.345 Kommentare");
  expect(pluralsOf("pl")(3, { one: "{n} głos", few: "{n} głosy", other: "{n} głosów" })).toBe("3 głosy");
});

test("the language is the one that was chosen, else what the browser wishes, else English", () => {
  expect(preferred(["fr-FR", "de-AT", "en"])).toBe("de");
  expect(preferred(["fr"])).toBe("en");
  localStorage.setItem("folkmoot.language", "de");
  expect(preferred(["en"])).toBe("de");
});

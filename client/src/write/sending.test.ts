// One thing in the end, whatever becomes of the tries: played against a board that keeps keys as the services do.
import { expect, test } from "vitest";
import { ProblemError } from "../api/problem";
import type { Letter } from "./drafts";
import { deliver } from "./sending";

interface Thing {
  id: number;
  body: string;
  madeBy: string;
}
/** What happens to a request: it arrives and is answered, it is lost on its way, or its answer is. */
type Fate = "answered" | "lost" | "answer lost" | "busy" | "refused";

class FakeBoard {
  readonly made = new Map<string, Thing>();
  letter: Letter = { key: "first", unsure: [] };

  send(body: string, ...fates: Fate[]): Promise<Thing> {
    const fate = () => fates.shift() ?? "answered";
    return deliver<Thing>({
      body,
      letter: this.letter,
      keepLetter: (letter) => {
        this.letter = letter;
      },
      create: async (text, key) => this.#meet(fate(), () => this.#create(text, key)),
      amend: async (thing, text) =>
        this.#meet(fate(), () => {
          thing.body = text;
          return thing;
        }),
    });
  }

  async #meet(fate: Fate, act: () => Thing): Promise<Thing> {
    if (fate === "lost") throw new ProblemError(0, "Unreachable");
    if (fate === "busy") throw new ProblemError(429, "Too many");
    if (fate === "refused") throw new ProblemError(422, "Not valid", "", [{ pointer: "/title", detail: "" }]);
    const thing = act();
    if (fate === "answer lost") throw new ProblemError(502, "Bad Gateway");
    return thing;
  }

  #create(body: string, key: string): Thing {
    const there = this.made.get(key);
    if (there && there.madeBy !== body)
      throw new ProblemError(422, "Not valid", "", [{ pointer: "", detail: "" }]);
    const thing = there ?? { id: this.made.size + 1, body, madeBy: body };
    this.made.set(key, thing);
    return thing;
  }
}

const bodies = (board: FakeBoard) => [...board.made.values()].map(({ body }) => body);

test("what was answered is there", async () => {
  const board = new FakeBoard();
  expect((await board.send("A")).body).toBe("A");
});

test.each<[string, Fate[]]>([
  ["lost on its way", ["lost"]],
  ["its answer lost", ["answer lost"]],
  ["lost, then its answer lost", ["lost", "answer lost"]],
  ["its answer lost, then refused for haste", ["answer lost", "busy"]],
])("sent again as it was: %s", async (_, fates) => {
  const board = new FakeBoard();
  for (const fate of fates) await expect(board.send("A", fate)).rejects.toBeInstanceOf(ProblemError);
  await board.send("A");
  expect(bodies(board)).toEqual(["A"]);
});

test.each<[string, [string, Fate][]]>([
  ["it had not arrived", [["A", "lost"]]],
  ["it had arrived", [["A", "answer lost"]]],
  [
    "the second had arrived, the first had not",
    [
      ["A", "lost"],
      ["B", "answer lost"],
    ],
  ],
  ["it was refused", [["A", "refused"]]],
  [
    "it had arrived, and the change was refused for haste",
    [
      ["A", "answer lost"],
      ["B", "busy"],
    ],
  ],
])("sent again with another text, when %s: one thing, with that text", async (_, tries) => {
  const board = new FakeBoard();
  for (const [body, fate] of tries) await expect(board.send(body, fate)).rejects.toBeInstanceOf(ProblemError);
  await board.send("C");
  expect(bodies(board)).toEqual(["C"]);
});

test("the change of what had arrived may be lost too", async () => {
  const board = new FakeBoard();
  await expect(board.send("A", "answer lost")).rejects.toBeInstanceOf(ProblemError);
  // The new text meets the used key, the earlier one finds its thing, and the change is not answered.
  await expect(board.send("B", "answered", "answered", "answer lost")).rejects.toMatchObject({ status: 502 });
  await board.send("C");
  expect(bodies(board)).toEqual(["C"]);
});

test("a key that another tab used up is given up, and nothing of this tab is lost", async () => {
  const board = new FakeBoard();
  await board.send("from the other tab");
  board.letter = { key: "first", unsure: [] };
  await board.send("from this tab");
  expect(bodies(board)).toEqual(["from the other tab", "from this tab"]);
});

test("a refusal leaves nothing unsure, trouble does, and it is written down before it is sent", async () => {
  const board = new FakeBoard();
  await expect(board.send("A", "refused")).rejects.toMatchObject({ status: 422 });
  expect(board.letter).toEqual({ key: "first", unsure: [] });
  await expect(board.send("B", "lost")).rejects.toMatchObject({ status: 0 });
  expect(board.letter).toEqual({ key: "first", unsure: ["B"] });
});

// What happens to the queue while a moderator reads and writes: it must not change what they decide on.
import { act, fireEvent, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test } from "vitest";
import { keys } from "../api/cache";
import { board } from "./fake-board";
import { begin, cards, focused, open, three } from "./fake-visit";
import { ReasonForm } from "./ReasonForm";

beforeEach(begin);

const GONE = /It waits no more: somebody decided on it/;

async function visit() {
  board.waiting = three();
  const { client } = open();
  await screen.findByText("Text a");
  return { look: () => act(() => client.refetchQueries({ queryKey: keys.queue })) };
}
const without = (id: string) => board.waiting.filter((one) => one.id !== id);
const edited = (id: string) =>
  board.waiting.map((one) =>
    one.id === id ? { ...one, content: "Text new", revision: 2, heldAt: "2025-01-01T00:09:00Z" } : one,
  );

test("an item that goes while its reason is written stays until then, and is not decided", async () => {
  const { look } = await visit();
  await userEvent.keyboard("jjr");
  const field = screen.getByRole("textbox");
  await userEvent.keyboard("sp");
  board.waiting = without("b");
  await look();
  await screen.findByText(GONE);
  expect(cards()).toEqual(["a", "b", "c"]);
  expect(document.activeElement).toBe(field);
  await userEvent.keyboard("am, as always{Enter}");
  expect(cards()).toEqual(["a", "c"]);
  expect(focused()).toBe("c");
  expect((await screen.findAllByText("It waited no more; nothing was sent.")).length).toBeGreaterThan(0);
  expect(board.decided).toEqual([]);
});

test("Escape from the reason for an item that went puts the focus on the next", async () => {
  const { look } = await visit();
  await userEvent.keyboard("r");
  board.waiting = without("a");
  await look();
  await screen.findByText(GONE);
  await userEvent.keyboard("{Escape}");
  expect(cards()).toEqual(["b", "c"]);
  expect(focused()).toBe("b");
});

test("of those that are rejected for one reason, only what waits still is sent", async () => {
  const { look } = await visit();
  await userEvent.click(screen.getByRole("checkbox", { name: /Select all/ }));
  await userEvent.keyboard("{Shift>}R{/Shift}sp");
  board.waiting = without("c");
  await look();
  await screen.findByText(GONE);
  expect(cards()).toEqual(["a", "b", "c"]);
  await userEvent.keyboard("am{Enter}");
  await waitFor(() => expect(board.decided).toHaveLength(1));
  expect(board.decided[0]?.map(({ id, reason }) => [id, reason])).toEqual([
    ["a", "spam"],
    ["b", "spam"],
  ]);
});

test("what is typed on after a form vanished is no command, until a key or a click shows that it is meant", async () => {
  await visit();
  const form = render(<ReasonForm label="Why?" onSend={() => {}} onCancel={() => {}} />);
  expect(document.activeElement?.tagName).toBe("INPUT");
  form.unmount();
  await userEvent.keyboard("a rude word");
  expect(cards()).toEqual(["a", "b", "c"]);
  await userEvent.keyboard("{Escape}a");
  expect(cards()).toEqual(["b", "c"]);
  const other = render(<ReasonForm label="Why?" onSend={() => {}} onCancel={() => {}} />);
  other.unmount();
  await userEvent.keyboard("a");
  fireEvent.pointerDown(document.body);
  await userEvent.keyboard("a");
  expect(cards()).toEqual(["c"]);
});

test("a text that is edited stays as it was read; a decision is on that one, and refused", async () => {
  const { look } = await visit();
  board.waiting = edited("b");
  await look();
  await screen.findByText(/It was edited since it was shown here/);
  expect(cards()).toEqual(["a", "b", "c"]);
  board.refuses = { b: 409 };
  await userEvent.keyboard("jja");
  await waitFor(() =>
    expect(board.decided.flat().map(({ id, revision }) => [id, revision])).toEqual([["b", 1]]),
  );
  await waitFor(() => expect(cards()).toContain("new"));
  expect(await screen.findByText(/It was edited while you decided/)).toBeDefined();
});

test("the new text is shown when it is asked for, and decided on then", async () => {
  const { look } = await visit();
  board.waiting = edited("a");
  await look();
  await userEvent.click(await screen.findByRole("button", { name: "Show its new text" }));
  expect(cards()).toContain("new");
  expect(cards()).not.toContain("a");
  expect(screen.queryByText(/It was edited since/)).toBeNull();
  expect(focused()).toBe("new");
  await userEvent.keyboard("a");
  await waitFor(() =>
    expect(board.decided.flat().map(({ id, revision }) => [id, revision])).toEqual([["a", 2]]),
  );
});

test("what another moderator puts back is seen again", async () => {
  const { look } = await visit();
  const [first] = board.waiting;
  await userEvent.keyboard("a");
  await waitFor(() => expect(board.waiting).toHaveLength(2));
  await look();
  expect(cards()).toEqual(["b", "c"]);
  board.waiting = [...(first ? [first] : []), ...board.waiting];
  await look();
  await waitFor(() => expect(cards()).toEqual(["a", "b", "c"]));
});

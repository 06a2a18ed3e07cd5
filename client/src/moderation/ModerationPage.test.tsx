// The moderators' page as they meet it, with a board that answers as the services do.
import { act, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test } from "vitest";
import { keys } from "../api/cache";
import { board, item } from "./fake-board";
import { begin, cards, focused, open, three } from "./fake-visit";

beforeEach(begin);

test("keys decide: the item leaves at once, the next has the focus, and what is left is said", async () => {
  board.waiting = three();
  open();
  await screen.findByText("Text a");
  let go = () => {};
  board.hold = new Promise((done) => {
    go = done;
  });
  await userEvent.keyboard("a");
  expect(cards()).toEqual(["b", "c"]);
  expect(focused()).toBe("b");
  expect(await screen.findByText("Approved; 2 left.")).toBeDefined();
  await userEvent.keyboard("jr");
  const field = screen.getByRole("textbox", { name: /Why\?/ });
  expect(document.activeElement).toBe(field);
  await userEvent.keyboard("aux is typed");
  await userEvent.keyboard("{Enter}");
  expect(cards()).toEqual(["b"]);
  expect(focused()).toBe("b");
  act(() => go());
  await waitFor(() => expect(board.decided).toHaveLength(2));
  expect(board.decided.map(([first]) => first)).toEqual([
    { kind: "comment", id: "a", revision: 1, status: "approved" },
    { kind: "comment", id: "c", revision: 1, status: "rejected", reason: "aux is typed" },
  ]);
});

test("Escape leaves the reason, arrows go through the suggestions", async () => {
  board.waiting = three();
  open();
  await screen.findByText("Text a");
  await userEvent.keyboard("r{ArrowDown}{ArrowDown}{ArrowUp}");
  expect((screen.getByRole("textbox") as HTMLInputElement).value).toBe("It is advertising or spam.");
  await userEvent.keyboard("{Escape}");
  expect(screen.queryByRole("textbox")).toBeNull();
  expect(focused()).toBe("a");
  expect(board.decided).toEqual([]);
  // What was said last is the first suggestion for the next one.
  await userEvent.keyboard("rmy own words{Enter}");
  await userEvent.keyboard("r{ArrowDown}{Enter}");
  await waitFor(() => expect(board.decided).toHaveLength(2));
  expect(board.decided.map(([first]) => first?.reason)).toEqual(["my own words", "my own words"]);
});

test("the last decision is taken back by a key or by its message, and has the focus again", async () => {
  board.waiting = three();
  open();
  await screen.findByText("Text a");
  await userEvent.keyboard("a");
  await userEvent.keyboard("a");
  expect(cards()).toEqual(["c"]);
  await userEvent.keyboard("u");
  await waitFor(() => expect(cards()).toEqual(["b", "c"]));
  expect(focused()).toBe("b");
  await userEvent.keyboard("u");
  await waitFor(() => expect(cards()).toEqual(["a", "b", "c"]));
  expect(board.undone).toEqual([
    [{ kind: "comment", id: "b", decision: 2 }],
    [{ kind: "comment", id: "a", decision: 2 }],
  ]);
  await userEvent.keyboard("u");
  expect(await screen.findByText("There is nothing to take back.")).toBeDefined();
  await userEvent.click(screen.getAllByRole("button", { name: "Approve" })[0] as HTMLElement);
  await userEvent.click(await screen.findByRole("button", { name: "Undo" }));
  await waitFor(() => expect(cards()).toEqual(["a", "b", "c"]));
});

test("many are decided for one reason; what was edited stays with a note, what is gone leaves", async () => {
  board.waiting = three();
  board.refuses = { b: 409, c: 404 };
  open();
  await screen.findByText("Text a");
  await userEvent.keyboard("x");
  expect(screen.getByText(/1 selected/, { selector: "label *" })).toBeDefined();
  await userEvent.click(screen.getByRole("checkbox", { name: /Select all/ }));
  board.waiting = board.waiting.map((one) =>
    one.id === "b" ? { ...one, content: "Text new", revision: 2 } : one,
  );
  await userEvent.keyboard("{Shift>}R{/Shift}spam{Enter}");
  expect(await screen.findByText(/It was edited while you decided/)).toBeDefined();
  await waitFor(() => expect(cards()).toEqual(["new"]));
  expect(board.decided).toEqual([
    ["a", "b", "c"].map((id) => ({ kind: "comment", id, revision: 1, status: "rejected", reason: "spam" })),
  ]);
});

test("what could not be sent comes back", async () => {
  board.waiting = three();
  open();
  await screen.findByText("Text a");
  board.hold = Promise.reject(new TypeError("no network"));
  board.hold.catch(() => {});
  await userEvent.keyboard("a");
  await waitFor(() => expect(cards()).toEqual(["a", "b", "c"]));
  // Seen, and said aloud.
  expect((await screen.findAllByText(/Nothing is lost/)).length).toBeGreaterThan(0);
});

test("new items wait behind a button while one decides, and show by themselves when nothing is left", async () => {
  board.waiting = [item("a", 1)];
  const { client } = open();
  await screen.findByText("Text a");
  board.waiting = [item("a", 1), item("b", 2), item("c", 3)];
  await act(() => client.invalidateQueries());
  await screen.findByRole("button", { name: "2 new" });
  expect(cards()).toEqual(["a"]);
  await userEvent.click(screen.getByRole("button", { name: "2 new" }));
  expect(cards()).toEqual(["a", "b", "c"]);
  await userEvent.keyboard("aaa");
  expect(await screen.findByText("Nothing waits")).toBeDefined();
  expect(screen.getByText("3 decided since you came.")).toBeDefined();
  await waitFor(() => expect(board.decided).toHaveLength(3));
  board.waiting = [item("d", 4)];
  await act(() => client.invalidateQueries());
  await screen.findByText("Text d");
  expect(screen.getByText("1 new item waits")).toBeDefined();
});

test("single keys can be switched off, and stay off", async () => {
  board.waiting = three();
  const { unmount } = open();
  await screen.findByText("Text a");
  await userEvent.keyboard("?");
  await userEvent.keyboard("a");
  expect(board.decided).toEqual([]);
  await userEvent.click(await screen.findByRole("checkbox", { name: "Use single keys" }));
  await userEvent.click(screen.getByRole("button", { name: "Close" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  unmount();
  open();
  await screen.findByText("Text a");
  await userEvent.keyboard("aru?");
  expect(cards()).toEqual(["a", "b", "c"]);
  expect(localStorage.getItem("folkmoot.moderation-keys")).toBe("off");
});

test("a board that asks for its token is told it once; a wrong one is said at the field", async () => {
  board.token = "right";
  board.waiting = [item("a", 1)];
  const { client } = open();
  const field = await screen.findByLabelText("Token");
  await userEvent.type(field, "wrong{Enter}");
  expect(await screen.findByText("That is not the board’s token.")).toBeDefined();
  expect(field.getAttribute("aria-invalid")).toBe("true");
  expect(sessionStorage.getItem("folkmoot.token")).toBeNull();
  await userEvent.clear(field);
  await userEvent.type(field, "right{Enter}");
  expect(await screen.findByText("Text a")).toBeDefined();
  expect(sessionStorage.getItem("folkmoot.token")).toBe("right");
  client.setQueryData(keys.subscriptions, []);
  await userEvent.click(screen.getByRole("button", { name: "Forget the token" }));
  expect(await screen.findByLabelText("Token")).toBeDefined();
  expect(screen.queryByText("Text a")).toBeNull();
  // What the bus told is forgotten with it.
  expect(client.getQueryData(keys.subscriptions)).toBeUndefined();
});

// Writing a post: what is wrong is said at its field, and nothing that was typed is lost.
import { fireEvent, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test, vi } from "vitest";
import { namesOf, recall } from "../storage";
import { answer, json, problem, setUp, show, writes } from "./test-board";
import { WritePage } from "./WritePage";

const made = { id: "p1", title: "Oak", status: "pending", revision: 1, createdAt: "2025-01-01T00:00:00Z" };
const title = () => screen.getByLabelText<HTMLInputElement>("Title");
const content = () => screen.getByRole<HTMLTextAreaElement>("textbox", { name: /^Text/ });
const name = () => screen.getByLabelText<HTMLInputElement>(/^Your name/);
const post = () => userEvent.click(screen.getByRole("button", { name: "Post" }));

beforeEach(setUp);

test("it is sent once, leads to the post, and leaves no draft but the name", async () => {
  show(<WritePage />);
  await userEvent.type(title(), "Oak");
  await userEvent.type(content(), "Under it");
  await userEvent.type(name(), "Ada");
  answer.mockResolvedValueOnce(json(made, 201, { "Event-Id": "e1" }));
  await userEvent.keyboard("{Control>}{Enter}{/Control}");
  await screen.findByText("the post");
  expect(writes()).toMatchObject([
    { url: "posts", body: { title: "Oak", content: "Under it", authorName: "Ada" } },
  ]);
  expect(writes()[0]?.key).toHaveLength(32);
  expect(namesOf("draft.")).toEqual([]);
  expect(recall("name")).toBe("Ada");
});

test("an empty title is not sent: the field says so and has the focus", async () => {
  show(<WritePage />);
  await post();
  expect(title().getAttribute("aria-invalid")).toBe("true");
  expect(document.activeElement).toBe(title());
  expect(document.getElementById(title().getAttribute("aria-describedby") ?? "")?.textContent).toBe(
    "Write something here first.",
  );
  expect(writes()).toEqual([]);
  await userEvent.type(title(), "O");
  expect(title().getAttribute("aria-invalid")).toBeNull();
});

test("what the board finds wrong stands at its field, also when the preview was shown", async () => {
  show(<WritePage />);
  await userEvent.type(title(), "Oak");
  await userEvent.type(content(), "text");
  await userEvent.click(screen.getByRole("tab", { name: "Preview" }));
  answer.mockResolvedValueOnce(problem(422, [{ pointer: "/content", detail: "holds a control character" }]));
  await post();
  await screen.findByText("Holds a control character.");
  expect(document.activeElement).toBe(content());
  expect(content().value).toBe("text");
});

test("the room is counted when it gets tight, and too much is not sent", async () => {
  show(<WritePage />);
  fireEvent.change(title(), { target: { value: "x".repeat(295) } });
  expect(screen.getByText("5 characters left")).toBeDefined();
  fireEvent.change(title(), { target: { value: "x".repeat(302) } });
  await post();
  expect(screen.getAllByText("2 characters too many; at most 300 are possible.").length).toBeGreaterThan(0);
  expect(writes()).toEqual([]);
});

test("the preview is the board's own rendering, and the text stays", async () => {
  show(<WritePage />);
  await userEvent.click(screen.getByRole("tab", { name: "Preview" }));
  expect(screen.getByText("Nothing to preview yet.")).toBeDefined();
  await userEvent.click(screen.getByRole("tab", { name: "Write" }));
  await userEvent.type(content(), "**dry**");
  answer.mockResolvedValueOnce(json({ html: "<p><strong>dry</strong></p>" }));
  await userEvent.click(screen.getByRole("tab", { name: "Preview" }));
  expect((await screen.findByText("dry")).tagName).toBe("STRONG");
  await userEvent.click(screen.getByRole("tab", { name: "Write" }));
  expect(content().value).toBe("**dry**");
});

test("what was typed is there after a reload, and can be discarded", async () => {
  const { unmount } = show(<WritePage />);
  await userEvent.type(title(), "Half a tho");
  window.dispatchEvent(new Event("pagehide"));
  expect(recall("draft.post")).toContain("Half a tho");
  unmount();
  show(<WritePage />);
  expect(title().value).toBe("Half a tho");
  await userEvent.click(screen.getByRole("button", { name: "Discard" }));
  expect(title().value).toBe("");
  expect(namesOf("draft.")).toEqual([]);
});

test("an answer that was lost, a reload, and the same key: one post", async () => {
  const { unmount } = show(<WritePage />);
  await userEvent.type(title(), "Oak");
  answer.mockRejectedValueOnce(new TypeError("gone"));
  await post();
  await screen.findByText(/The board cannot be reached/);
  expect(title().value).toBe("Oak");
  unmount();
  show(<WritePage />);
  expect(screen.getByText(/It is not certain that the last try arrived/)).toBeDefined();
  answer.mockResolvedValueOnce(json(made, 201));
  await post();
  await screen.findByText("the post");
  const [first, second] = writes();
  expect(second).toEqual(first);
});

test("a changed text after a lost answer changes the post that the first try made", async () => {
  show(<WritePage />);
  await userEvent.type(title(), "Oak");
  answer.mockResolvedValueOnce(problem(502));
  await post();
  await userEvent.type(title(), "s");
  answer.mockResolvedValueOnce(problem(422, [{ pointer: "", detail: "This key came before" }]));
  answer.mockResolvedValueOnce(json(made, 201));
  answer.mockResolvedValueOnce(json({ ...made, title: "Oaks", revision: 2 }));
  await userEvent.click(await screen.findByRole("button", { name: "Send again" }));
  await screen.findByText("the post");
  expect(writes().map(({ method, body }) => [method, body.title])).toEqual([
    ["POST", "Oak"],
    ["POST", "Oaks"],
    ["POST", "Oak"],
    ["PATCH", "Oaks"],
  ]);
  expect(
    new Set(
      writes()
        .slice(0, 3)
        .map(({ key }) => key),
    ).size,
  ).toBe(1);
  expect(writes()[3]).toMatchObject({ url: "posts/p1", ifMatch: '"1"' });
});

test("a busy board is asked again when it says so, with the same key, and shows that it waits", async () => {
  show(<WritePage />);
  await userEvent.type(title(), "Oak");
  answer.mockResolvedValueOnce(problem(429, [], { "Retry-After": "1" }));
  answer.mockResolvedValueOnce(json(made, 201));
  await post();
  expect(await screen.findByText("Try 2 of 5.")).toBeDefined();
  await screen.findByText("the post", undefined, { timeout: 3000 });
  expect(new Set(writes().map(({ key }) => key)).size).toBe(1);
});

test("waiting can be stopped, and nothing is sent by that", async () => {
  show(<WritePage />);
  await userEvent.type(title(), "Oak");
  answer.mockResolvedValueOnce(problem(429, [], { "Retry-After": "20" }));
  await post();
  await userEvent.click(await screen.findByRole("button", { name: "Stop" }));
  expect(await screen.findByRole("button", { name: "Send again" })).toBeDefined();
  expect(writes()).toHaveLength(1);
});

test("offline it is not sent, and says so", async () => {
  const online = vi.spyOn(navigator, "onLine", "get").mockReturnValue(false);
  show(<WritePage />);
  await userEvent.type(title(), "Oak");
  await post();
  expect(screen.getByText(/You are offline: it will not be sent now/)).toBeDefined();
  expect(writes()).toEqual([]);
  online.mockReturnValue(true);
  fireEvent(window, new Event("online"));
  answer.mockResolvedValueOnce(json(made, 201));
  await userEvent.click(screen.getByRole("button", { name: "Send again" }));
  await waitFor(() => expect(writes()).toHaveLength(1));
});

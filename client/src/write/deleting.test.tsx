// Deleting: hidden at once, taken back or done, and done at the latest when the page goes away.
import { act, fireEvent, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test, vi } from "vitest";
import type { Comment } from "../api/types";
import { useDeleteCommentWithUndo } from "./deleting";
import { useIsGoing } from "./going";
import { answer, problem, setUp, show, writes } from "./test-board";

beforeEach(setUp);

function Row({ id }: { id: string }) {
  const remove = useDeleteCommentWithUndo("p1");
  const comment: Comment = { id, content: "mine", status: "approved", own: true };
  if (useIsGoing(id)) return null;
  return (
    <button type="button" onClick={() => remove(comment)}>
      delete
    </button>
  );
}

const row = () => screen.queryByRole("button", { name: "delete" });
const press = (name: string) => userEvent.click(screen.getByRole("button", { name }));

test("it is hidden at once, and there again when it is taken back", async () => {
  show(<Row id="a" />);
  await press("delete");
  expect(row()).toBeNull();
  await userEvent.click(await screen.findByRole("button", { name: "Undo" }));
  expect(row()).not.toBeNull();
  act(() => void window.dispatchEvent(new Event("pagehide")));
  expect(writes()).toEqual([]);
});

test("it is deleted when the message goes", async () => {
  show(<Row id="b" />);
  answer.mockResolvedValueOnce(new Response(null, { status: 204 }));
  await press("delete");
  await screen.findAllByText("Comment deleted.");
  expect(writes()).toEqual([]);
  // Screen readers find it when the message has the focus.
  await userEvent.click(screen.getByTitle("Close"));
  await vi.waitFor(() => expect(writes()).toMatchObject([{ url: "comments/b", method: "DELETE" }]));
});

test("it is deleted when the page goes away, by a request that outlives the page, and once", async () => {
  show(<Row id="c" />);
  answer.mockResolvedValueOnce(new Response(null, { status: 204 }));
  await press("delete");
  act(() => void window.dispatchEvent(new Event("pagehide")));
  act(() => void window.dispatchEvent(new Event("pagehide")));
  await vi.waitFor(() => expect(writes()).toHaveLength(1));
  expect(writes()[0]).toMatchObject({ url: "comments/c", keepalive: true });
});

test("it comes back when it could not be deleted, and says so", async () => {
  show(<Row id="d" />);
  answer.mockResolvedValueOnce(problem(503));
  await press("delete");
  act(() => void window.dispatchEvent(new Event("pagehide")));
  await screen.findAllByText("It could not be deleted.");
  expect(row()).not.toBeNull();
});

test("it is deleted when its moment has passed, though the message is being looked at", async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  try {
    show(<Row id="e" />);
    answer.mockResolvedValueOnce(new Response(null, { status: 204 }));
    fireEvent.click(screen.getByRole("button", { name: "delete" }));
    fireEvent.mouseEnter(await screen.findByRole("region"));
    fireEvent.blur(window);
    await act(() => vi.advanceTimersByTimeAsync(8_100));
    expect(writes()).toMatchObject([{ url: "comments/e", method: "DELETE" }]);
  } finally {
    vi.useRealTimers();
  }
});

test("it is deleted when the tab is left", async () => {
  show(<Row id="f" />);
  answer.mockResolvedValueOnce(new Response(null, { status: 204 }));
  await press("delete");
  const hidden = vi.spyOn(document, "visibilityState", "get").mockReturnValue("hidden");
  act(() => void document.dispatchEvent(new Event("visibilitychange")));
  hidden.mockRestore();
  await vi.waitFor(() => expect(writes()).toMatchObject([{ url: "comments/f", keepalive: true }]));
});

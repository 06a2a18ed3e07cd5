// Replying, changing, reporting: the forms that the thread opens.
import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { beforeEach, expect, test, vi } from "vitest";
import type { Comment, Post } from "../api/types";
import { recall } from "../storage";
import { EditPostForm } from "./EditPostForm";
import { ReplyForm } from "./ReplyForm";
import { ReportDialog } from "./ReportDialog";
import { answer, json, problem, setUp, show, writes } from "./test-board";

const parent: Comment = { id: "c1", content: "The barn?", status: "approved", authorName: "Wulf" };
const post: Post = {
  id: "p1",
  title: "Oak",
  content: "old",
  status: "approved",
  revision: 1,
  createdAt: "2025-01-01T00:00:00Z",
  commentCount: 0,
};

beforeEach(setUp);

function Replying({ onDone = () => {} }: { onDone?: (id: string) => void }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button type="button" onClick={() => setOpen(true)}>
        open
      </button>
      {open && (
        <ReplyForm
          postId="p1"
          parent={parent}
          onCancel={() => setOpen(false)}
          onDone={(id) => {
            setOpen(false);
            onDone(id);
          }}
        />
      )}
    </>
  );
}

test("the focus goes into a reply that opens, and back when Escape closes it; what was typed is there again", async () => {
  show(<Replying />);
  const opener = screen.getByRole("button", { name: "open" });
  await userEvent.click(opener);
  const field = screen.getByLabelText("Your reply to Wulf");
  expect(document.activeElement).toBe(field);
  await userEvent.type(field, "It is wet");
  await userEvent.keyboard("{Escape}");
  expect(screen.queryByLabelText("Your reply to Wulf")).toBeNull();
  expect(document.activeElement).toBe(opener);
  await userEvent.click(opener);
  expect(screen.getByLabelText<HTMLTextAreaElement>("Your reply to Wulf").value).toBe("It is wet");
  expect(screen.getByText("This is what you had begun.")).toBeDefined();
});

test("a reply names what it answers, and tells its id", async () => {
  const onDone = vi.fn();
  show(<Replying onDone={onDone} />);
  await userEvent.click(screen.getByRole("button", { name: "open" }));
  await userEvent.type(screen.getByLabelText("Your reply to Wulf"), "Dry enough");
  answer.mockResolvedValueOnce(json({ id: "c2", content: "Dry enough", status: "pending" }, 201));
  await userEvent.click(screen.getByRole("button", { name: "Reply" }));
  await vi.waitFor(() => expect(onDone).toHaveBeenCalledWith("c2"));
  expect(writes()).toMatchObject([
    { url: "posts/p1/comments", body: { content: "Dry enough", parentId: "c1" } },
  ]);
  expect(recall("draft.reply:c1")).toBeNull();
});

test("a comment on what is gone keeps its text, and says so", async () => {
  show(<ReplyForm postId="p1" onDone={() => {}} />);
  await userEvent.type(screen.getByLabelText("Your comment"), "Too late");
  answer.mockResolvedValueOnce(problem(404));
  await userEvent.click(screen.getByRole("button", { name: "Comment" }));
  expect(await screen.findByText(/not there any more/)).toBeDefined();
  expect(screen.getByLabelText<HTMLTextAreaElement>("Your comment").value).toBe("Too late");
});

const area = () => screen.getByRole<HTMLTextAreaElement>("textbox", { name: /^Text/ });

async function editMeanwhile(now: Partial<Post>) {
  const onDone = vi.fn();
  show(<EditPostForm post={post} onDone={onDone} />);
  await userEvent.type(area(), ", mine");
  answer.mockResolvedValueOnce(problem(412));
  answer.mockResolvedValueOnce(json({ ...post, revision: 2, ...now }));
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
  return onDone;
}

test("an edit shows what changed meanwhile; mine is saved over it when I say so", async () => {
  const onDone = await editMeanwhile({ content: "old, theirs" });
  expect(await screen.findByText("old, theirs")).toBeDefined();
  expect(area().value).toBe("old, mine");
  answer.mockResolvedValueOnce(json({ ...post, revision: 3 }));
  await userEvent.click(screen.getByRole("button", { name: "Save mine instead" }));
  await vi.waitFor(() => expect(onDone).toHaveBeenCalled());
  expect(writes().map(({ ifMatch, body }) => [ifMatch, body.content])).toEqual([
    ['"1"', "old, mine"],
    ['"2"', "old, mine"],
  ]);
});

test("an edit can take what stands there instead", async () => {
  const onDone = await editMeanwhile({ content: "old, theirs" });
  await userEvent.click(await screen.findByRole("button", { name: "Take what stands there" }));
  expect(area().value).toBe("old, theirs");
  expect(onDone).not.toHaveBeenCalled();
});

test("an edit whose answer was lost is found done when it is sent again", async () => {
  const onDone = await editMeanwhile({ content: "old, mine" });
  await vi.waitFor(() => expect(onDone).toHaveBeenCalled());
  expect(screen.queryByText("It was changed meanwhile")).toBeNull();
});

test("a report needs a reason, is sent, and thanks", async () => {
  const onClose = vi.fn();
  show(<ReportDialog postId="p1" comment={parent} open onClose={onClose} />);
  await userEvent.click(screen.getByRole("button", { name: "Report" }));
  expect(screen.getByText("Write something here first.")).toBeDefined();
  await userEvent.type(screen.getByLabelText("What is wrong with it?"), "Rude");
  answer.mockResolvedValueOnce(json({ commentId: "c1", status: "reported" }, 202));
  await userEvent.click(screen.getByRole("button", { name: "Report" }));
  await vi.waitFor(() => expect(onClose).toHaveBeenCalled());
  expect(writes()).toMatchObject([{ url: "comments/c1/reports", body: { reason: "Rude" } }]);
});

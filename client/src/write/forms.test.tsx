// Replying, changing, reporting: the forms that the thread opens.
import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { beforeEach, expect, test, vi } from "vitest";
import type { Comment, Post } from "../api/types";
import { speak } from "../i18n/language";
import { keep, recall } from "../storage";
import { fillStorage } from "../test-storage";
import { keepDraft, newDraft, recallDraft } from "./drafts";
import { EditPostForm } from "./EditPostForm";
import { KeyDialog } from "./KeyDialog";
import { findNewer } from "./newer";
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

test("an answer that comes late neither closes the form that was opened since, nor takes its draft", async () => {
  const onDone = vi.fn();
  show(<Replying onDone={onDone} />);
  const opener = screen.getByRole("button", { name: "open" });
  await userEvent.click(opener);
  await userEvent.type(screen.getByLabelText("Your reply to Wulf"), "First");
  let arrive: (response: Response) => void = () => {};
  answer.mockReturnValueOnce(
    new Promise((done) => {
      arrive = done;
    }),
  );
  await userEvent.click(screen.getByRole("button", { name: "Reply" }));
  screen.getByLabelText("Your reply to Wulf").focus();
  await userEvent.keyboard("{Escape}");
  await userEvent.click(opener);
  await userEvent.type(screen.getByLabelText("Your reply to Wulf"), ", and more");
  window.dispatchEvent(new Event("pagehide"));
  arrive(json({ id: "c2", content: "First", status: "pending" }, 201));
  await new Promise((next) => setTimeout(next, 50)); // why: nothing is to happen
  expect(screen.getByLabelText<HTMLTextAreaElement>("Your reply to Wulf").value).toBe("First, and more");
  expect(onDone).not.toHaveBeenCalled();
  expect(recall("draft.reply:c1")).toContain("and more");
});

test("a draft that another tab wrote since is not dropped", async () => {
  show(<ReplyForm postId="p1" parent={parent} onDone={() => {}} />);
  await userEvent.type(screen.getByLabelText("Your reply to Wulf"), "x");
  window.dispatchEvent(new Event("pagehide"));
  const theirs = newDraft({ content: "theirs", authorName: "" }, undefined);
  keepDraft("reply:c1", theirs);
  await userEvent.type(screen.getByLabelText("Your reply to Wulf"), "{Backspace}");
  window.dispatchEvent(new Event("pagehide"));
  expect(recallDraft("reply:c1", { content: "" })).toEqual(theirs);
});

test("discarding an edit begins from what stands there now, at its revision", async () => {
  keepDraft("edit:post:p1", newDraft({ title: "Oak", content: "older, mine" }, 1));
  const onDone = vi.fn();
  show(<EditPostForm post={{ ...post, revision: 3 }} onDone={onDone} />);
  await userEvent.click(screen.getByRole("button", { name: "Discard" }));
  await userEvent.type(area(), "er");
  answer.mockResolvedValueOnce(json({ ...post, revision: 4 }));
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
  await vi.waitFor(() => expect(onDone).toHaveBeenCalled());
  expect(writes()).toMatchObject([{ ifMatch: '"3"', body: { content: "older" } }]);
});

test("an older version is not a newer one", async () => {
  const read = vi.fn().mockResolvedValueOnce({ revision: 1 }).mockResolvedValueOnce({ revision: 3 });
  expect(await findNewer(read, 2)).toEqual({ revision: 3 });
});

test("a key that cannot be kept is not reloaded away", async () => {
  show(<KeyDialog open onClose={() => {}} />);
  const makeRoom = fillStorage();
  await userEvent.type(screen.getByLabelText("A key from another browser"), "0123456789abcdef-other");
  await userEvent.click(screen.getByRole("button", { name: "Use this key" }));
  expect(screen.getByText(/could not keep it/)).toBeDefined();
  makeRoom();
  keep("owner-key", null);
});

test("the services' words are not shown as if they were German", async () => {
  await speak("de");
  try {
    show(<ReplyForm postId="p1" onDone={() => {}} />);
    await userEvent.type(screen.getByLabelText("Dein Kommentar"), "Moin");
    answer.mockResolvedValueOnce(
      problem(422, [{ pointer: "/content", detail: "holds the control character U+0007" }]),
    );
    await userEvent.click(screen.getByRole("button", { name: "Kommentieren" }));
    expect(await screen.findByText(/ein Steuerzeichen \(U\+0007\)/)).toBeDefined();
    answer.mockResolvedValueOnce(problem(422, [{ pointer: "/content", detail: "is too green" }]));
    await userEvent.click(screen.getByRole("button", { name: "Kommentieren" }));
    expect((await screen.findByText("Is too green.")).getAttribute("lang")).toBe("en");
    answer.mockResolvedValueOnce(
      problem(422, [{ pointer: "/parentId", detail: "This comment was deleted." }]),
    );
    await userEvent.click(screen.getByRole("button", { name: "Kommentieren" }));
    expect(await screen.findByText(/Wozu das gehört/)).toBeDefined();
  } finally {
    await speak("en");
  }
});

// Deleting with a moment to take it back: hidden at once, and deleted when the moment has passed or the page goes away.
import { useDeleteComment } from "../api/comments";
import { useDeletePost } from "../api/posts";
import { ProblemError } from "../api/problem";
import type { Comment, Post } from "../api/types";
import { useText } from "../i18n/language";
import { showToast } from "../ui/Toast";
import { going } from "./going";

const MOMENT_MS = 8_000;
/** What is hidden and not yet deleted, with what deletes it. */
const waiting = new Map<string, () => void>();

/** Deletes a post of one's own unless it is taken back. */
export function useDeletePostWithUndo(): (post: Post) => void {
  const words = useWords();
  const { mutateAsync } = useDeletePost();
  return ({ id }) => deleteSoon({ id, said: words.post, ...words, send: () => mutateAsync(id) });
}

/** Deletes a comment of one's own unless it is taken back. */
export function useDeleteCommentWithUndo(postId: string): (comment: Comment) => void {
  const words = useWords();
  const { mutateAsync } = useDeleteComment(postId);
  return ({ id }) => deleteSoon({ id, said: words.comment, ...words, send: () => mutateAsync(id) });
}

function useWords() {
  const text = useText();
  return { ...text.write.deleted, undo: text.ui.undo };
}

interface Deletion {
  id: string;
  said: string;
  undo: string;
  failed: string;
  send: () => Promise<unknown>;
}

function deleteSoon({ id, said, undo, failed, send }: Deletion): void {
  if (going.get().has(id)) return;
  going.set(new Set(going.get()).add(id));
  const back = () => {
    const rest = new Set(going.get());
    rest.delete(id);
    going.set(rest);
  };
  const commit = async () => {
    // By time, by hand, or because the page goes away: whichever is first.
    if (!waiting.delete(id)) return;
    clearTimeout(moment);
    await send().catch((problem: unknown) => {
      const gone = problem instanceof ProblemError && (problem.status === 404 || problem.status === 410);
      if (!gone) showToast({ text: failed, urgent: true, stays: 0 });
    });
    back();
  };
  // The message's own time stands still while it is looked at, or the window is not; this moment passes all the same.
  const moment = setTimeout(() => waiting.get(id)?.(), MOMENT_MS);
  const close = showToast({
    text: said,
    stays: 0,
    action: {
      label: undo,
      run: () => {
        clearTimeout(moment);
        if (waiting.delete(id)) back();
      },
    },
    onGone: () => void commit(),
  });
  waiting.set(id, () => {
    void commit();
    close();
  });
}

/** A tab that is left or closed deletes what was deleted in it: the requests outlive the page. */
function deleteAll(): void {
  for (const deleteNow of [...waiting.values()]) deleteNow();
}
window.addEventListener("pagehide", deleteAll);
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") deleteAll();
});

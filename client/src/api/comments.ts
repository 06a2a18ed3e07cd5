// Comments: writing, changing, deleting and reporting them. They are read with their post (see posts.ts).
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { awaitEvent } from "./awaited";
import { addComment, changeComment, keys } from "./cache";
import { call } from "./http";
import type { Comment, NewComment } from "./types";

/** Comments on a post, or replies. It stands in the thread at once, with its true status. */
export function useAddComment(postId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (draft: { comment: NewComment; idempotencyKey: string }) =>
      call<Comment>(`posts/${encodeURIComponent(postId)}/comments`, {
        method: "POST",
        body: draft.comment,
        idempotencyKey: draft.idempotencyKey,
      }),
    onSuccess: ({ data, eventId }) => {
      awaitEvent(eventId, `post:${postId}`, "posts");
      addComment(client, postId, { ...data, own: true });
      void client.invalidateQueries({ queryKey: keys.post(postId) });
    },
  });
}

/** Changes a comment of one's own. */
export function useEditComment(postId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, content, revision }: { id: string; content: string; revision?: number | undefined }) =>
      call<Comment>(`comments/${id}`, { method: "PATCH", body: { content }, ifMatch: revision }),
    onSuccess: ({ data, eventId }) => {
      awaitEvent(eventId, `post:${postId}`);
      changeComment(client, postId, data.id, (comment) => ({
        ...comment,
        ...data,
        html: data.html ?? null,
        own: true,
      }));
      void client.invalidateQueries({ queryKey: keys.post(postId) });
    },
  });
}

/** Deletes a comment of one's own, even if the page goes away; what answers it stays. It cannot be taken back: ask, or wait, before. */
export function useDeleteComment(postId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => call<void>(`comments/${id}`, { method: "DELETE", keepalive: true }),
    onSuccess: ({ eventId }, id) => {
      awaitEvent(eventId, `post:${postId}`, "posts");
      changeComment(client, postId, id, (comment) => ({
        ...comment,
        content: null,
        html: null,
        deleted: true,
        status: "deleted",
      }));
      void client.invalidateQueries({ queryKey: keys.post(postId) });
    },
  });
}

/** Tells the moderators about a comment. */
export function useReportComment() {
  return useMutation({
    mutationFn: ({ id, reason }: { id: string; reason: string }) =>
      call<{ commentId: string; status: string }>(`comments/${id}/reports`, {
        method: "POST",
        body: { reason },
      }),
  });
}

// Posts: lists of them, one with its thread, and what a reader may do to them.
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { awaitEvent } from "./awaited";
import { addPost, changePost, dropPost, keys, type Page } from "./cache";
import { call } from "./http";
import type { NewPost, Post } from "./types";

export type Sort = "new" | "active";

const LIST_PAGE = 30;
const THREAD_PAGE = 200;

/** Posts, page by page, and all that was read so far as `posts`. */
export function usePosts(sort: Sort) {
  const query = useInfiniteQuery({
    queryKey: keys.list(sort),
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam, signal }): Promise<Page<Post[]>> => {
      const request = pageParam ? {} : { query: { sort, limit: LIST_PAGE } };
      return call<Post[]>(pageParam ?? "posts", { ...request, about: "posts", signal });
    },
    getNextPageParam: (page) => page.next,
  });
  const posts = unique((query.data?.pages ?? []).flatMap((page) => page.data));
  return { ...query, posts };
}

/** One post with its thread, page by page: `post` is the post, `comments` what was read of its thread so far. */
export function usePost(id: string) {
  const query = useInfiniteQuery({
    queryKey: keys.post(id),
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam, signal }): Promise<Page<Post>> => {
      const request = pageParam ? {} : { query: { limit: THREAD_PAGE } };
      return call<Post>(pageParam ?? `posts/${encodeURIComponent(id)}`, {
        ...request,
        about: `post:${id}`,
        signal,
      });
    },
    getNextPageParam: (page) => page.next,
  });
  const pages = query.data?.pages ?? [];
  return {
    ...query,
    post: pages[0]?.data,
    comments: unique(pages.flatMap((page) => page.data.comments ?? [])),
  };
}

/** Posts it. `idempotencyKey` is the draft's own: sent again, it makes no second post. */
export function useCreatePost() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (draft: { post: NewPost; idempotencyKey: string }) =>
      call<Post>("posts", { method: "POST", body: draft.post, idempotencyKey: draft.idempotencyKey }),
    onSuccess: ({ data, eventId }) => {
      awaitEvent(eventId, "posts", `post:${data.id}`);
      addPost(client, { ...data, own: true, commentCount: 0 });
      // Nobody waits for the reading: it is written.
      void client.invalidateQueries({ queryKey: keys.lists });
    },
  });
}

/** Changes a post of one's own. A 412 says that `revision` is not the last one any more. */
export function useEditPost(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (edit: { revision: number; title?: string; content?: string }) => {
      const { revision, ...body } = edit;
      return call<Post>(`posts/${encodeURIComponent(id)}`, { method: "PATCH", body, ifMatch: revision });
    },
    onSuccess: ({ data, eventId }) => {
      awaitEvent(eventId, "posts", `post:${id}`);
      // The HTML is the old text's until the thread is read anew.
      changePost(client, id, (post) => ({ ...post, ...data, html: data.html ?? null, own: true }));
      void refresh(client, id);
    },
  });
}

/** Deletes a post of one's own, even if the page goes away. It cannot be taken back: ask, or wait, before. */
export function useDeletePost() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) =>
      call<void>(`posts/${encodeURIComponent(id)}`, { method: "DELETE", keepalive: true }),
    onSuccess: ({ eventId }, id) => {
      awaitEvent(eventId, "posts");
      dropPost(client, id);
      client.removeQueries({ queryKey: keys.post(id) });
      void client.invalidateQueries({ queryKey: keys.lists });
    },
  });
}

function refresh(client: ReturnType<typeof useQueryClient>, id: string): Promise<unknown> {
  return Promise.all([
    client.invalidateQueries({ queryKey: keys.post(id) }),
    client.invalidateQueries({ queryKey: keys.lists }),
  ]);
}

/** Pages that were read at different times may name one thing twice. */
export function unique<T extends { id: string }>(things: T[]): T[] {
  const seen = new Set<string>();
  return things.filter(({ id }) => !seen.has(id) && seen.add(id));
}

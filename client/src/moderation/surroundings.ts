// What stands around something that waits, read from what everyone may see.
import { useQuery } from "@tanstack/react-query";
import { call } from "../api/http";
import type { Comment, Post, QueueItem } from "../api/types";

const PAGE = 200;
/** Pages of a thread that are read in search of a comment. */
const MOST_PAGES = 10;
/** Siblings that are shown on either side. */
const NEIGHBOURS = 2;

/** What a comment answers, and what stands beside it. */
export interface Surroundings {
  parent?: Comment | undefined;
  before: Comment[];
  after: Comment[];
}

/** Those around an item among the comments on its post. What is withheld may not be among them: then its time places it. */
export function aroundOf(
  item: Pick<QueueItem, "id" | "parentId" | "createdAt">,
  comments: Comment[],
): Surroundings {
  const own = comments.find(({ id }) => id === item.id);
  const parentId = own?.parentId ?? item.parentId ?? undefined;
  const beside = comments.filter((comment) => (comment.parentId ?? undefined) === parentId);
  const at = beside.findIndex(({ id }) => id === item.id);
  const later = beside.findIndex(({ createdAt }) => (createdAt ?? "") > (item.createdAt ?? ""));
  const cut = at >= 0 ? at : later < 0 ? beside.length : later;
  const next = at >= 0 ? at + 1 : cut;
  return {
    parent: comments.find(({ id }) => id === parentId),
    before: beside.slice(Math.max(0, cut - NEIGHBOURS), cut),
    after: beside.slice(next, next + NEIGHBOURS),
  };
}

/** The title of the post that an item stands under; a 404 if not everyone may see it. */
export function usePostTitle(postId: string, enabled: boolean) {
  return useQuery({
    queryKey: ["moderation", "title", postId],
    enabled,
    staleTime: 60_000,
    queryFn: async ({ signal }) =>
      (await call<Post>(`posts/${postId}`, { query: { limit: 1 }, signal })).data.title,
  });
}

/** What stands around a comment; read when it is looked at. */
export function useSurroundings(item: QueueItem) {
  return useQuery({
    queryKey: ["moderation", "around", item.id],
    queryFn: async ({ signal }) => {
      const comments: Comment[] = [];
      let path: string | undefined = `posts/${item.postId}/comments?limit=${PAGE}`;
      for (let page = 0; path && page < MOST_PAGES; page += 1) {
        const { data, next }: { data: Comment[]; next: string | undefined } = await call<Comment[]>(path, {
          signal,
        });
        comments.push(...data);
        path = comments.some(({ id }) => id === item.id) ? undefined : next;
      }
      return aroundOf(item, comments);
    },
  });
}

// What has been read, changed in place: by the reader's own writes at once, and by live updates.
import { type InfiniteData, QueryClient, type QueryKey, type QueryState } from "@tanstack/react-query";
import { ProblemError } from "./problem";
import type { Comment, Post } from "./types";

/** A page of a list, as {@link InfiniteData} keeps it. */
export interface Page<T> {
  data: T;
  next: string | undefined;
}
type Lists = InfiniteData<Page<Post[]>>;
type Thread = InfiniteData<Page<Post>>;

/** The names that what was read is kept under. */
export const keys = {
  lists: ["posts"] as const,
  list: (sort: string) => ["posts", sort] as const,
  post: (id: string) => ["post", id] as const,
  queue: ["moderation", "queue"] as const,
  rules: ["moderation", "rules"] as const,
  subscriptions: ["bus", "subscriptions"] as const,
  parked: (name: string) => ["bus", "parked", name] as const,
  event: (id: string) => ["bus", "event", id] as const,
  preview: (content: string) => ["preview", content] as const,
};

/** The client that all pages share. What may pass is tried again twice; a refusal is final. */
export function newQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 15_000,
        retry: (count, error) => count < 2 && error instanceof ProblemError && error.passing,
      },
      // A write is sent now or fails now: what waited silently for the network would be lost with the page.
      mutations: { networkMode: "always" },
    },
  });
}

/** Changes what is kept under this key and those below it. A change is no reading: what was old stays old. */
function changeKept<T>(client: QueryClient, queryKey: QueryKey, change: (kept: T) => T): void {
  for (const { queryKey: key, state } of client.getQueryCache().findAll({ queryKey })) {
    const { data, isInvalidated, dataUpdatedAt } = state as QueryState<T>;
    const next = data && change(data);
    if (next === undefined || next === data) continue;
    client.setQueryData(key, next as unknown, { updatedAt: dataUpdatedAt });
    if (isInvalidated) void client.invalidateQueries({ queryKey: key, exact: true, refetchType: "none" });
  }
}

/** The lists with other posts on each page; the same lists, if all posts are the same. */
function withPosts(lists: Lists, change: (posts: Post[]) => Post[]): Lists {
  const pages = lists.pages.map((page) => {
    const data = change(page.data);
    const same = data.length === page.data.length && data.every((post, at) => post === page.data[at]);
    return same ? page : { ...page, data };
  });
  return pages.every((page, at) => page === lists.pages[at]) ? lists : { ...lists, pages };
}

/** Changes the post wherever it was read: in lists and as a thread. What is not there stays away. */
export function changePost(client: QueryClient, id: string, change: (post: Post) => Post): void {
  changeKept<Lists>(client, keys.lists, (lists) =>
    withPosts(lists, (posts) => posts.map((post) => (post.id === id ? change(post) : post))),
  );
  changeKept<Thread>(client, keys.post(id), (thread) => ({
    ...thread,
    pages: thread.pages.map((page) => ({ ...page, data: change(page.data) })),
  }));
}

/** Whether a list that was read has the post. */
export const isListed = (client: QueryClient, id: string): boolean =>
  client
    .getQueriesData<Lists>({ queryKey: keys.lists })
    .some(([, lists]) => lists?.pages.some((page) => page.data.some((post) => post.id === id)));

/** Takes the post out of the lists. */
export function dropPost(client: QueryClient, id: string): void {
  changeKept<Lists>(client, keys.lists, (lists) =>
    withPosts(lists, (posts) => posts.filter((post) => post.id !== id)),
  );
}

/** Puts a new post first in the lists. */
export function addPost(client: QueryClient, post: Post): void {
  dropPost(client, post.id);
  changeKept<Lists>(client, keys.lists, (lists) => {
    const [first, ...rest] = lists.pages;
    return first === undefined
      ? lists
      : { ...lists, pages: [{ ...first, data: [post, ...first.data] }, ...rest] };
  });
}

/** The comment as it was read, if it was. */
export function findComment(client: QueryClient, postId: string, id: string): Comment | undefined {
  const thread = client.getQueryData<Thread>(keys.post(postId));
  return thread?.pages.flatMap((page) => page.data.comments ?? []).find((comment) => comment.id === id);
}

/** Changes the comment in its thread, if it was read. */
export function changeComment(
  client: QueryClient,
  postId: string,
  id: string,
  change: (comment: Comment) => Comment,
): void {
  changeKept<Thread>(client, keys.post(postId), (thread) =>
    mapComments(thread, (comments) =>
      comments.map((comment) => (comment.id === id ? change(comment) : comment)),
    ),
  );
}

/** Puts a new comment behind the last one of the branch that it answers, or at the end of what was read. */
export function addComment(client: QueryClient, postId: string, comment: Comment): void {
  changeKept<Thread>(client, keys.post(postId), (thread) => {
    if (findComment(client, postId, comment.id)) return thread;
    const home = thread.pages.findIndex((page) =>
      page.data.comments?.some((other) => other.id === comment.parentId),
    );
    const index = home < 0 ? thread.pages.length - 1 : home;
    return {
      ...thread,
      pages: thread.pages.map((page, at) => ({
        ...page,
        data: {
          ...page.data,
          commentCount: page.data.commentCount + 1,
          comments: at === index ? inserted(page.data.comments ?? [], comment) : (page.data.comments ?? []),
        },
      })),
    };
  });
}

/** Depth first: a branch ends where a comment stands that is not below its parent. */
export function inserted(comments: Comment[], comment: Comment): Comment[] {
  const parent = comments.findIndex((other) => other.id === comment.parentId);
  if (parent < 0) return [...comments, comment];
  const branch = new Set([comment.parentId]);
  let end = parent + 1;
  for (; end < comments.length; end += 1) {
    const other = comments[end];
    if (!other?.parentId || !branch.has(other.parentId)) break;
    branch.add(other.id);
  }
  return [...comments.slice(0, end), comment, ...comments.slice(end)];
}

function mapComments(thread: Thread, change: (comments: Comment[]) => Comment[]): Thread {
  return {
    ...thread,
    pages: thread.pages.map((page) => ({
      ...page,
      data: { ...page.data, comments: change(page.data.comments ?? []) },
    })),
  };
}

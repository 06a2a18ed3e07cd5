// Live changes upon what was read, and upon what is being read just now.
import { InfiniteQueryObserver } from "@tanstack/react-query";
import { afterEach, expect, test, vi } from "vitest";
import { findComment, keys, newQueryClient } from "../api/cache";
import type { Post } from "../api/types";
import { applyChange } from "./apply";

const post: Post = {
  id: "p",
  title: "Oak",
  content: "old",
  html: "<p>old</p>",
  status: "approved",
  revision: 1,
  createdAt: "2025-01-01T00:00:00Z",
  commentCount: 1,
  own: true,
  comments: [{ id: "a", content: "A", status: "approved" }],
};
const pages = (data: unknown) => ({ pages: [{ data, next: undefined }], pageParams: [undefined] });

function board() {
  const client = newQueryClient();
  client.setQueryData(keys.list("new"), pages([post]));
  client.setQueryData(keys.post("p"), pages(post));
  const thread = () => client.getQueryData<ReturnType<typeof pages>>(keys.post("p"))?.pages[0]?.data as Post;
  const isStale = (key: readonly string[]) => client.getQueryState(key)?.isInvalidated;
  return { client, thread, isStale };
}

afterEach(() => void vi.useRealTimers());

test("an edit that takes the text away takes its HTML too; what is the reader's own stays so", () => {
  const { client, thread } = board();
  const change = { id: "p", title: "Oaks", content: null, status: "approved", revision: 2 } as const;
  applyChange(client, { kind: "post", post: change });
  expect(thread()).toMatchObject({ title: "Oaks", content: null, html: null, own: true });
  expect(thread().comments).toHaveLength(1);
});

test("what is not known makes what was read old, and what is known does not", () => {
  const { client, isStale } = board();
  applyChange(client, {
    kind: "comment",
    comment: { id: "a", postId: "p", content: "B", status: "approved" },
  });
  applyChange(client, { kind: "post", post: { ...post, comments: [] } });
  expect(isStale(keys.post("p"))).toBe(false);
  expect(isStale(keys.list("new"))).toBe(false);
  applyChange(client, {
    kind: "comment",
    comment: { id: "b", postId: "p", content: "B", status: "approved" },
  });
  expect(isStale(keys.post("p"))).toBe(true);
  applyChange(client, { kind: "post", post: { ...post, id: "q" } });
  expect(isStale(keys.list("new"))).toBe(true);
});

test("an answer that is older than a change heard meanwhile is asked for again", async () => {
  vi.useFakeTimers();
  const { client } = board();
  const answers: ((page: unknown) => void)[] = [];
  const observer = new InfiniteQueryObserver(client, {
    queryKey: keys.post("p"),
    queryFn: () => new Promise((answer) => answers.push(answer)),
    initialPageParam: undefined,
    getNextPageParam: () => undefined,
    staleTime: 0,
  });
  const leave = observer.subscribe(() => {});
  await vi.advanceTimersByTimeAsync(0);
  expect(answers).toHaveLength(1);
  const comment = { id: "a", postId: "p", content: "new", status: "approved" } as const;
  applyChange(client, { kind: "comment", comment });
  applyChange(client, { kind: "comment", comment });
  answers[0]?.({ data: post, next: undefined });
  await vi.advanceTimersByTimeAsync(1_000);
  expect(answers).toHaveLength(2);
  answers[1]?.({ data: { ...post, comments: [comment] }, next: undefined });
  await vi.advanceTimersByTimeAsync(1_000);
  expect(findComment(client, "p", "a")?.content).toBe("new");
  expect(answers).toHaveLength(2);
  leave();
});

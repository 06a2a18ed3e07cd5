// What a request carries, and what becomes of its answer.
import { beforeEach, expect, test, vi } from "vitest";
import { awaitEvent, awaited } from "./awaited";
import { ownerOf, urlOf } from "./base";
import { call, nextOf, stale } from "./http";
import { ProblemError } from "./problem";
import { setModeratorToken } from "./token";

const answer = vi.fn<typeof fetch>();
beforeEach(() => {
  answer.mockReset();
  vi.stubGlobal("fetch", answer);
  setModeratorToken(null);
});
const sent = () => new Headers(answer.mock.lastCall?.[1]?.headers);
const json = (body: unknown, init: ResponseInit = {}) => new Response(JSON.stringify(body), init);

test("a problem names the field and keeps its status", async () => {
  const errors = [{ pointer: "/title", detail: "is empty" }, { pointer: 3 }];
  answer.mockResolvedValue(json({ title: "Not valid", detail: "2 errors", errors }, { status: 422 }));
  const problem = await call("posts", { method: "POST", body: { title: "" } }).catch(
    (error: unknown) => error,
  );
  expect(problem).toBeInstanceOf(ProblemError);
  expect(problem).toMatchObject({ status: 422, title: "Not valid", detail: "2 errors" });
  expect((problem as ProblemError).at("title")).toBe("is empty");
  expect((problem as ProblemError).at("content")).toBeUndefined();
  expect((problem as ProblemError).errors).toHaveLength(1);
});

test("an answer that is no JSON, and no answer at all, are problems too", async () => {
  answer.mockResolvedValueOnce(new Response("<html>", { status: 502, statusText: "Bad Gateway" }));
  await expect(call("posts")).rejects.toMatchObject({ status: 502, title: "Bad Gateway", passing: true });
  answer.mockRejectedValueOnce(new TypeError("Failed to fetch"));
  await expect(call("posts")).rejects.toMatchObject({ unreachable: true });
});

test("one owner key is shown by every request, and kept", async () => {
  answer.mockImplementation(async () => json([]));
  await call("posts");
  const first = sent().get("Owner-Key") ?? "";
  expect(first.length).toBeGreaterThanOrEqual(32);
  await call("posts", { method: "POST", body: {}, idempotencyKey: "draft-1", ifMatch: 4 });
  expect(sent().get("Owner-Key")).toBe(first);
  expect(sent().get("Idempotency-Key")).toBe("draft-1");
  expect(sent().get("If-Match")).toBe('"4"');
});

test("guarded requests show the token and not the owner key", async () => {
  answer.mockImplementation(async () => json([]));
  setModeratorToken(" secret ");
  await call("moderation/queue", { guarded: true });
  expect(sent().get("Authorization")).toBe("Bearer secret");
  expect(sent().has("Owner-Key")).toBe(false);
});

test("a read waits for the last write until it was seen", async () => {
  awaitEvent("event-1", "posts");
  answer.mockResolvedValueOnce(json([], { headers: { "Await-Event": "timeout", "Folkmoot-Stale": "true" } }));
  await call("posts", { about: "posts" });
  expect(sent().get("Await-Event")).toBe("event-1");
  expect(stale.get()).toBe(true);
  answer.mockResolvedValueOnce(json([]));
  await call("posts", { about: "posts" });
  expect(stale.get()).toBe(false);
  expect(awaited("posts")).toBeUndefined();
});

test("the next page is found in the Link header, relative to where it was said", () => {
  const found = "http://board.example/api/v1/posts?limit=2";
  expect(nextOf('</x>; rel="prev", <posts?cursor=a,b>; rel="next"', found)).toBe(
    "http://board.example/api/v1/posts?cursor=a,b",
  );
  expect(nextOf(null, found)).toBeUndefined();
});

test.each([
  ["GET", "posts/1", "query", "http://localhost:4002/posts/1"],
  ["GET", "live", "query", "http://localhost:4002/live"],
  ["POST", "posts", "posts", "http://localhost:4000/posts"],
  ["POST", "posts/1/comments", "comments", "http://localhost:4001/posts/1/comments"],
  ["PATCH", "comments/1", "comments", "http://localhost:4001/comments/1"],
  ["GET", "moderation/queue", "moderation", "http://localhost:4003/queue"],
  ["GET", "bus/events?limit=1", "bus", "http://localhost:4005/events?limit=1"],
])("%s %s is for %s", (method, path, owner, url) => {
  expect(ownerOf(method, path)).toBe(owner);
  expect(urlOf(method, path, "direct")).toBe(url);
  expect(urlOf(method, path, "own")).toBe(`/api/v1/${path}`);
});

test("the services' ports can be named", () => {
  const base = "direct:1,2,3,4,5";
  expect(urlOf("POST", "posts", base)).toBe("http://localhost:1/posts");
  expect(urlOf("GET", "bus/events", base)).toBe("http://localhost:5/events");
  expect(urlOf("GET", "live", "direct:1,x")).toBe("http://localhost:4002/live");
});

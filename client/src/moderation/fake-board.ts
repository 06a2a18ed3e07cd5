// A board for the tests of the moderators' page: it holds, takes decisions, takes them back, and asks for its token.
import type { Decision, QueueItem, Undo } from "../api/types";

/** A comment that the rules hold; `minute` is since when. */
export const item = (id: string, minute: number, more: Partial<QueueItem> = {}): QueueItem => ({
  kind: "comment",
  id,
  postId: "p",
  revision: 1,
  status: "pending",
  content: `Text ${id}`,
  authorName: `Author ${id}`,
  createdAt: "2025-01-01T00:00:00Z",
  rule: "held-words",
  reason: "it looks like spam",
  heldAt: `2025-01-01T00:0${minute}:00Z`,
  reports: 0,
  ...more,
});

/** A board: what waits, what was asked of it, and how it answers decisions. */
export const board = {
  waiting: [] as QueueItem[],
  token: undefined as string | undefined,
  decided: [] as Decision[][],
  undone: [] as Undo[][],
  /** Instead of 201, by id. */
  refuses: {} as Record<string, number>,
  hold: undefined as Promise<void> | undefined,
};
const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status });
/** Those that were decided, should they be asked for again. */
const kept = new Map<string, QueueItem>();

/** Answers as the services do; a stand-in for `fetch`. */
export async function answer(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const path = String(input).replace("/api/v1/", "");
  const given = new Headers(init?.headers).get("Authorization");
  if (path.startsWith("posts/p?")) return json({ id: "p", title: "The old oak", comments: [] });
  if (board.token && given !== `Bearer ${board.token}`)
    return json({ title: "Unauthorized", status: 401 }, 401);
  if (path.startsWith("moderation/queue")) return json(board.waiting);
  await board.hold;
  if (path === "moderation/decisions") {
    const decisions = JSON.parse(String(init?.body)) as Decision[];
    board.decided.push(decisions);
    return json(
      decisions.map(({ kind, id, revision, status }) => {
        const refusal = board.refuses[id];
        if (refusal === 409) return { status: 409, problem: { title: "Conflict", status: 409 } };
        const found = board.waiting.find((waiting) => waiting.id === id);
        if (found) kept.set(id, found);
        board.waiting = board.waiting.filter((waiting) => waiting.id !== id);
        if (refusal) return { status: refusal, problem: { title: "No", status: refusal } };
        return {
          status: 201,
          verdict: { kind, id, postId: "p", revision, decision: 2, status, decidedBy: "moderator" },
        };
      }),
    );
  }
  if (path === "moderation/decisions/undo") {
    const verdicts = JSON.parse(String(init?.body)) as Undo[];
    board.undone.push(verdicts);
    board.waiting = [...verdicts.flatMap(({ id }) => kept.get(id) ?? []), ...board.waiting].sort((a, b) =>
      a.heldAt.localeCompare(b.heldAt),
    );
    return json(verdicts.map((verdict) => ({ status: 201, verdict: { ...verdict, status: "pending" } })));
  }
  return json({ title: "Not found", status: 404 }, 404);
}

/** As it was before anything was asked of it. */
export function reset(): void {
  Object.assign(board, {
    waiting: [],
    token: undefined,
    decided: [],
    undone: [],
    refuses: {},
    hold: undefined,
  });
  kept.clear();
}

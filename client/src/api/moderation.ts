// The moderators' part: the queue, the rules, decisions and taking them back.
import {
  type InfiniteData,
  type QueryClient,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { keys, type Page } from "./cache";
import { call } from "./http";
import type { Decision, DecisionAnswer, QueueItem, Rule, Undo } from "./types";

const PAGE = 50;
type Queue = InfiniteData<Page<QueueItem[]>>;

/** What waits for a decision, and all that was read so far as `items`. A 401 asks for the token. */
export function useQueue() {
  const query = useInfiniteQuery({
    queryKey: keys.queue,
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam, signal }): Promise<Page<QueueItem[]>> => {
      const request = pageParam ? {} : { query: { limit: PAGE } };
      return call<QueueItem[]>(pageParam ?? "moderation/queue", { ...request, guarded: true, signal });
    },
    getNextPageParam: (page) => page.next,
  });
  return { ...query, items: (query.data?.pages ?? []).flatMap((page) => page.data) };
}

/** The rules that judge before a person does. */
export function useRules() {
  return useQuery({
    queryKey: keys.rules,
    queryFn: async ({ signal }) => (await call<Rule[]>("moderation/rules", { guarded: true, signal })).data,
  });
}

/** Decides up to 100 items. They leave the queue at once; those that were refused come back with the next reading. */
export function useDecide() {
  const client = useQueryClient();
  return useMutation({
    mutationKey: keys.queue,
    mutationFn: async (decisions: Decision[]) =>
      (
        await call<DecisionAnswer[]>("moderation/decisions", {
          method: "POST",
          body: decisions,
          guarded: true,
        })
      ).data,
    onMutate: async (decisions) => {
      await client.cancelQueries({ queryKey: keys.queue });
      const before = client.getQueryData<Queue>(keys.queue);
      const decided = new Set(decisions.map(({ id }) => id));
      client.setQueryData<Queue>(
        keys.queue,
        (queue) =>
          queue && {
            ...queue,
            pages: queue.pages.map((page) => ({
              ...page,
              data: page.data.filter(({ id }) => !decided.has(id)),
            })),
          },
      );
      return before;
    },
    onError: (_error, _decisions, before) => client.setQueryData(keys.queue, before),
    onSettled: () => lookWhenAllIsSaid(client),
  });
}

/** Takes verdicts back: what was held is in the queue again. */
export function useUndoDecisions() {
  const client = useQueryClient();
  return useMutation({
    mutationKey: keys.queue,
    mutationFn: async (verdicts: Undo[]) =>
      (
        await call<DecisionAnswer[]>("moderation/decisions/undo", {
          method: "POST",
          body: verdicts,
          guarded: true,
        })
      ).data,
    onSettled: () => lookWhenAllIsSaid(client),
  });
}

/** Reads the queue anew, once for decisions that follow each other: a look between two would show what is being decided. */
async function lookWhenAllIsSaid(client: QueryClient): Promise<void> {
  if (client.isMutating({ mutationKey: keys.queue }) > 1) return;
  await client.invalidateQueries({ queryKey: keys.queue });
}

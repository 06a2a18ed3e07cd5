// What was decided lately, as moderation keeps it.
import { useInfiniteQuery } from "@tanstack/react-query";
import type { Page } from "../api/cache";
import { call } from "../api/http";
import type { Verdict } from "../api/types";

/** A verdict that was said, by the rules or by a moderator. */
export type LogEntry = Verdict & { at: string; rule?: string | null; undoes?: number | null };

export const logKey = ["moderation", "log"] as const;
const PAGE = 100;

/** The log, page by page, latest first. */
export function useLog() {
  const query = useInfiniteQuery({
    queryKey: logKey,
    staleTime: 0,
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam, signal }): Promise<Page<LogEntry[]>> => {
      const request = pageParam ? {} : { query: { limit: PAGE } };
      return call<LogEntry[]>(pageParam ?? "moderation/log", { ...request, guarded: true, signal });
    },
    getNextPageParam: (page) => page.next,
  });
  return { ...query, entries: (query.data?.pages ?? []).flatMap((page) => page.data) };
}

/** Those that can be taken back: an item's latest, if a moderator said it and it does not take another back itself. */
export function undoable(entries: LogEntry[]): Set<LogEntry> {
  const seen = new Set<string>();
  const latest = entries.filter(({ id }) => !seen.has(id) && seen.add(id));
  return new Set(latest.filter(({ decidedBy, undoes }) => decidedBy !== "rules" && !undoes));
}

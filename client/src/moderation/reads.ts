// Hearing of readings of the queue. What is put into the cache by hand is none, and neither is one more page behind the others.
import { hashKey, useQueryClient } from "@tanstack/react-query";
import { useEffect, useEffectEvent } from "react";
import { keys } from "../api/cache";
import type { useQueue } from "../api/moderation";

type Pages = ReturnType<typeof useQueue>["data"];

/** Calls `heard` after every reading of the queue from its beginning, with the ids of what waits. */
export function useQueueReads(heard: (waiting: ReadonlySet<string>) => void): void {
  const client = useQueryClient();
  const hear = useEffectEvent(heard);
  useEffect(() => {
    const queue = hashKey(keys.queue);
    return client.getQueryCache().subscribe((event) => {
      if (event.type !== "updated" || event.query.queryHash !== queue) return;
      if (event.action.type !== "success" || event.action.manual) return;
      if (event.query.state.fetchMeta?.fetchMore?.direction) return;
      const pages = (event.query.state.data as Pages)?.pages ?? [];
      hear(new Set(pages.flatMap(({ data }) => data.map(({ id }) => id))));
    });
  }, [client]);
}

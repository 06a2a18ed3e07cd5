// Items whose verdict is being taken back, shown in the queue again before the board says so.
import type { InfiniteData, QueryClient } from "@tanstack/react-query";
import { keys, type Page } from "../api/cache";
import type { QueueItem } from "../api/types";

/** Puts them where they stood: the longest waiting first. */
export async function putBack(client: QueryClient, items: QueueItem[]): Promise<void> {
  await client.cancelQueries({ queryKey: keys.queue });
  const back = new Set(items.map(({ id }) => id));
  client.setQueryData<InfiniteData<Page<QueueItem[]>>>(keys.queue, (queue) => {
    if (!queue) return queue;
    const pages = queue.pages.map((page) => ({ ...page, data: page.data.filter(({ id }) => !back.has(id)) }));
    for (const item of items) {
      const home = pages.find(({ data }) => (data.at(-1)?.heldAt ?? "") >= item.heldAt) ?? pages.at(-1);
      const at = home?.data.findIndex(({ heldAt }) => heldAt > item.heldAt) ?? -1;
      home?.data.splice(at < 0 ? home.data.length : at, 0, item);
    }
    return { ...queue, pages };
  });
}

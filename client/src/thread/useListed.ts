// A post that a list has read already: it can be shown while its thread is still on its way.
import { type InfiniteData, useQueryClient } from "@tanstack/react-query";
import { keys, type Page } from "../api/cache";
import type { Post } from "../api/types";

/** The post as a list has it, if one does. */
export function useListed(id: string): Post | undefined {
  return useQueryClient()
    .getQueriesData<InfiniteData<Page<Post[]>>>({ queryKey: keys.lists })
    .flatMap(([, list]) => list?.pages.flatMap((page) => page.data) ?? [])
    .find((post) => post.id === id);
}

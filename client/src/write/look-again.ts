// What was just written is judged in a moment, and the live connection tells. Should that be missed, a look or two finds it.
import type { QueryClient } from "@tanstack/react-query";
import { keys } from "../api/cache";

const AFTER_MS = [1_500, 5_000];

/** Reads the thread again soon. */
export function lookAgain(client: QueryClient, postId: string): void {
  for (const ms of AFTER_MS)
    setTimeout(() => void client.invalidateQueries({ queryKey: keys.post(postId) }), ms);
}

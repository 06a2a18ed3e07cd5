// What was read and is not the newest any more is read anew; what is being read just now, once that has ended: its answer may
// be older than what was heard meanwhile.
import type { Query, QueryClient, QueryKey } from "@tanstack/react-query";

/** Answers that are waited for are not asked for again at once: many changes may come one after the other. */
const PAUSE_MS = 500;
const awaited = new WeakSet<Query>();

/** Reads it anew, now or after the reading that is under way. */
export function readAnew(client: QueryClient, queryKey: QueryKey): void {
  for (const query of client.getQueryCache().findAll({ queryKey })) {
    if (query.state.fetchStatus === "idle") void invalidate(client, query);
    else afterwards(client, query);
  }
}

/** A change passed over what is kept under this key. `applied`: it is done there. If not, what is kept does not count as new. */
export function passesOver(client: QueryClient, queryKey: QueryKey, applied: boolean): void {
  if (!applied) void client.invalidateQueries({ queryKey, refetchType: "none" });
  for (const query of client.getQueryCache().findAll({ queryKey, fetchStatus: "fetching" }))
    afterwards(client, query);
}

function afterwards(client: QueryClient, query: Query): void {
  if (awaited.has(query)) return;
  awaited.add(query);
  const ended = () => {
    awaited.delete(query);
    setTimeout(() => void invalidate(client, query), PAUSE_MS);
  };
  void Promise.resolve(query.promise).then(ended, ended);
}

const invalidate = (client: QueryClient, { queryKey }: Query) =>
  client.invalidateQueries({ queryKey, exact: true }, { cancelRefetch: false });

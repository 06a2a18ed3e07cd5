// The bus's part: events and where they came from, subscriptions and what is parked at them.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { keys } from "./cache";
import { call } from "./http";
import { ProblemError } from "./problem";
import type { BusEvent, EventChain, Parked, Subscription } from "./types";

const LOOK_MS = 2_000;

/** What to read of the log. */
export interface EventFilter {
  /** Behind this sequence. */
  after?: string;
  limit?: number;
  type?: string;
  subject?: string;
}

/** The log's last sequence. */
export async function readHead(signal?: AbortSignal): Promise<string> {
  return (await call("bus/events", { query: { tail: "", limit: 1 }, guarded: true, signal })).head ?? "0";
}

/** A page of the log. */
export async function readEvents(filter: EventFilter, signal?: AbortSignal): Promise<BusEvent[]> {
  return (await call<BusEvent[]>("bus/events", { query: { ...filter }, guarded: true, signal })).data;
}

/** An event with its causes and effects. */
export function useEventChain(id: string | undefined) {
  return useQuery({
    queryKey: keys.event(id ?? ""),
    enabled: id !== undefined,
    queryFn: async ({ signal }) =>
      (await call<EventChain>(`bus/events/${encodeURIComponent(id ?? "")}`, { guarded: true, signal })).data,
  });
}

/** Every subscription with its state and lag, looked at every two seconds while the page is seen. A refusal ends that. */
export function useSubscriptions() {
  return useQuery({
    queryKey: keys.subscriptions,
    queryFn: async ({ signal }) =>
      (await call<Subscription[]>("bus/subscriptions", { guarded: true, signal })).data,
    refetchInterval: ({ state: { error } }) =>
      error instanceof ProblemError && !error.passing ? false : LOOK_MS,
  });
}

/** The subjects that are set aside at a subscription. */
export function useParked(name: string, enabled = true) {
  return useQuery({
    queryKey: keys.parked(name),
    enabled,
    refetchInterval: LOOK_MS,
    queryFn: async ({ signal }) =>
      (await call<Parked[]>(`${pathOf(name)}/parked`, { guarded: true, signal })).data,
  });
}

/** What may be done to a subscription. `to` is `start`, `end`, a sequence or a time, as the bus has it. */
export type SubscriptionAction =
  | { do: "pause" | "resume" }
  | { do: "seek"; to: string }
  | { do: "redeliver" | "skip"; subject: string; reason?: string };

/** Does it, and looks anew. */
export function useSubscriptionAction(name: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (action: SubscriptionAction) => call<unknown>(...requestOf(name, action)),
    onSettled: () => client.invalidateQueries({ queryKey: ["bus"] }),
  });
}

function requestOf(name: string, action: SubscriptionAction): Parameters<typeof call> {
  const base = { method: "POST", guarded: true } as const;
  if (action.do === "seek") return [`${pathOf(name)}/seek`, { ...base, body: { to: action.to } }];
  if (action.do === "redeliver" || action.do === "skip") {
    const query = { subject: action.subject, reason: action.reason };
    return [`${pathOf(name)}/parked/${action.do}`, { ...base, query }];
  }
  return [`${pathOf(name)}/${action.do}`, base];
}

const pathOf = (name: string) => `bus/subscriptions/${encodeURIComponent(name)}`;

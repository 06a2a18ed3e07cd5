// The latest comment's way, told step by step: the post, the comment, the verdict, the update. All of it really happened.
import { useQuery } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import { readEvents, readHead, useEventChain } from "../api/bus";
import type { BusEvent, EventChain } from "../api/types";
import { type Hears, type Hop, hopsOf, stagesOf } from "./hops";
import type { Flight } from "./useFlights";

export const CHAPTERS = ["post", "comment", "verdict", "update"] as const;
export type Chapter = (typeof CHAPTERS)[number];

/** One step of the story. */
export interface StoryStep {
  chapter: Chapter;
  event: BusEvent;
  /** From the step before to this one, in ms, where that one caused it. */
  delayMs: number | undefined;
  hops: Hop[];
}

/** How far behind the head a comment is looked for. */
const FAR = 1000n;

/** The comment to tell of: the last one with its whole way, else the last one, among these or a little before. */
async function latestComment(events: readonly BusEvent[]): Promise<string | undefined> {
  const updated = events.find(({ type, correlationid }) => type === "CommentUpdated" && correlationid);
  if (updated) return updated.correlationid;
  const created = events.find(({ type }) => type === "CommentCreated");
  if (created) return created.id;
  const head = BigInt(await readHead());
  const after = String(head > FAR ? head - FAR : 0n);
  return (await readEvents({ after, limit: Number(FAR), type: "CommentCreated" })).at(-1)?.id;
}

/** The steps that a comment's chain has. */
export function stepsOf(
  post: BusEvent | undefined,
  chain: EventChain | undefined,
  hears: Hears,
): StoryStep[] {
  if (!chain) return [];
  const all = [...chain.causes, chain.event, ...chain.effects];
  const first = (type: string) => all.find(({ event }) => event.type === type);
  const told = [
    { chapter: "post", recorded: post && { event: post, recordedAt: "" } },
    { chapter: "comment", recorded: first("CommentCreated") },
    { chapter: "verdict", recorded: first("CommentModerated") },
    { chapter: "update", recorded: first("CommentUpdated") },
  ] as const;
  return told.flatMap(({ chapter, recorded }, index) => {
    if (!recorded) return [];
    const before = told[index - 1]?.recorded?.recordedAt;
    const delay = before ? Date.parse(recorded.recordedAt) - Date.parse(before) : undefined;
    // Until it is approved, nobody's browser shows it.
    const shown = chapter === "post" || chapter === "update";
    const hops = hopsOf(recorded.event, hears, true).filter((hop) => shown || hop.to !== "browser");
    return [{ chapter, event: recorded.event, delayMs: delay, hops }];
  });
}

/** The story, and where one is in it. */
export function useStory(events: readonly BusEvent[], hears: Hears) {
  const [comment, setComment] = useState<string>();
  const [at, setAt] = useState<number>();
  const [stage, setStage] = useState(0);
  const [missing, setMissing] = useState(false);
  const chain = useEventChain(comment);
  const subject = chain.data?.event.event.subject;
  const post = useQuery({
    queryKey: ["bus", "post", subject],
    enabled: subject !== undefined,
    queryFn: async ({ signal }) =>
      (await readEvents({ subject: subject ?? "", type: "PostCreated", limit: 1 }, signal))[0] ?? null,
  });
  const steps = useMemo(
    () => (post.isPending ? [] : stepsOf(post.data ?? undefined, chain.data, hears)),
    [post.isPending, post.data, chain.data, hears],
  );
  const step = at === undefined ? undefined : steps[at];

  const go = useCallback((to: number | undefined) => {
    setAt(to);
    setStage(0);
  }, []);
  const start = async () => {
    setMissing(false);
    try {
      const found = await latestComment(events);
      setMissing(found === undefined);
      setComment(found);
      if (found !== undefined) go(0);
    } catch {
      setMissing(true);
    }
  };
  const stages = step ? stagesOf(step.hops) : [];
  const flight: Flight | undefined =
    step && stage < stages.length ? { event: step.event, stages, stage } : undefined;
  return {
    /** Whether it is told right now. */
    running: at !== undefined,
    steps,
    at,
    step,
    missing,
    error: chain.error,
    flight,
    /** What stays lit of the step. */
    lit: step?.hops ?? NONE,
    start: () => void start(),
    go,
    arrived: () => setStage((before) => before + 1),
    stop: () => go(undefined),
  };
}

const NONE: readonly Hop[] = [];
export type Story = ReturnType<typeof useStory>;

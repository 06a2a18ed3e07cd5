// A guarded stream of server-sent events: by fetch, for EventSource cannot show a token. It resumes behind the last id.
import { createParser, type EventSourceMessage } from "eventsource-parser";
import { urlOf } from "../api/base";
import { ProblemError, problemOf } from "../api/problem";
import { moderatorToken } from "../api/token";

/** What to stream, and who is told. */
export interface StreamOptions {
  /** Below `/api/v1/`, such as `bus/events/stream`. It names no beginning: that would outweigh the last id. */
  path: string;
  /** The id to begin behind. */
  after?: string;
  onEvent: (event: EventSourceMessage) => void;
  onState?: (state: "live" | "reconnecting") => void;
  /** A refusal that another try does not change, such as 401. The stream has ended. */
  onRefused?: (problem: ProblemError) => void;
  signal: AbortSignal;
}

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;

/** Streams until the signal, or a refusal. */
export async function streamEvents({
  path,
  after,
  onEvent,
  onState,
  onRefused,
  signal,
}: StreamOptions): Promise<void> {
  let last = after;
  let wait = FIRST_WAIT_MS;
  const parser = createParser({
    onEvent(event) {
      if (event.id !== undefined) last = event.id;
      wait = FIRST_WAIT_MS;
      onEvent(event);
    },
  });
  while (!signal.aborted) {
    try {
      const response = await fetch(urlOf("GET", path), {
        headers: headersOf(last),
        signal,
        cache: "no-store",
      });
      if (!response.ok || !response.body) throw await problemOf(response);
      onState?.("live");
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let piece = await reader.read(); !piece.done; piece = await reader.read())
        parser.feed(piece.value);
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ProblemError && !error.passing) {
        onRefused?.(error);
        return;
      }
    }
    if (signal.aborted) return;
    parser.reset();
    onState?.("reconnecting");
    await pause(wait * (0.75 + Math.random() / 2), signal);
    wait = Math.min(wait * 2, LONGEST_WAIT_MS);
  }
}

function headersOf(last: string | undefined): Headers {
  const headers = new Headers({ Accept: "text/event-stream" });
  const token = moderatorToken();
  if (token) headers.set("Authorization", `Bearer ${token}`);
  if (last !== undefined) headers.set("Last-Event-ID", last);
  return headers;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

// Tries again by itself when the board says when: a few times, and never for long.
import { ProblemError } from "../api/problem";

/** How often something is sent before the writer is asked. */
export const TRIES = 5;
const LONGEST_S = 30;

/** What is told while it waits, once a second. */
export interface Waiting {
  seconds: number;
  /** Which try comes next. */
  next: number;
}

/** Does it, and again after the time that a refusal names (`Retry-After`). Throws the last failure, or the signal's reason. */
export async function patiently<T>(
  attempt: () => Promise<T>,
  onWait: (waiting: Waiting) => void,
  signal: AbortSignal,
): Promise<T> {
  for (let next = 2; ; next += 1) {
    try {
      return await attempt();
    } catch (problem) {
      if (!(problem instanceof ProblemError) || !problem.passing) throw problem;
      const { retryAfter } = problem;
      if (retryAfter === undefined || retryAfter > LONGEST_S || next > TRIES || signal.aborted) throw problem;
      for (let seconds = Math.max(1, Math.ceil(retryAfter)); seconds > 0; seconds -= 1) {
        onWait({ seconds, next });
        await second(signal);
        if (signal.aborted) throw problem;
      }
    }
  }
}

function second(signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      done();
    };
    const timer = setTimeout(end, 1000);
    signal.addEventListener("abort", end);
  });
}

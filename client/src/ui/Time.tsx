// When something was: in words that stay true while one looks, and exactly when the pointer rests on it.
import { useEffect } from "react";
import { useLanguage } from "../i18n/language";
import { signal, useSignal } from "../signal";
import { ago, exactly } from "./time";

const TICK_MS = 20_000;
const clock = signal(Date.now());
let watchers = 0;
let timer: ReturnType<typeof setInterval> | undefined;

/** One clock for all times on the page. */
function watchClock(): () => void {
  clock.set(Date.now());
  watchers += 1;
  timer ??= setInterval(() => clock.set(Date.now()), TICK_MS);
  return () => {
    watchers -= 1;
    if (watchers > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** A time (RFC 3339) as "5 minutes ago". */
export function Time({ at, className }: { at: string; className?: string | undefined }) {
  const language = useLanguage();
  const now = useSignal(clock);
  useEffect(watchClock, []);
  const then = Date.parse(at);
  if (Number.isNaN(then)) return null;
  return (
    <time dateTime={at} title={exactly(then, language)} className={className}>
      {ago(Math.min(then, now), now, language)}
    </time>
  );
}

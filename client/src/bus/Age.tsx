// How long ago something was, to the second, for what is seconds old.
import { useEffect } from "react";
import { useLanguage } from "../i18n/language";
import { signal, useSignal } from "../signal";
import { exactly } from "../ui/time";

const clock = signal(Date.now());
let watchers = 0;
let timer: ReturnType<typeof setInterval> | undefined;

/** One clock for all ages on the page. */
function watch(): () => void {
  clock.set(Date.now());
  watchers += 1;
  timer ??= setInterval(() => clock.set(Date.now()), 1_000);
  return () => {
    watchers -= 1;
    if (watchers > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

const formats = new Map<string, Intl.RelativeTimeFormat>();
function formatOf(language: string): Intl.RelativeTimeFormat {
  const known = formats.get(language);
  if (known) return known;
  const made = new Intl.RelativeTimeFormat(language, { style: "narrow", numeric: "always" });
  formats.set(language, made);
  return made;
}

/** The age in words: "3s ago". */
export function ageOf(then: number, now: number, language: string): string {
  const seconds = Math.max(0, Math.floor((now - then) / 1_000));
  const format = formatOf(language);
  if (seconds < 60) return format.format(-seconds, "second");
  if (seconds < 3_600) return format.format(-Math.floor(seconds / 60), "minute");
  if (seconds < 86_400) return format.format(-Math.floor(seconds / 3_600), "hour");
  return format.format(-Math.floor(seconds / 86_400), "day");
}

/** A time (RFC 3339) as its age. */
export function Age({ at, className }: { at: string; className?: string | undefined }) {
  const language = useLanguage();
  const now = useSignal(clock);
  useEffect(watch, []);
  const then = Date.parse(at);
  if (Number.isNaN(then)) return <span className={className} />;
  return (
    <time dateTime={at} title={exactly(then, language)} className={className}>
      {ageOf(then, now, language)}
    </time>
  );
}

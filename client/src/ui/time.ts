// Times in words: how long ago, and exactly.

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_557_600],
  ["month", 2_629_800],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** How long ago `then` was at `now` (both in ms): "now", "5 minutes ago", "yesterday". */
export function ago(then: number, now: number, language: string): string {
  const format = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  const seconds = (then - now) / 1000;
  for (const [unit, size] of STEPS) {
    if (Math.abs(seconds) >= size) return format.format(Math.trunc(seconds / size), unit);
  }
  return format.format(0, "second");
}

/** The exact time, in the reader's own time zone. */
export const exactly = (then: number, language: string, timeZone?: string): string =>
  new Intl.DateTimeFormat(language, {
    dateStyle: "full",
    timeStyle: "medium",
    ...(timeZone ? { timeZone } : {}),
  }).format(then);

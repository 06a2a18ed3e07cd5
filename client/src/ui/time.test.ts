// Times in words, in both languages.
import { expect, test } from "vitest";
import { ago, exactly } from "./time";

const NOW = Date.parse("2025-06-15T12:00:00Z");
const MINUTE = 60_000;

test.each([
  [10_000, "now", "jetzt"],
  [MINUTE, "1 minute ago", "vor 1 Minute"],
  [59 * MINUTE, "59 minutes ago", "vor 59 Minuten"],
  [60 * MINUTE, "1 hour ago", "vor 1 Stunde"],
  [24 * 60 * MINUTE, "yesterday", "gestern"],
  [8 * 24 * 60 * MINUTE, "last week", "letzte Woche"],
  [800 * 24 * 60 * MINUTE, "2 years ago", "vor 2 Jahren"],
])("%d ms ago", (ms, english, german) => {
  expect(ago(NOW - ms, NOW, "en")).toBe(english);
  expect(ago(NOW - ms, NOW, "de")).toBe(german);
});

test("the exact time names the day and the second", () => {
  expect(exactly(NOW, "en", "UTC")).toContain("Sunday, June 15, 2025");
  expect(exactly(NOW, "de", "Europe/Berlin")).toMatch(/Sonntag, 15\. Juni 2025 .*14:00:00/);
});

// Light, dark, or as the system: chosen, remembered, and applied. `public/theme.js` does the same before the first paint.
import { signal, useSignal } from "../signal";
import { keep, recall } from "../storage";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const remembered = recall("theme");
const theme = signal<Theme>(THEMES.find((name) => name === remembered) ?? "system");
const night = window.matchMedia("(prefers-color-scheme: dark)");

function apply(): void {
  const chosen = theme.get();
  const dark = chosen === "dark" || (chosen === "system" && night.matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  document.querySelector('meta[name="theme-color"]')?.setAttribute("content", dark ? "#101915" : "#f7f2e7");
}

/** Applies the theme now, and whenever the system changes its mind. */
export function startTheme(): void {
  apply();
  night.addEventListener("change", apply);
}

/** Chooses, and remembers it. */
export function chooseTheme(next: Theme): void {
  keep("theme", next === "system" ? null : next);
  theme.set(next);
  apply();
}

/** What was chosen. */
export const useTheme = (): Theme => useSignal(theme);

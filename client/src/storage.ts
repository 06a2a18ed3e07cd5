// What the browser keeps between visits. Storage may be blocked or full: then it is forgotten with the page, and nothing breaks.

const PREFIX = "folkmoot.";

/** Kept for this browser, or for this tab only. */
export type Keep = "browser" | "tab";

const areaOf = (keep: Keep) => (keep === "browser" ? window.localStorage : window.sessionStorage);
const forgotten = new Map<string, string>();

/** What was kept under this name. */
export function recall(name: string, keep: Keep = "browser"): string | null {
  try {
    return areaOf(keep).getItem(PREFIX + name);
  } catch {
    return forgotten.get(keep + name) ?? null;
  }
}

/** Keeps it; `null` drops it. */
export function keep(name: string, value: string | null, where: Keep = "browser"): void {
  try {
    if (value === null) areaOf(where).removeItem(PREFIX + name);
    else areaOf(where).setItem(PREFIX + name, value);
  } catch {
    if (value === null) forgotten.delete(where + name);
    else forgotten.set(where + name, value);
  }
}

/** The names kept for this browser that begin like this. */
export function namesOf(start: string): string[] {
  try {
    const names = Object.keys(areaOf("browser")).filter((name) => name.startsWith(PREFIX + start));
    return names.map((name) => name.slice(PREFIX.length));
  } catch {
    return [...forgotten.keys()]
      .filter((name) => name.startsWith(`browser${start}`))
      .map((name) => name.slice(7));
  }
}

// What the browser keeps between visits. Storage may be blocked or full: then it is forgotten with the page, and nothing breaks.

const PREFIX = "folkmoot.";

/** Kept for this browser, or for this tab only. */
export type Keep = "browser" | "tab";

const areaOf = (keep: Keep) => (keep === "browser" ? window.localStorage : window.sessionStorage);
/** What could not be kept. It is newer than what is there under the same name. */
const forgotten = new Map<string, string>();

/** What was kept under this name. */
export function recall(name: string, keep: Keep = "browser"): string | null {
  const known = forgotten.get(keep + name);
  if (known !== undefined) return known;
  try {
    return areaOf(keep).getItem(PREFIX + name);
  } catch {
    return null;
  }
}

/** Keeps it; `null` drops it. The answer says whether it outlives the page. */
export function keep(name: string, value: string | null, where: Keep = "browser"): boolean {
  forgotten.delete(where + name);
  try {
    if (value === null) areaOf(where).removeItem(PREFIX + name);
    else areaOf(where).setItem(PREFIX + name, value);
    return true;
  } catch {
    if (value !== null) forgotten.set(where + name, value);
    return false;
  }
}

/** The names kept for this browser that begin like this. */
export function namesOf(start: string): string[] {
  const names = new Set<string>();
  for (const name of forgotten.keys()) if (name.startsWith(`browser${start}`)) names.add(name.slice(7));
  try {
    for (const name of Object.keys(areaOf("browser")))
      if (name.startsWith(PREFIX + start)) names.add(name.slice(PREFIX.length));
  } catch {
    // Blocked: there are only those above.
  }
  return [...names];
}

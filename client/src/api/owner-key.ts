// The reader's secret: whoever shows it may edit what was written with it, and sees it before it is approved.
import { keep, recall } from "../storage";

/** A secret of 192 bits that a header can carry. Not `randomUUID`, which plain http does not have. */
export function newSecret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(24));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_");
}

let made: string | undefined;

/** This browser's owner key; made when it is first asked for. */
export function ownerKey(): string {
  const known = recall("owner-key") ?? made;
  if (known) return known;
  made = newSecret();
  keep("owner-key", made);
  return made;
}

/** Goes on with another key, such as the one of another browser; the answer says whether it outlives the page. What was read
 * was read with the old one: read it anew. */
export function takeOwnerKey(key: string): boolean {
  made = key;
  return keep("owner-key", key);
}

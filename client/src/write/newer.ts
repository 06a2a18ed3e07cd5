// Reads something again until it is newer: what is read follows what is written by a moment.

const LOOKS = 6;
const PAUSE_MS = 400;

/** The first version after `revision` that is found, or none. */
export async function findNewer<T extends { revision: number }>(
  read: () => Promise<T | undefined>,
  revision: number,
): Promise<T | undefined> {
  for (let look = 1; ; look += 1) {
    const found = await read().catch(() => undefined);
    if (found && found.revision > revision) return found;
    if (look === LOOKS) return undefined;
    await new Promise((next) => setTimeout(next, PAUSE_MS)); // why: a pause between two looks
  }
}

// The key for something, shown beside its button while keys count. It is for the eye: buttons say it by `aria-keyshortcuts`.

import styles from "./KeysDialog.module.css";
import { type Command, KEYS } from "./keys";
import { useSingleKeys } from "./shortcuts";

const named = new Map(KEYS);

/** The first key of a command. */
export function Key({ of }: { of: Command }) {
  const on = useSingleKeys();
  const key = named.get(of)?.[0];
  return on && key ? (
    <span className={styles.beside} aria-hidden="true">
      {key}
    </span>
  ) : null;
}

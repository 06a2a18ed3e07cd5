// How much room is left in a field, when it gets tight: its hint, or nothing.
import type { ReactNode } from "react";
import type { Text } from "../i18n/en";
import styles from "./Editor.module.css";
import { leftOf } from "./limits";

/** The hint for what was written. */
export function roomOf(written: string, most: number, text: Text): ReactNode {
  const left = leftOf(written, most);
  if (left === undefined) return undefined;
  return (
    <span className={left < 0 ? styles.over : undefined}>
      {left < 0 ? text.write.wrong.long(-left, most) : text.write.left(left)}
    </span>
  );
}

// A word about the state of something, never by colour alone.
import type { ReactNode } from "react";
import type { Status as StatusName } from "../api/types";
import { useText } from "../i18n/language";
import styles from "./Badge.module.css";
import { classes } from "./classes";

export type Tone = "plain" | "good" | "warn" | "bad";

/** A small label. */
export const Badge = ({ tone = "plain", children }: { tone?: Tone; children: ReactNode }) => (
  <span className={classes(styles.badge, styles[tone])}>{children}</span>
);

const TONES: Record<StatusName, Tone> = {
  pending: "warn",
  approved: "good",
  rejected: "bad",
  deleted: "plain",
};

/** The state of a post or comment, with the reason if there is one. Approved is the usual: it is not worth a word. */
export function Status({
  status,
  reason,
  always,
}: {
  status: StatusName;
  reason?: string | null | undefined;
  always?: boolean;
}) {
  const text = useText();
  if (status === "approved" && !always) return null;
  return (
    <span className={styles.status}>
      <Badge tone={TONES[status]}>{text.ui.status[status]}</Badge>
      {reason && <span className={styles.reason}>{reason}</span>}
    </span>
  );
}

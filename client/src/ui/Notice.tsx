// Something the reader should know, in the place it is about.
import type { ReactNode } from "react";
import type { Tone } from "./Badge";
import { classes } from "./classes";
import styles from "./Notice.module.css";

/** A remark in the flow of the page. `bad` is said at once, the others when there is a pause. */
export const Notice = ({ tone = "plain", children }: { tone?: Tone; children: ReactNode }) => (
  <div role={tone === "bad" ? "alert" : "status"} className={classes(styles.notice, styles[tone])}>
    {children}
  </div>
);

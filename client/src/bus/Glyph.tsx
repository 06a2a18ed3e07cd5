// The shape of an event's kind: the same in the picture, in lists and in the legend.

import { classes } from "../ui/classes";
import styles from "./Glyph.module.css";
import type { Kind } from "./kinds";

const SHAPES: Record<Kind, string> = {
  created: "M0 -7A7 7 0 1 1 0 7A7 7 0 1 1 0 -7Z",
  updated: "M-6 -6H6V6H-6Z",
  moderated: "M0 -8.5L8.5 0L0 8.5L-8.5 0Z",
  deleted: "M-6.5 -3.5L-3.5 -6.5L0 -3L3.5 -6.5L6.5 -3.5L3 0L6.5 3.5L3.5 6.5L0 3L-3.5 6.5L-6.5 3.5L-3 0Z",
  reported: "M0 -8L8 6.5H-8Z",
  other: "M-4 -7H4L8 0L4 7H-4L-8 0Z",
};

/** The shape, around the point 0, 0 of an SVG. */
export const Shape = ({ kind }: { kind: Kind }) => (
  <path d={SHAPES[kind]} className={classes(styles.shape, styles[kind])} />
);

/** The shape in the flow of text. What it means stands beside it. */
export const Glyph = ({ kind }: { kind: Kind }) => (
  <svg
    viewBox="-10 -10 20 20"
    width="1em"
    height="1em"
    className={styles.glyph}
    aria-hidden="true"
    focusable="false"
  >
    <Shape kind={kind} />
  </svg>
);

// A button that shows a picture only; its label is read aloud, and shown when the pointer rests on it.
import type { ComponentProps, ReactNode } from "react";
import { Button } from "./Button";
import styles from "./Button.module.css";
import { classes } from "./classes";

interface Props extends Omit<ComponentProps<typeof Button>, "children" | "aria-label"> {
  label: string;
  icon: ReactNode;
}

/** A button with an icon and a spoken label. */
export function IconButton({ label, icon, className, ...rest }: Props) {
  return (
    <Button
      look="quiet"
      {...rest}
      aria-label={label}
      title={label}
      className={classes(styles.icon, className)}
    >
      {icon}
    </Button>
  );
}

// Something that is done when it is pressed; or a link that looks like it.
import type { ComponentProps } from "react";
import { Link } from "react-router";
import styles from "./Button.module.css";
import { classes } from "./classes";

/** `primary`: the one thing to do here. `quiet`: one of many. `danger`: cannot be taken back. */
export type ButtonLook = "primary" | "plain" | "quiet" | "danger";

interface Looks {
  look?: ButtonLook;
  small?: boolean;
}

const named = ({ look = "plain", small }: Looks, more?: string) =>
  classes(styles.button, styles[look], small && styles.small, more);

/** A button. While `busy` it takes no press, but keeps the focus and its width. */
export function Button({
  look,
  small,
  busy,
  className,
  ...rest
}: ComponentProps<"button"> & Looks & { busy?: boolean }) {
  return (
    <button
      type="button"
      {...rest}
      aria-disabled={busy || rest["aria-disabled"] || undefined}
      onClick={busy ? (event) => event.preventDefault() : rest.onClick}
      className={named({ look, small }, className)}
    />
  );
}

/** A link that looks like a button. */
export function ButtonLink({ look, small, className, ...rest }: ComponentProps<typeof Link> & Looks) {
  return <Link {...rest} className={named({ look, small }, className)} />;
}

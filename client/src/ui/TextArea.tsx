// A field for text that grows with what is written.
import { type ComponentProps, useLayoutEffect, useRef } from "react";
import { classes } from "./classes";
import styles from "./TextArea.module.css";

const growsByItself = typeof CSS !== "undefined" && CSS.supports?.("field-sizing", "content");

/** A text area that is as high as its text. Spread a {@link FieldControl} into it. */
export function TextArea({ className, ...rest }: ComponentProps<"textarea">) {
  const own = useRef<HTMLTextAreaElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the height follows from the text
  useLayoutEffect(() => {
    const area = own.current;
    if (!area || growsByItself) return;
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight + 2}px`;
  }, [rest.value]);
  return <textarea rows={4} {...rest} ref={rest.ref ?? own} className={classes(className, styles.area)} />;
}

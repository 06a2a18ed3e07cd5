// A field of a form with its label, a hint, and what is wrong with it, tied together for those who listen.
import { type ReactNode, useId } from "react";
import { useText } from "../i18n/language";
import styles from "./Field.module.css";

/** What the control inside takes over. */
export interface FieldControl {
  id: string;
  "aria-describedby": string | undefined;
  "aria-invalid": true | undefined;
  className: string;
}

interface Props {
  label: string;
  hint?: ReactNode;
  /** What is wrong. */
  error?: ReactNode;
  optional?: boolean;
  /** The control: `(field) => <input {...field} … />`. */
  children: (field: FieldControl) => ReactNode;
}

/** A labelled field. */
export function Field({ label, hint, error, optional, children }: Props) {
  const text = useText();
  const id = useId();
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  return (
    <div className={styles.field}>
      <label htmlFor={id} className={styles.label}>
        {label}
        {optional && <span className={styles.optional}> ({text.ui.optional})</span>}
      </label>
      {children({
        id,
        "aria-describedby": described || undefined,
        "aria-invalid": error ? true : undefined,
        className: styles.control ?? "",
      })}
      {hint && (
        <p id={`${id}-hint`} className={styles.hint}>
          {hint}
        </p>
      )}
      {error && (
        <p id={`${id}-error`} className={styles.error} role="alert">
          {error}
        </p>
      )}
    </div>
  );
}

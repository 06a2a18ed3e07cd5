// What this browser's key means to somebody who writes: a quiet line, and more behind it.
import { lazy, Suspense, useState } from "react";
import { useText } from "../i18n/language";
import styles from "./Form.module.css";

const KeyDialog = lazy(() => import("./KeyDialog").then((module) => ({ default: module.KeyDialog })));

/** The line. */
export function KeyNote() {
  const { key } = useText().write;
  const [asked, setAsked] = useState(false);
  const [open, setOpen] = useState(false);
  return (
    <p className={styles.key}>
      {key.note}{" "}
      <button
        type="button"
        aria-haspopup="dialog"
        className={styles.keyButton}
        onClick={() => {
          setAsked(true);
          setOpen(true);
        }}
      >
        {key.open}
      </button>
      {asked && (
        <Suspense>
          <KeyDialog open={open} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </p>
  );
}

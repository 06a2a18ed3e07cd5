// What stands where content is missing: it loads, there is none, or it could not be read.
import type { ReactNode } from "react";
import { ProblemError } from "../api/problem";
import type { Text } from "../i18n/en";
import { useText } from "../i18n/language";
import { Button } from "./Button";
import { OakLeaf } from "./icons";
import styles from "./states.module.css";
import { VisuallyHidden } from "./VisuallyHidden";

/** Lines in the shape of what will come. */
export function Skeleton({ rows = 3, lines = 3 }: { rows?: number; lines?: number }) {
  const text = useText();
  return (
    <div role="status" className={styles.skeleton}>
      <VisuallyHidden>{text.ui.loading}</VisuallyHidden>
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the rows are all alike
        <div key={row} className={styles.block} aria-hidden="true">
          {Array.from({ length: lines }, (_, line) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the lines are all alike
            <span key={line} className={styles.line} />
          ))}
        </div>
      ))}
    </div>
  );
}

/** There is nothing here, and what one may do about it. */
export function EmptyState({
  title,
  text,
  level: Heading = "h2",
  children,
}: {
  title: string;
  text?: string;
  /** `h1` where the page has no other heading. */
  level?: "h1" | "h2";
  children?: ReactNode;
}) {
  return (
    <div className={styles.state}>
      <span className={styles.mark}>
        <OakLeaf />
      </span>
      <Heading>{title}</Heading>
      {text && <p className={styles.text}>{text}</p>}
      {children}
    </div>
  );
}

/** It could not be read: why, and another try. */
export function ErrorState({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const text = useText();
  const unreachable = error instanceof ProblemError && error.unreachable;
  return (
    <div className={styles.state} role="alert">
      <h2>{unreachable ? text.ui.failed.unreachable : text.ui.failed.title}</h2>
      <p className={styles.text}>
        <Said error={error} />
      </p>
      {onRetry && (
        <Button look="plain" onClick={onRetry}>
          {text.ui.retry}
        </Button>
      )}
    </div>
  );
}

/** What to tell a reader about an error, in their language where it is one of the usual kinds; else as the board said it. */
export function Said({ error }: { error: unknown }) {
  const text = useText();
  return usualOf(error, text) ?? <span lang="en">{saidOf(error, text)}</span>;
}

/** The same as a text, for where it can be nothing else. */
export const saidOf = (error: unknown, text: Text): string => usualOf(error, text) ?? wordsOf(error);

const wordsOf = (error: unknown) =>
  error instanceof ProblemError ? (error.detail ?? error.title) : String(error);

function usualOf(error: unknown, text: Text): string | undefined {
  const { failed } = text.ui;
  if (!(error instanceof ProblemError)) return failed.trouble;
  if (error.unreachable) return failed.unreachableText;
  if (error.status === 401 || error.status === 403) return failed.forbidden;
  if (error.status === 404 || error.status === 410) return failed.gone;
  if (error.status === 409 || error.status === 412) return failed.changed;
  if (error.status === 429) return failed.tooMany;
  if (error.status === 408) return failed.slow;
  if (error.status === 413) return failed.large;
  return error.status >= 500 ? failed.trouble : undefined;
}

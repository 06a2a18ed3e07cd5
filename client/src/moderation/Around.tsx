// What stands around a comment that waits, as everyone sees it: what it answers, and its neighbours.

import { ProblemError } from "../api/problem";
import type { Comment, QueueItem } from "../api/types";
import { useText } from "../i18n/language";
import { Markdown } from "../ui/Markdown";
import { Name } from "../ui/Name";
import { ErrorState, Skeleton } from "../ui/states";
import { Time } from "../ui/Time";
import styles from "./Around.module.css";
import { useSurroundings } from "./surroundings";

/** The surroundings of a comment; they are read when this is shown. */
export function Around({ item }: { item: QueueItem }) {
  const { context: words } = useText().moderation;
  const { data, error, isPending, refetch } = useSurroundings(item);
  if (isPending) return <Skeleton rows={1} />;
  if (error instanceof ProblemError && error.status === 404)
    return <p className={styles.none}>{words.hidden}</p>;
  if (error) return <ErrorState error={error} onRetry={() => void refetch()} />;
  const { parent, before, after } = data;
  if (!parent && before.length + after.length === 0) return <p className={styles.none}>{words.alone}</p>;
  return (
    <section aria-label={words.label} className={styles.around}>
      {parent && <Group label={words.parent} comments={[parent]} />}
      <Group label={words.before} comments={before} />
      <p className={styles.here}>{words.here}</p>
      <Group label={words.after} comments={after} />
    </section>
  );
}

function Group({ label, comments }: { label: string; comments: Comment[] }) {
  if (comments.length === 0) return null;
  return (
    <>
      <h3 className={styles.label}>{label}</h3>
      {comments.map((comment) => (
        <Said key={comment.id} comment={comment} />
      ))}
    </>
  );
}

function Said({ comment }: { comment: Comment }) {
  const text = useText();
  const { context: words } = text.moderation;
  const missing = comment.deleted ? words.deleted : words.withheld;
  return (
    <div className={styles.comment}>
      <p className={styles.about}>
        <span>
          <Name of={comment.authorName} />
        </span>
        {comment.createdAt && <Time at={comment.createdAt} />}
      </p>
      {comment.content === null ? <p className={styles.none}>{missing}</p> : <Markdown {...comment} />}
    </div>
  );
}

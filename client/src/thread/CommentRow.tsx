// One comment in its place: how deep it stands, who wrote it and when, its text, and what one may do about it.
// The list is flat; the level is said by `aria-level` and, in words, by the heading.

import { type CSSProperties, memo, type Ref } from "react";
import { Link } from "react-router";
import type { Comment } from "../api/types";
import { useText } from "../i18n/language";
import { Status } from "../ui/Badge";
import { classes } from "../ui/classes";
import { ReplyIcon } from "../ui/icons";
import { isolated } from "../ui/isolated";
import { Markdown } from "../ui/Markdown";
import { Name } from "../ui/Name";
import { Notice } from "../ui/Notice";
import { Time } from "../ui/Time";
import { VisuallyHidden } from "../ui/VisuallyHidden";
import { EditCommentForm } from "../write/EditCommentForm";
import { useIsGoing } from "../write/going";
import { ReplyForm } from "../write/ReplyForm";
import { CommentActions, RepliesToggle } from "./CommentActions";
import styles from "./CommentRow.module.css";
import type { Row } from "./tree";
import type { Form } from "./useForms";
import { useIsGone, Writing } from "./Writing";

/** What may be done at a row. */
export interface Doing {
  toggle(id: string): void;
  open(comment: Comment, form: Form): void;
  close(id: string): void;
  /** The form was sent; `written` is the new comment. */
  done(id: string, written?: string): void;
  report(comment: Comment): void;
  remove(comment: Comment): void;
}

export interface RowProps extends Row {
  postId: string;
  title: string;
  index: number;
  /** How far down the list it stands, in px, if the list places it. */
  start: number | undefined;
  measure: Ref<HTMLLIElement> | undefined;
  /** One was led here. */
  marked: boolean;
  form: Form | undefined;
  doing: Doing;
}

/** From these levels on the indent does not grow any more: on a narrow page, and on a wide one. */
const DEEP = 6;
const DEEPEST = 9;

/** The row. */
export const CommentRow = memo(function CommentRow(row: RowProps) {
  const { comment, level, position, siblings, start } = row;
  const style: Record<string, string | number> = { "--level": level };
  if (start !== undefined) style.transform = `translateY(${start}px)`;
  return (
    // biome-ignore lint/a11y/useAriaPropsSupportedByRole: ARIA 1.2 has aria-level for list items
    <li
      ref={row.measure}
      data-id={comment.id}
      data-index={row.index}
      aria-level={level}
      aria-posinset={position}
      aria-setsize={siblings}
      className={classes(styles.row, level === 1 && styles.top, row.marked && styles.marked)}
      style={style as CSSProperties}
    >
      <Shown {...row} />
    </li>
  );
});

function Shown(row: RowProps) {
  const { comment, doing, form, postId } = row;
  const going = useIsGoing(comment.id);
  const gone = useIsGone();
  const quiet = going || comment.deleted || comment.withheld;
  const labelled = `by-${comment.id}`;
  return (
    <article
      id={`c-${comment.id}`}
      tabIndex={-1}
      aria-labelledby={quiet || gone ? undefined : labelled}
      className={styles.comment}
    >
      {gone ? null : quiet ? (
        <QuietLine row={row} deleted={going || !comment.withheld} />
      ) : (
        <About row={row} labelled={labelled} />
      )}
      {/* An open form keeps its place whatever becomes of the comment: what is typed in it stays. */}
      {form === "edit" ? (
        <Writing className={styles.form}>
          <EditCommentForm postId={postId} comment={comment} onDone={() => leave(row)} />
        </Writing>
      ) : quiet || gone ? null : (
        <>
          <Markdown html={comment.html} content={comment.content} className={styles.text ?? ""} />
          <CommentActions row={row} />
        </>
      )}
      {form === "reply" && (
        <Writing className={styles.form}>
          <ReplyForm
            postId={postId}
            parent={comment}
            onDone={(id) => doing.done(comment.id, id)}
            onCancel={() => leave(row)}
          />
        </Writing>
      )}
    </article>
  );
}

/** Who wrote it and when, and what became of it. */
function About({ row, labelled }: { row: RowProps; labelled: string }) {
  const text = useText();
  const { comment } = row;
  return (
    <header className={styles.about}>
      <h3 id={labelled} className={styles.author}>
        <Name of={comment.authorName} />
        <Place row={row} />
      </h3>
      {comment.createdAt && (
        <Link to={`#c-${comment.id}`} className={styles.when}>
          <Time at={comment.createdAt} />
        </Link>
      )}
      {comment.editedAt && (
        <span>
          {text.thread.edited} <Time at={comment.editedAt} />
        </span>
      )}
      <Answered row={row} />
      <Status status={comment.status} reason={comment.reason} />
    </header>
  );
}

/** Closes the form and returns to the comment, if what opened the form is not there to take the focus back. */
function leave({ comment, doing }: RowProps): void {
  doing.close(comment.id);
  requestAnimationFrame(() => {
    if (document.activeElement !== document.body) return;
    document.getElementById(`c-${comment.id}`)?.focus({ preventScroll: true });
  });
}

/** A comment that cannot be read: one line that holds its place. */
function QuietLine({ row, deleted }: { row: RowProps; deleted: boolean }) {
  const { quiet, kept } = useText().thread;
  const { comment } = row;
  const words = deleted ? quiet.deleted : comment.status === "rejected" ? quiet.rejected : quiet.pending;
  return (
    <>
      <div className={styles.quiet}>
        <p>
          {words}
          <Place row={row} />
        </p>
        <RepliesToggle row={row} />
      </div>
      {row.form && <Notice tone="warn">{kept}</Notice>}
    </>
  );
}

/** Where it stands, for those who do not see the indent. */
function Place({ row }: { row: RowProps }) {
  const text = useText();
  const { level, parent } = row;
  if (!parent) return null;
  return (
    <>
      {" "}
      <VisuallyHidden>
        {text.thread.place(level, isolated(parent.authorName ?? text.ui.someone))}
      </VisuallyHidden>
    </>
  );
}

/** What it answers, in sight where the indent does not tell any more. */
function Answered({ row }: { row: RowProps }) {
  const text = useText();
  const { level, parent } = row;
  if (!parent || level <= DEEP) return null;
  return (
    <Link to={`#c-${parent.id}`} className={classes(styles.answered, level > DEEPEST && styles.deepest)}>
      <ReplyIcon />
      <VisuallyHidden>{text.thread.answers}</VisuallyHidden> <Name of={parent.authorName} />
    </Link>
  );
}

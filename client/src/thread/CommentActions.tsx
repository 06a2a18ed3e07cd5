// What one may do about a comment: hide its replies, answer it, hand on its address; and, by whose it is, change or report it.
import { useText } from "../i18n/language";
import { Button } from "../ui/Button";
import { classes } from "../ui/classes";
import { IconButton } from "../ui/IconButton";
import { DeleteIcon, DownIcon, EditIcon, FlagIcon, LinkIcon, ReplyIcon } from "../ui/icons";
import type { RowProps } from "./CommentRow";
import styles from "./CommentRow.module.css";
import { shareLink } from "./share";

/** The row of buttons below a comment. */
export function CommentActions({ row }: { row: RowProps }) {
  const text = useText();
  const { comment, doing, form, postId, title } = row;
  return (
    <div className={styles.actions}>
      <RepliesToggle row={row} />
      <Button
        small
        look="quiet"
        className={styles.answer}
        aria-expanded={form === "reply"}
        onClick={() => (form === "reply" ? doing.close(comment.id) : doing.open(comment, "reply"))}
      >
        <ReplyIcon />
        {text.thread.reply}
      </Button>
      <span className={styles.lesser}>
        <IconButton
          small
          label={text.thread.share}
          icon={<LinkIcon />}
          onClick={() => void shareLink(`/p/${postId}#c-${comment.id}`, title, text.thread)}
        />
        {comment.own ? (
          <>
            <IconButton
              small
              label={text.thread.edit}
              icon={<EditIcon />}
              onClick={() => doing.open(comment, "edit")}
            />
            <IconButton
              small
              label={text.thread.remove}
              icon={<DeleteIcon />}
              onClick={() => doing.remove(comment)}
            />
          </>
        ) : (
          <IconButton
            small
            label={text.thread.report}
            icon={<FlagIcon />}
            onClick={() => doing.report(comment)}
          />
        )}
      </span>
    </div>
  );
}

/** Hides and shows what answers a comment. */
export function RepliesToggle({ row }: { row: RowProps }) {
  const text = useText();
  if (row.replies === 0) return null;
  return (
    <Button
      small
      look="quiet"
      aria-expanded={!row.collapsed}
      aria-label={text.thread.replies(row.replies)}
      className={classes(styles.toggle, row.collapsed && styles.closed)}
      onClick={() => row.doing.toggle(row.comment.id)}
    >
      <DownIcon />
      <span className={styles.full}>{text.thread.replies(row.replies)}</span>
      <span className={styles.short}>{row.replies}</span>
    </Button>
  );
}

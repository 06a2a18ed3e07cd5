// The rows of a thread, as one list. A long one is in the page only near what is seen; what has the focus, and what one
// writes, stays. (The browser's own search finds only what is in the page.)
import { defaultRangeExtractor, useWindowVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useMemo, useRef, useState } from "react";
import type { Comment, Post } from "../api/types";
import { useText } from "../i18n/language";
import { classes } from "../ui/classes";
import { useDeleteCommentWithUndo } from "../write/deleting";
import { ReportDialog } from "../write/ReportDialog";
import styles from "./CommentList.module.css";
import { CommentRow } from "./CommentRow";
import type { Goal } from "./reveal";
import type { Row } from "./tree";
import type { useForms } from "./useForms";
import { useGoal } from "./useGoal";
import { useLatest } from "./useLatest";
import { useTop } from "./useTop";
import { useIsGone } from "./Writing";

/** So many rows are simply there. */
const FEW = 100;
const ESTIMATED_PX = 130;
const OVERSCAN = 8;
const TOP_PX = 72;

interface Props {
  post: Post;
  rows: Row[];
  writing: ReturnType<typeof useForms>;
  goal: Goal | undefined;
  onToggle: (id: string) => void;
  onReveal: (id: string) => void;
}

/** The list. */
export function CommentList({ post, rows, writing, goal, onToggle, onReveal }: Props) {
  const text = useText();
  const list = useRef<HTMLOListElement>(null);
  const { forms, openForm, closeForm } = writing;
  const gone = useIsGone();
  const [reported, setReported] = useState<{ comment: Comment; open: boolean }>();
  const [focused, setFocused] = useState<string>();
  const remove = useLatest(useDeleteCommentWithUndo(post.id));

  const places = useMemo(() => new Map(rows.map((row, at) => [row.comment.id, at])), [rows]);
  const kept = [...forms.keys(), ...(focused ? [focused] : [])]
    .map((id) => places.get(id))
    .filter((at) => at !== undefined);
  const long = rows.length > FEW && !gone;
  const top = useTop(list);
  const virtualizer = useWindowVirtualizer<HTMLLIElement>({
    enabled: long,
    count: rows.length,
    estimateSize: () => ESTIMATED_PX,
    overscan: OVERSCAN,
    scrollMargin: top,
    scrollPaddingStart: TOP_PX,
    getItemKey: useCallback((at: number) => rows[at]?.comment.id ?? at, [rows]),
    rangeExtractor: (range) =>
      [...new Set([...defaultRangeExtractor(range), ...kept])].sort((one, other) => one - other),
  });
  useGoal(goal, (id) => {
    const at = places.get(id);
    if (long && at !== undefined) virtualizer.scrollToIndex(at, { align: "start" });
    return long;
  });

  const doing = useMemo(
    () => ({
      toggle: onToggle,
      report: (comment: Comment) => setReported({ comment, open: true }),
      remove,
      open: openForm,
      close: closeForm,
      done: (id: string, written?: string) => {
        closeForm(id);
        if (written) onReveal(written);
      },
    }),
    [onToggle, onReveal, openForm, closeForm, remove],
  );
  const shown = long
    ? virtualizer.getVirtualItems().map(({ index, start }) => ({ index, start: start - top }))
    : rows.map((_, index) => ({ index, start: undefined }));
  return (
    <>
      <ol
        ref={list}
        aria-label={text.thread.list}
        className={classes(styles.list, long && styles.long)}
        style={long ? { height: virtualizer.getTotalSize() } : undefined}
        onFocus={(event) => setFocused(event.target.closest<HTMLElement>("li[data-id]")?.dataset.id)}
        onBlur={() => {
          if (document.hasFocus()) setFocused(undefined);
        }}
      >
        {shown.map(({ index, start }) => {
          const row = rows[index];
          const form = row && forms.get(row.comment.id)?.form;
          return (
            row &&
            (!gone || form) && (
              <CommentRow
                key={row.comment.id}
                {...row}
                postId={post.id}
                title={post.title}
                index={index}
                start={start}
                measure={long ? virtualizer.measureElement : undefined}
                marked={goal?.id === row.comment.id}
                form={form}
                doing={doing}
              />
            )
          );
        })}
      </ol>
      {reported && (
        <ReportDialog
          key={reported.comment.id}
          postId={post.id}
          comment={reported.comment}
          open={reported.open}
          onClose={() => setReported({ ...reported, open: false })}
        />
      )}
    </>
  );
}

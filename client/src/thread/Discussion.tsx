// What was said to a post: how much, a place to add to it, and the comments.
import { useEffect, useRef, useState } from "react";
import { useLocation } from "react-router";
import type { Post } from "../api/types";
import { useText } from "../i18n/language";
import { Button } from "../ui/Button";
import { LoadMore } from "../ui/LoadMore";
import { Notice } from "../ui/Notice";
import { Said } from "../ui/states";
import { ReplyForm } from "../write/ReplyForm";
import { CommentList } from "./CommentList";
import styles from "./Discussion.module.css";
import { FreshComments } from "./FreshComments";
import type { useThread } from "./useThread";
import { useIsGone, Writing } from "./Writing";

/** The comments on a post. */
export function Discussion({ post, thread }: { post: Post; thread: ReturnType<typeof useThread> }) {
  const text = useText();
  const { rows, goal, lost, reveal, searching, load } = thread;
  const [writing, setWriting] = useState(false);
  const gone = useIsGone();
  const write = useRef<HTMLButtonElement>(null);
  useLinked(reveal);

  const close = () => {
    setWriting(false);
    requestAnimationFrame(() => write.current?.focus());
  };
  return (
    <section aria-labelledby={gone ? undefined : "discussion"} className={styles.discussion}>
      {!gone && (
        <div className={styles.head}>
          <h2 id="discussion">{text.thread.comments(post.commentCount)}</h2>
          {!writing && post.status !== "rejected" && (
            <Button ref={write} small onClick={() => setWriting(true)}>
              {text.thread.write}
            </Button>
          )}
        </div>
      )}
      {writing && (
        <Writing className={styles.form}>
          <ReplyForm
            postId={post.id}
            onCancel={close}
            onDone={(id) => {
              setWriting(false);
              reveal(id);
            }}
          />
        </Writing>
      )}
      {lost && !gone && <Lost why={lost} />}
      <FreshComments count={gone ? 0 : thread.fresh} onShow={thread.showFresh} />
      {rows.length > 0 ? (
        <CommentList
          post={post}
          rows={rows}
          writing={thread.writing}
          goal={goal}
          onToggle={thread.toggle}
          onReveal={reveal}
        />
      ) : (
        !thread.hasNextPage && !writing && !gone && <p className={styles.empty}>{text.thread.empty}</p>
      )}
      {thread.hasNextPage && !gone && (
        <div className={styles.foot}>
          {thread.isFetchNextPageError && (
            <Notice tone="warn">
              <Said error={thread.error} />
            </Notice>
          )}
          <LoadMore
            busy={thread.isFetchingNextPage}
            auto={!searching && !thread.isFetchNextPageError}
            onMore={load}
          />
        </div>
      )}
    </section>
  );
}

/** Goes to the comment that the address names. */
function useLinked(reveal: (id: string) => void): void {
  const { hash, key } = useLocation();
  // biome-ignore lint/correctness/useExhaustiveDependencies: to follow the same link again is to go there again
  useEffect(() => {
    const id = hash.match(/^#c-(.+)$/)?.[1];
    if (id) reveal(id);
  }, [hash, key, reveal]);
}

function Lost({ why }: { why: "gone" | "failed" }) {
  const text = useText();
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => place.current?.scrollIntoView({ block: "center" }), []);
  return (
    <div ref={place} className={styles.lost}>
      <Notice tone="warn">{text.thread.lost[why]}</Notice>
    </div>
  );
}

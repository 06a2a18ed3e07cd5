// One post with what was said to it.
import { useCallback, useMemo, useState } from "react";
import { useParams } from "react-router";
import { ProblemError } from "../api/problem";
import { PageHeading } from "../app/page";
import type { Text } from "../i18n/en";
import { useText } from "../i18n/language";
import { Button, ButtonLink } from "../ui/Button";
import { Notice } from "../ui/Notice";
import { EmptyState, ErrorState, Said, Skeleton } from "../ui/states";
import { useIsGoing } from "../write/going";
import { Discussion } from "./Discussion";
import { PostView } from "./PostView";
import styles from "./ThreadPage.module.css";
import { useListed } from "./useListed";
import { useThread } from "./useThread";
import { WritingContext } from "./Writing";

/** The page of the post that the address names. */
export function ThreadPage() {
  const { postId = "" } = useParams();
  return <Thread key={postId} postId={postId} />;
}

function Thread({ postId }: { postId: string }) {
  const text = useText();
  const thread = useThread(postId);
  const listed = useListed(postId);
  const going = useIsGoing(postId);
  const { error, isPending } = thread;
  // An id that cannot be one leads nowhere too.
  const gone = error instanceof ProblemError && [400, 404, 410, 422].includes(error.status);
  const post = thread.post ?? listed;
  const away = going ? text.thread.going : gone ? text.thread.gone : undefined;
  const [forms, setForms] = useState(0);
  const count = useCallback((more: 1 | -1) => setForms((before) => before + more), []);
  const writing = useMemo(() => ({ gone: away !== undefined, count }), [away, count]);
  if (away && (forms === 0 || !post)) return <Gone words={away} />;
  if (!post && error) {
    return (
      <>
        <PageHeading title={text.thread.title}>{text.thread.title}</PageHeading>
        <ErrorState error={error} onRetry={() => void thread.refetch()} />
      </>
    );
  }
  if (!post) return <Skeleton rows={4} />;
  return (
    <WritingContext value={writing}>
      {away && (
        <>
          <PageHeading title={away.title}>{away.title}</PageHeading>
          <Notice tone="warn">
            {away.subtitle}. {text.thread.kept}
          </Notice>
        </>
      )}
      <PostView post={post} />
      {error && !away && !thread.isFetchNextPageError && (
        <div className={styles.notice}>
          <Notice tone="warn">
            <Said error={error} />{" "}
            <Button small onClick={() => void thread.refetch()}>
              {text.ui.retry}
            </Button>
          </Notice>
        </div>
      )}
      {isPending ? (
        <Skeleton rows={4} />
      ) : !error || thread.post ? (
        <Discussion post={post} thread={thread} />
      ) : null}
    </WritingContext>
  );
}

function Gone({ words }: { words: Text["thread"]["gone"] }) {
  return (
    <>
      <PageHeading title={words.title}>{words.title}</PageHeading>
      <EmptyState title={words.subtitle} text={words.text}>
        <ButtonLink look="primary" to="/">
          {words.back}
        </ButtonLink>
      </EmptyState>
    </>
  );
}

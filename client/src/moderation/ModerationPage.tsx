// The moderators' page: what waits, what was decided, and the rules; behind the board's token, if it asks for one.
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useSearchParams } from "react-router";
import { useQueue } from "../api/moderation";
import { setModeratorToken, useModeratorToken } from "../api/token";
import { PageHeading } from "../app/page";
import { useText } from "../i18n/language";
import { Button } from "../ui/Button";
import { ErrorState, Skeleton } from "../ui/states";
import { DecidedList } from "./DecidedList";
import { useDecider } from "./decider";
import { useFocusPlaces } from "./focus";
import styles from "./ModerationPage.module.css";
import { Queue } from "./Queue";
import { RulesList } from "./RulesList";
import { isLocked, TokenForm } from "./TokenForm";

const VIEWS = ["queue", "decided", "rules"] as const;
type View = (typeof VIEWS)[number];

/** The page. */
export function ModerationPage() {
  const text = useText();
  const words = text.moderation;
  const client = useQueryClient();
  const [search] = useSearchParams();
  const token = useModeratorToken();
  const queue = useQueue();
  const places = useFocusPlaces();
  // What is decided can be taken back from every part of the page, so it is kept above them.
  const decider = useDecider((id) => places.focusOn(id));
  const view = VIEWS.find((name) => name === search.get("view")) ?? "queue";

  const [locked, setLocked] = useState(false);

  const forget = () => {
    setModeratorToken(null);
    for (const guarded of ["moderation", "bus"]) client.removeQueries({ queryKey: [guarded] });
    void queue.refetch();
  };

  // A try with another token forgets the error for a moment; the form stays until one is let in.
  if (isLocked(queue.error) && !locked) setLocked(true);
  if (queue.isSuccess && locked) setLocked(false);
  if (locked) {
    return (
      <>
        <PageHeading title={words.title}>{words.title}</PageHeading>
        <TokenForm onToken={async () => (await queue.refetch()).error} />
      </>
    );
  }
  return (
    <>
      <div className={styles.head}>
        <PageHeading title={words.title}>{words.title}</PageHeading>
        <ViewTabs view={view} />
      </div>
      {view === "queue" && queue.isPending && <Skeleton />}
      {view === "queue" && queue.isError && !queue.data && (
        <ErrorState error={queue.error} onRetry={() => void queue.refetch()} />
      )}
      {view === "queue" && queue.data && <Queue queue={queue} decider={decider} places={places} />}
      {view === "decided" && <DecidedList decider={decider} />}
      {view === "rules" && <RulesList />}
      {token && (
        <p className={styles.forget}>
          <Button small look="quiet" onClick={forget}>
            {words.token.forget}
          </Button>
        </p>
      )}
    </>
  );
}

/** The parts of the page. They are links: each has an address. */
function ViewTabs({ view }: { view: View }) {
  const { views } = useText().moderation;
  return (
    <nav aria-label={views.label} className={styles.views}>
      {VIEWS.map((name) => (
        <Link
          key={name}
          to={name === "queue" ? "/moderation" : `/moderation?view=${name}`}
          aria-current={name === view ? "true" : undefined}
        >
          {views[name]}
        </Link>
      ))}
    </nav>
  );
}

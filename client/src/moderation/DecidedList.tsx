// What was decided lately, by whom and why; a moderator's last word on something can be taken back.

import { useState } from "react";
import type { QueueItem, Status as StatusName } from "../api/types";
import { useText } from "../i18n/language";
import { excerptOf } from "../posts/excerpt";
import { Status } from "../ui/Badge";
import { Button } from "../ui/Button";
import { UndoIcon } from "../ui/icons";
import { Name, Written } from "../ui/Name";
import { EmptyState, ErrorState, Skeleton } from "../ui/states";
import { Time } from "../ui/Time";
import styles from "./DecidedList.module.css";
import type { Decider } from "./decider";
import { type LogEntry, undoable, useLog } from "./log";
import { OpenLink } from "./OpenLink";

/** The log of decisions. */
export function DecidedList({ decider }: { decider: Decider }) {
  const text = useText();
  const words = text.moderation.decided;
  const [people, setPeople] = useState(true);
  const { entries, error, isPending, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useLog();
  if (isPending) return <Skeleton />;
  if (error) return <ErrorState error={error} onRetry={() => void refetch()} />;
  const open = undoable(entries);
  const shown = entries.filter(({ decidedBy }) => !people || decidedBy !== "rules");
  return (
    <>
      <label className={styles.filter}>
        <input type="checkbox" checked={people} onChange={(event) => setPeople(event.target.checked)} />
        {words.people}
      </label>
      {shown.length === 0 && (
        <EmptyState title={people && entries.length > 0 ? words.emptyHere : words.empty} />
      )}
      <ul aria-label={words.list} className={styles.list}>
        {shown.map((entry) => (
          <li key={`${entry.id} ${entry.decision}`}>
            <Decided
              entry={entry}
              seen={decider.seen(entry.id)}
              onUndo={open.has(entry) ? () => void decider.undoVerdicts([entry]) : undefined}
            />
          </li>
        ))}
      </ul>
      {hasNextPage && (
        <div className={styles.foot}>
          <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {isFetchingNextPage ? text.ui.loading : words.older}
          </Button>
        </div>
      )}
    </>
  );
}

interface Props {
  entry: LogEntry;
  seen: QueueItem | undefined;
  onUndo: (() => void) | undefined;
}

function Decided({ entry, seen, onUndo }: Props) {
  const text = useText();
  const { item, decided: words } = text.moderation;
  const byRules = entry.decidedBy === "rules";
  const status = entry.status as StatusName;
  return (
    <article className={styles.entry}>
      <div className={styles.said}>
        <p className={styles.what}>
          <span>{entry.kind === "post" ? item.post : item.comment}</span>
          <Status status={status} reason={entry.reason} always />
        </p>
        {seen && (
          <p className={styles.excerpt}>
            <span className={styles.author}>
              <Name of={seen.authorName} />:
            </span>{" "}
            <Written>{seen.title ?? excerptOf(seen.content ?? "")}</Written>
          </p>
        )}
        <p className={styles.about}>
          <Time at={entry.at} />
          <span>{words.by(byRules ? words.rules : words.moderator)}</span>
          {entry.rule && (
            <span>
              {item.rule} {entry.rule}
            </span>
          )}
          {entry.undoes ? <span>{words.undoes}</span> : null}
          {entry.revision > 1 && <span>{item.revision(entry.revision)}</span>}
        </p>
      </div>
      <div className={styles.does}>
        <OpenLink item={{ ...entry, status }} />
        {onUndo && (
          <Button small onClick={onUndo}>
            <UndoIcon />
            {text.ui.undo}
          </Button>
        )}
      </div>
    </article>
  );
}

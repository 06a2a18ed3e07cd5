// What the page shows to who may see it. The picked event is in the address, so that it can be handed on.
import type { UseQueryResult } from "@tanstack/react-query";
import { useCallback, useMemo, useRef } from "react";
import { useSearchParams } from "react-router";
import type { BusEvent, Subscription } from "../api/types";
import { useText } from "../i18n/language";
import { ButtonLink } from "../ui/Button";
import { Notice } from "../ui/Notice";
import { EmptyState, ErrorState } from "../ui/states";
import styles from "./BusPage.module.css";
import { EventDetails } from "./EventDetails";
import { EventList } from "./EventList";
import { hearsOf, reached, USUALLY } from "./hops";
import { PictureFigure } from "./PictureFigure";
import { StoryPanel } from "./StoryPanel";
import { Subscriptions } from "./Subscriptions";
import { useLog } from "./useLog";
import { useStory } from "./useStory";

/** Everything below the heading. */
export function BusView({ subscriptions }: { subscriptions: UseQueryResult<Subscription[]> }) {
  const words = useText().bus;
  const send = useRef<(events: BusEvent[]) => void>(() => {});
  const log = useLog(useCallback((events: BusEvent[]) => send.current(events), []));
  const hears = useHears(subscriptions.data);
  const now = useHears(subscriptions.data && reached(subscriptions.data));
  const story = useStory(log.events, hears);
  const [search, setSearch] = useSearchParams();
  const picked = search.get("event") ?? undefined;
  const pick = useCallback(
    (id?: string) =>
      setSearch(id === undefined ? {} : { event: id }, { replace: true, preventScrollReset: true }),
    [setSearch],
  );
  const empty = log.caughtUp && log.events.length === 0;
  return (
    <>
      {log.state === "reconnecting" && <Notice tone="warn">{words.reconnecting}</Notice>}
      <div className={styles.stage}>
        <PictureFigure
          log={log}
          hears={hears}
          now={now}
          subscriptions={subscriptions.data ?? []}
          story={story}
          onSender={(sender) => {
            send.current = sender;
          }}
        />
        <StoryPanel story={story} />
      </div>
      {log.refused && <ErrorState error={log.refused} onRetry={log.retry} />}
      {empty && (
        <EmptyState title={words.empty.title} text={words.empty.text}>
          <ButtonLink look="primary" to="/new">
            {words.empty.write}
          </ButtonLink>
        </EmptyState>
      )}
      {!empty && !log.refused && (
        <div className={styles.events}>
          <EventList log={log} picked={picked} onPick={pick} />
          {picked ? (
            <EventDetails id={picked} events={log.events} onPick={pick} onClose={() => pick()} />
          ) : (
            <p className={styles.invite}>{words.details.invite}</p>
          )}
        </div>
      )}
      <Subscriptions read={subscriptions} />
    </>
  );
}

/** Who hears what; the same object for as long as nothing changes. */
function useHears(subscriptions: Subscription[] | undefined) {
  const key = JSON.stringify(subscriptions?.map(({ name, types }) => ({ name, types })));
  return useMemo(
    () => (key === undefined ? USUALLY : hearsOf(JSON.parse(key) as Pick<Subscription, "name" | "types">[])),
    [key],
  );
}

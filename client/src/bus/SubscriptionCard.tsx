// One subscription: its state, how far behind it is, what went wrong, and the hands on it.
import { useState } from "react";
import { useSubscriptionAction } from "../api/bus";
import type { Subscription } from "../api/types";
import { useLanguage, useText } from "../i18n/language";
import { Badge } from "../ui/Badge";
import { Button } from "../ui/Button";
import { Notice } from "../ui/Notice";
import { saidOf } from "../ui/states";
import { duration } from "./chain";
import { plain } from "./kinds";
import { ParkedList } from "./ParkedList";
import { SeekDialog } from "./SeekDialog";
import styles from "./Subscriptions.module.css";
import { stateOf, TONES } from "./subscriptions";

/** The subscription. */
export function SubscriptionCard({ subscription }: { subscription: Subscription }) {
  const text = useText();
  const words = text.bus.subscriptions;
  const language = useLanguage();
  const action = useSubscriptionAction(subscription.name);
  const [seeking, setSeeking] = useState(false);
  const { name, lag, lastError, nextTry, parked, ignored, types, cursor, head } = subscription;
  const state = stateOf(subscription);
  const paused = subscription.state === "paused";
  return (
    <article className={styles.card} aria-label={name}>
      <div className={styles.title}>
        <h3>{name}</h3>
        <Badge tone={TONES[state]}>{words.states[state]}</Badge>
        {parked > 0 && <Badge tone="bad">{words.parkedCount(parked)}</Badge>}
      </div>
      <p className={styles.url}>{subscription.url}</p>
      <dl className={styles.facts}>
        <dt>{words.lag}</dt>
        <dd>
          {lag.events === 0 ? words.noLag : words.lagOf(lag.events, duration(lag.seconds * 1_000, language))}
        </dd>
        <dt>{words.cursor}</dt>
        <dd>{words.cursorOf(plain(cursor), plain(head))}</dd>
        <dt>{words.hears}</dt>
        <dd>{types ? types.join(", ") : words.everything}</dd>
        {ignored && ignored.count > 0 && (
          <>
            <dt>{words.ignored}</dt>
            <dd>
              {words.ignoredOf(ignored.count)}
              {ignored.last && ignored.lastReason && (
                <>, {words.ignoredLast(plain(ignored.last), ignored.lastReason)}</>
              )}
            </dd>
          </>
        )}
      </dl>
      {lastError && (
        <p className={styles.error}>
          <strong>{words.lastError}</strong> {lastError}
          {nextTry && <> {words.nextTry(new Date(nextTry).toLocaleTimeString(language))}</>}
        </p>
      )}
      <div className={styles.actions}>
        <Button
          small
          busy={action.isPending}
          onClick={() => action.mutate({ do: paused ? "resume" : "pause" })}
          aria-label={paused ? words.resumeOf(name) : words.pauseOf(name)}
        >
          {paused ? words.resume : words.pause}
        </Button>
        <Button
          small
          busy={action.isPending}
          onClick={() => setSeeking(true)}
          aria-label={words.seekOf(name)}
        >
          {words.seek}
        </Button>
      </div>
      {action.error && <Notice tone="bad">{saidOf(action.error, text)}</Notice>}
      {parked > 0 && <ParkedList name={name} />}
      <SeekDialog
        key={String(seeking)}
        open={seeking}
        subscription={subscription}
        onClose={() => setSeeking(false)}
        onSeek={(to) => action.mutate({ do: "seek", to })}
      />
    </article>
  );
}

// The subjects that are set aside at a subscription: why, since when, and what may be done with each.
import { useState } from "react";
import { useParked, useSubscriptionAction } from "../api/bus";
import type { Parked } from "../api/types";
import { useLanguage, useText } from "../i18n/language";
import { Button } from "../ui/Button";
import { ConfirmDialog } from "../ui/Dialog";
import { Field } from "../ui/Field";
import { Notice } from "../ui/Notice";
import { ErrorState, Skeleton, saidOf } from "../ui/states";
import { Time } from "../ui/Time";
import { plain } from "./kinds";
import styles from "./Subscriptions.module.css";

/** What is parked there. */
export function ParkedList({ name }: { name: string }) {
  const words = useText().bus.parked;
  const { data, isPending, error, refetch } = useParked(name);
  return (
    <section className={styles.parked} aria-label={words.titleOf(name)}>
      <h4>{words.title}</h4>
      <p className={styles.soft}>{words.intro}</p>
      {isPending && <Skeleton rows={1} lines={2} />}
      {error && !data && <ErrorState error={error} onRetry={() => void refetch()} />}
      <ul className={styles.list}>
        {data?.map((parked) => (
          <li key={parked.subject}>
            <ParkedSubject name={name} parked={parked} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function ParkedSubject({ name, parked }: { name: string; parked: Parked }) {
  const text = useText();
  const words = text.bus.parked;
  const language = useLanguage();
  const action = useSubscriptionAction(name);
  const [giving, setGiving] = useState(false);
  const [reason, setReason] = useState("");
  const { subject, first, error, since, attempts, nextTry } = parked;
  return (
    <div className={styles.subject}>
      <p>
        <code>{subject}</code>
      </p>
      <p className={styles.error}>{error}</p>
      <p className={styles.soft}>
        {words.waits(plain(first))} · {words.since} <Time at={since} /> · {words.attempts(attempts)} ·{" "}
        {words.nextTry(new Date(nextTry).toLocaleTimeString(language))}
      </p>
      <div className={styles.actions}>
        <Button
          small
          busy={action.isPending}
          onClick={() => action.mutate({ do: "redeliver", subject })}
          aria-label={words.redeliverOf(subject)}
        >
          {words.redeliver}
        </Button>
        <Button small look="danger" onClick={() => setGiving(true)} aria-label={words.giveUpOf(subject)}>
          {words.giveUp}
        </Button>
        <span role="status" className={styles.soft}>
          {action.isSuccess && !action.isPending ? words.tried : ""}
        </span>
      </div>
      {action.error && <Notice tone="bad">{saidOf(action.error, text)}</Notice>}
      <ConfirmDialog
        open={giving}
        onClose={() => setGiving(false)}
        title={words.giveUpTitle}
        confirm={words.giveUpNow}
        danger
        onConfirm={() =>
          action.mutate({ do: "skip", subject, ...(reason.trim() && { reason: reason.trim() }) })
        }
      >
        <p>{words.giveUpText(plain(first), name)}</p>
        <Field label={words.reason} hint={words.reasonHint} optional>
          {(field) => (
            <input
              {...field}
              value={reason}
              onChange={(event) => setReason(event.target.value)}
              maxLength={300}
            />
          )}
        </Field>
      </ConfirmDialog>
    </div>
  );
}

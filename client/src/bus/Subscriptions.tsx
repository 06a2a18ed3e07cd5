// Who is pushed to: each subscription with how it is doing, and what may be done about it.
import type { UseQueryResult } from "@tanstack/react-query";
import type { Subscription } from "../api/types";
import { useText } from "../i18n/language";
import { Notice } from "../ui/Notice";
import { ErrorState, Skeleton, saidOf } from "../ui/states";
import { SubscriptionCard } from "./SubscriptionCard";
import styles from "./Subscriptions.module.css";

/** All of them. */
export function Subscriptions({ read }: { read: UseQueryResult<Subscription[]> }) {
  const text = useText();
  const words = text.bus.subscriptions;
  return (
    <section className={styles.section} aria-labelledby="bus-subscriptions">
      <h2 id="bus-subscriptions">{words.title}</h2>
      <p className={styles.soft}>{words.intro}</p>
      {read.isPending && <Skeleton rows={3} lines={2} />}
      {read.error && !read.data && <ErrorState error={read.error} onRetry={() => void read.refetch()} />}
      {read.error && read.data && <Notice tone="warn">{saidOf(read.error, text)}</Notice>}
      {read.data?.length === 0 && <p>{words.none}</p>}
      <ul className={styles.list}>
        {read.data?.map((subscription) => (
          <li key={subscription.name}>
            <SubscriptionCard subscription={subscription} />
          </li>
        ))}
      </ul>
      <Notice>{words.query}</Notice>
    </section>
  );
}

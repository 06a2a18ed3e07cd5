// The window into the system: the picture with events on their way, the log as it flows, and who is pushed to.
import { useState } from "react";
import { useSubscriptions } from "../api/bus";
import { PageHeading } from "../app/page";
import { useText } from "../i18n/language";
import { isLocked, TokenForm } from "../moderation/TokenForm";
import styles from "./BusPage.module.css";
import { BusView } from "./BusView";

/** The page; where the board asks for its token, that comes first. */
export function BusPage() {
  const words = useText().bus;
  const subscriptions = useSubscriptions();
  const [locked, setLocked] = useState(false);

  // A try with another token forgets the error for a moment; the form stays until one is let in.
  if (isLocked(subscriptions.error) && !locked) setLocked(true);
  if (subscriptions.isSuccess && locked) setLocked(false);
  return (
    <div className={styles.page}>
      <div className={styles.intro}>
        <PageHeading title={words.title}>{words.title}</PageHeading>
        <p>{words.intro}</p>
      </div>
      {locked ? (
        <TokenForm onToken={async () => (await subscriptions.refetch()).error} />
      ) : (
        <BusView subscriptions={subscriptions} />
      )}
    </div>
  );
}

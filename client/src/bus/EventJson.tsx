// All that the bus keeps of an event: the CloudEvent, as JSON that can be copied.
import { useState } from "react";
import type { BusEvent } from "../api/types";
import { useText } from "../i18n/language";
import { Button } from "../ui/Button";
import styles from "./EventDetails.module.css";

/** The JSON. */
export function EventJson({ event }: { event: BusEvent }) {
  const words = useText().bus.details;
  const [copied, setCopied] = useState<"yes" | "no">();
  const json = JSON.stringify(event, null, 2);
  async function copy() {
    try {
      await navigator.clipboard.writeText(json);
      setCopied("yes");
    } catch {
      setCopied("no");
    }
  }
  return (
    <>
      <div className={styles.head}>
        <h3>{words.json}</h3>
        <Button small onClick={() => void copy()}>
          {words.copy}
        </Button>
      </div>
      <p role="status" className={styles.soft}>
        {copied === "yes" ? words.copied : copied === "no" ? words.notCopied : ""}
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it */}
      <section className={styles.json} tabIndex={0} aria-label={words.json}>
        <pre>{json}</pre>
      </section>
    </>
  );
}

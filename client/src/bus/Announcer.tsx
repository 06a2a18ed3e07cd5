// Reads new events aloud, every few seconds and all at once. Off until it is wished for.
import { useEffect, useRef, useState } from "react";
import { placeOf } from "../api/place";
import type { BusEvent } from "../api/types";
import { useText } from "../i18n/language";
import { VisuallyHidden } from "../ui/VisuallyHidden";
import { newerThan } from "./buffer";
import styles from "./EventList.module.css";

const EVERY_MS = 6_000;

/** The wish, and the voice. */
export function Announcer({ events }: { events: readonly BusEvent[] }) {
  const words = useText().bus.list;
  const [on, setOn] = useState(false);
  const [said, setSaid] = useState("");
  const latest = useRef(events);
  useEffect(() => {
    latest.current = events;
  });
  useEffect(() => {
    if (!on) return setSaid("");
    const newest = () => latest.current[0] && placeOf(latest.current[0]);
    let told = newest();
    const clock = setInterval(() => {
      const fresh = latest.current.slice(0, newerThan(latest.current, told));
      told = newest();
      if (fresh[0]) setSaid(words.spoken(fresh.length, fresh[0].type));
    }, EVERY_MS);
    return () => clearInterval(clock);
  }, [on, words]);
  return (
    <>
      <label className={styles.aloud}>
        <input type="checkbox" checked={on} onChange={(event) => setOn(event.target.checked)} />
        {words.aloud}
      </label>
      <VisuallyHidden>
        <span role="status">{said}</span>
      </VisuallyHidden>
    </>
  );
}

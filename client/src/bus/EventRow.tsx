// One event in the list: what, about what, from whom, how long ago, and where it stands in the log.
import { memo } from "react";
import { placeOf } from "../api/place";
import type { BusEvent } from "../api/types";
import { Age } from "./Age";
import styles from "./EventList.module.css";
import { Glyph } from "./Glyph";
import { kindOf, plain, short } from "./kinds";

interface Props {
  event: BusEvent;
  picked: boolean;
  /** The one that Tab reaches; the others are reached by the arrow keys. */
  reachable: boolean;
  onPick: (id: string) => void;
}

/** The row. It does not change while it is there, but for its age. */
export const EventRow = memo(function EventRow({ event, picked, reachable, onPick }: Props) {
  return (
    <li>
      <button
        type="button"
        className={styles.row}
        aria-current={picked || undefined}
        tabIndex={reachable ? 0 : -1}
        onClick={() => onPick(event.id)}
      >
        <Glyph kind={kindOf(event.type)} />
        <span className={styles.type}>{event.type}</span>
        <span className={styles.subject} title={event.subject}>
          {short(event.subject)}
        </span>
        <span className={styles.source}>{event.source}</span>
        <Age at={event.time} className={styles.age} />
        <span className={styles.sequence}>#{plain(placeOf(event))}</span>
      </button>
    </li>
  );
});

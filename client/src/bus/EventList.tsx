// Events as they come, newest first. The list stands still while it is paused, and while a pointer or the focus is in it.
import { type KeyboardEvent, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { placeOf } from "../api/place";
import { useText } from "../i18n/language";
import { Button } from "../ui/Button";
import { PauseIcon, PlayIcon } from "../ui/icons";
import { Announcer } from "./Announcer";
import { wanted } from "./buffer";
import { EventFilters } from "./EventFilters";
import styles from "./EventList.module.css";
import { EventRow } from "./EventRow";
import { useHeld } from "./useHeld";
import type { Log } from "./useLog";

interface Props {
  log: Log;
  picked: string | undefined;
  onPick: (id: string) => void;
}

/** How many rows there are at first, and how many more when one comes near the end. */
const FEW = 40;

/** The list with its filters. */
export function EventList({ log, picked, onPick }: Props) {
  const words = useText().bus.list;
  const [paused, setPaused] = useState(false);
  const [pointed, setPointed] = useState(false);
  const [focused, setFocused] = useState(false);
  const [drawn, setDrawn] = useState(FEW);
  const frame = useRef<HTMLDivElement>(null);
  const [wish, setWish] = useState({ type: "", subject: "" });
  const { shown, missed, release } = useHeld(log.events, paused || pointed || focused);
  const rows = wanted(shown, wish);
  const fresh = wanted(missed, wish).length;
  const reachable = rows.find((event) => event.id === picked) ?? rows[0];
  /** Who pressed a key goes on in the list; who clicked is pointing at it anyway. */
  function show(byKey: boolean) {
    flushSync(release);
    if (byKey) frame.current?.querySelector<HTMLElement>("ol button")?.focus();
  }
  return (
    <section className={styles.section} aria-labelledby="bus-events">
      <div className={styles.head}>
        <h2 id="bus-events">{words.title}</h2>
        <Button small onClick={() => setPaused(!paused)}>
          {paused ? <PlayIcon /> : <PauseIcon />}
          {paused ? words.go : words.pause}
        </Button>
      </div>
      <EventFilters wish={wish} onChange={setWish} seen={log.events} />
      <div
        className={styles.frame}
        ref={frame}
        onPointerEnter={() => setPointed(true)}
        onPointerLeave={() => setPointed(false)}
      >
        <div className={styles.fresh}>
          {fresh > 0 && (
            <Button small look="primary" onClick={(event) => show(event.detail === 0)}>
              {words.fresh(fresh)}
            </Button>
          )}
        </div>
        <ol
          className={styles.rows}
          aria-label={words.title}
          onScroll={({ currentTarget: { scrollTop, clientHeight, scrollHeight } }) => {
            if (scrollTop === 0) setDrawn(FEW);
            else if (scrollTop + 2 * clientHeight > scrollHeight) setDrawn(drawn + FEW);
          }}
          onFocus={() => setFocused(true)}
          onBlur={() => setFocused(false)}
          onKeyDown={moveFocus}
        >
          {rows.slice(0, drawn).map((event) => (
            <EventRow
              key={placeOf(event)}
              event={event}
              picked={event.id === picked}
              reachable={event === reachable}
              onPick={onPick}
            />
          ))}
        </ol>
        {rows.length === 0 && (
          <p className={styles.none}>{log.events.length > 0 ? words.noMatch : words.none}</p>
        )}
      </div>
      <p className={styles.foot}>{paused ? words.paused : words.bounded}</p>
      <Announcer events={log.events} />
    </section>
  );
}

/** The arrow keys go from row to row. */
function moveFocus(event: KeyboardEvent<HTMLOListElement>) {
  const rows = [...event.currentTarget.querySelectorAll("button")];
  const at = rows.indexOf(document.activeElement as HTMLButtonElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
  const row = to === undefined ? undefined : rows[to];
  if (!row) return;
  event.preventDefault();
  row.focus();
}

// The picture with all that belongs to it: what is chosen in it, how fast events flow, the legend, and the same in words.
import { useEffect, useRef, useState } from "react";
import type { BusEvent, Subscription } from "../api/types";
import { useText } from "../i18n/language";
import { Button } from "../ui/Button";
import { PauseIcon, PlayIcon } from "../ui/icons";
import { Glyph } from "./Glyph";
import type { Hears, Place } from "./hops";
import { KINDS } from "./kinds";
import { tall, wide } from "./layout";
import { NARROW, STILL, useMedia, useSeen } from "./media";
import { Picture } from "./Picture";
import styles from "./Picture.module.css";
import { PictureInWords } from "./PictureInWords";
import { placeStates } from "./subscriptions";
import { useFlights } from "./useFlights";
import type { Log } from "./useLog";
import type { Story } from "./useStory";

interface Props {
  log: Log;
  hears: Hears;
  /** The same, without those who are paused or cannot be reached. */
  now: Hears;
  subscriptions: readonly Subscription[];
  story: Story;
  /** Is given what draws new events. */
  onSender: (send: (events: BusEvent[]) => void) => void;
}

/** The figure. */
export function PictureFigure({ log, hears, now, subscriptions, story, onSender }: Props) {
  const words = useText().bus;
  const narrow = useMedia(NARROW);
  const still = useMedia(STILL);
  const seen = useSeen();
  const [held, setHeld] = useState(false);
  const [chosen, setChosen] = useState<Place>();
  const { flights, send, advance, sampled } = useFlights(now, seen && !held && !story.running);
  useEffect(() => onSender(send));
  const figure = useRef<HTMLElement>(null);
  useEffect(() => {
    if (story.running && narrow) figure.current?.scrollIntoView?.({ block: "start" });
  }, [story.running, narrow]);
  const told = story.flight && seen ? [story.flight] : [];
  return (
    <figure ref={figure} className={styles.figure}>
      <div className={styles.bar}>
        <span>{flowOf()}</span>
        <Button small look="quiet" onClick={() => setHeld(!held)}>
          {held ? <PlayIcon /> : <PauseIcon />}
          {held ? words.picture.go : words.picture.hold}
        </Button>
      </div>
      <Picture
        layout={narrow ? tall : wide}
        flights={story.running ? told : flights}
        onArrived={story.running ? story.arrived : advance}
        lit={story.running ? story.lit : []}
        still={still}
        events={log.events}
        states={placeStates(subscriptions, words)}
        chosen={chosen}
        onChoose={(place) => setChosen(place === chosen ? undefined : place)}
        others={hears.others !== undefined}
      />
      <p className={styles.explained} role="status">
        {chosen ? words.picture.explained[chosen] : words.picture.choose}
      </p>
      <ul className={styles.legend} aria-label={words.picture.legend}>
        {KINDS.map((kind) => (
          <li key={kind}>
            <Glyph kind={kind} />
            {words.picture.kinds[kind]}
          </li>
        ))}
      </ul>
      <PictureInWords hears={hears} />
    </figure>
  );

  function flowOf(): string {
    if (story.running) return words.picture.telling;
    if (held) return words.picture.held;
    if (log.state !== "live") return words.states[log.state];
    if (log.rate < 0.5) return words.picture.quiet;
    const rate = Math.round(log.rate);
    return sampled ? words.picture.sampled(rate) : words.picture.flowing(rate);
  }
}

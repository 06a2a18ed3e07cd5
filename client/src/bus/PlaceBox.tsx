// One place in the picture: a box that can be chosen by pointer and keyboard, with how it is doing.
import type { KeyboardEvent } from "react";
import { useText } from "../i18n/language";
import type { Tone } from "../ui/Badge";
import { classes } from "../ui/classes";
import type { Place } from "./hops";
import type { Box } from "./layout";
import styles from "./Picture.module.css";

/** How a place is doing, in a word or two. */
export interface PlaceState {
  text: string;
  tone: Tone;
}

interface Props {
  place: Place;
  box: Box;
  state: PlaceState | undefined;
  chosen: boolean;
  lit: boolean;
  /** Its name stands in the corner, for there is more in it. */
  corner: boolean;
  onChoose: () => void;
}

/** The box. */
export function PlaceBox({ place, box, state, chosen, lit, corner, onChoose }: Props) {
  const { picture: words } = useText().bus;
  const { x, y, width, height } = box;
  const low = height < 50;
  const wideCorner = corner && width > height;
  const middle = wideCorner ? x + 14 : x + width / 2;
  const line = low ? y + height / 2 + 6 : corner ? y + 24 : y + height / 2 - 3;
  const under = state?.text ?? words.doing[place];
  function onKey(event: KeyboardEvent) {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    onChoose();
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: there is no button in SVG
    <g
      role="button"
      tabIndex={0}
      aria-pressed={chosen}
      aria-label={`${words.names[place]}: ${under}`}
      onClick={onChoose}
      onKeyDown={onKey}
      className={classes(
        styles.place,
        styles[place],
        chosen && styles.chosen,
        lit && styles.litPlace,
        styles[state?.tone ?? "plain"],
      )}
    >
      <rect x={x} y={y} width={width} height={height} rx={place === "browser" ? 18 : 8} />
      <text x={middle} y={line} className={classes(styles.name, wideCorner && styles.start)}>
        {words.names[place]}
      </text>
      {!low && !corner && (
        <text x={middle} y={line + 20} className={styles.under}>
          {under}
        </text>
      )}
    </g>
  );
}

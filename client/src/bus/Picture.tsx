// The picture of the system: who is there, the bus with its last events, and events on their way. All of it is said in
// words below it too; what moves is not read aloud.
import type { ReactNode } from "react";
import { placeOf } from "../api/place";
import type { BusEvent } from "../api/types";
import { useText } from "../i18n/language";
import { classes } from "../ui/classes";
import { Shape } from "./Glyph";
import type { Hop, Place } from "./hops";
import { kindOf, plain } from "./kinds";
import { type Layout, type Point, pathOf } from "./layout";
import { Mark, StageClock } from "./Mark";
import styles from "./Picture.module.css";
import { PlaceBox, type PlaceState } from "./PlaceBox";
import { type Flight, STAGE_MS } from "./useFlights";

interface Props {
  layout: Layout;
  /** What moves, or lights up. */
  flights: readonly Flight[];
  onArrived: (flight: Flight) => void;
  /** Hops that stay lit: of the step that is told. */
  lit: readonly Hop[];
  still: boolean;
  /** Newest first. */
  events: readonly BusEvent[];
  states: Partial<Record<Place, PlaceState>>;
  chosen: Place | undefined;
  onChoose: (place: Place) => void;
  /** Who else subscribed, if anybody. */
  others: boolean;
}

const SERVICES: Place[] = ["posts", "comments", "moderation"];

/** With more marks than that, their names would cover each other. */
const MOST_NAMED = 6;

/** Every way that there is. */
function waysOf(others: boolean): Pick<Hop, "from" | "to">[] {
  return [
    ...SERVICES.flatMap((from) => [
      { from: "browser", to: from } as const,
      { from, to: "bus" } as const,
      { from: "bus", to: from } as const,
    ]),
    { from: "bus", to: "query" },
    { from: "query", to: "browser" },
    ...(others ? [{ from: "bus", to: "others" } as const] : []),
  ];
}

/** The picture. */
export function Picture({ layout, flights, onArrived, lit, still, events, states, ...rest }: Props) {
  const { chosen, onChoose, others } = rest;
  const { picture: words } = useText().bus;
  const places = (Object.keys(layout.boxes) as Place[]).filter((place) => place !== "others" || others);
  const moving = flights.flatMap((flight) => flight.stages[flight.stage] ?? []);
  const bright = new Set([...lit, ...moving].map(({ from, to }) => `${from} ${to}`));
  const named = moving.length <= (layout.name === "tall" ? MOST_NAMED / 2 : MOST_NAMED);
  return (
    // biome-ignore lint/a11y/useSemanticElements: there is no group in SVG that is read as one
    <svg
      viewBox={`0 0 ${layout.width} ${layout.height}`}
      className={classes(styles.picture, styles[layout.name])}
      role="group"
      aria-label={words.label}
    >
      <defs>
        <marker
          id="bus-tip"
          viewBox="0 0 8 8"
          refX="7"
          refY="4"
          markerWidth="7"
          markerHeight="7"
          orient="auto"
        >
          <path d="M0 0.5L8 4L0 7.5Z" className={styles.tip} />
        </marker>
        <marker
          id="bus-tip-lit"
          viewBox="0 0 8 8"
          refX="7"
          refY="4"
          markerWidth="5"
          markerHeight="5"
          orient="auto"
        >
          <path d="M0 0.5L8 4L0 7.5Z" className={styles.tipLit} />
        </marker>
      </defs>
      <Unspoken>
        {waysOf(others).map((hop) => {
          const shines = bright.has(`${hop.from} ${hop.to}`);
          return (
            <path
              key={`${hop.from} ${hop.to}`}
              d={pathOf(layout.way(hop))}
              className={classes(styles.way, shines && styles.lit)}
              markerEnd={`url(#${shines ? "bus-tip-lit" : "bus-tip"})`}
            />
          );
        })}
        <Door layout={layout} name={words.door} />
        {layout.notes.map(({ note, x, y, anchor }) => (
          <text key={`${note} ${x}`} x={x} y={y} className={classes(styles.note, styles[anchor])}>
            {words.notes[note]}
          </text>
        ))}
      </Unspoken>
      {places.map((place) => (
        <PlaceBox
          key={place}
          place={place}
          box={layout.boxes[place]}
          state={states[place]}
          chosen={chosen === place}
          lit={[...lit, ...moving].some((hop) => hop.to === place)}
          corner={place === "bus"}
          onChoose={() => onChoose(place)}
        />
      ))}
      <Unspoken>
        <LogCells layout={layout} events={events} />
        {flights.flatMap((flight) => [
          <StageClock
            key={`clock ${placeOf(flight.event)} ${flight.stage}`}
            ms={STAGE_MS}
            onEnd={() => onArrived(flight)}
          />,
          ...(still ? [] : (flight.stages[flight.stage] ?? [])).map((hop, index) => (
            <Mark
              key={`${placeOf(flight.event)} ${flight.stage} ${hop.to}`}
              type={flight.event.type}
              way={layout.way(hop)}
              ms={STAGE_MS}
              named={named && index === 0}
              edge={layout.width}
            />
          )),
        ])}
      </Unspoken>
    </svg>
  );
}

/** What is drawn only: the table below says it in words. */
const Unspoken = ({ children }: { children: ReactNode }) => (
  // biome-ignore lint/a11y/noAriaHiddenOnFocusable: nothing in it takes the focus
  <g aria-hidden="true" className={styles.quiet}>
    {children}
  </g>
);

function Door({ layout, name }: { layout: Layout; name: string }) {
  const { x, y, width, height } = layout.door;
  const tall = height > width;
  const [cx, cy] = [x + width / 2, y + height / 2];
  return (
    <g>
      <rect x={x} y={y} width={width} height={height} rx="6" className={styles.door} />
      <text
        x={tall ? cx : cx + 8}
        y={tall ? cy + 50 : cy + 5}
        transform={tall ? `rotate(-90 ${cx} ${cy + 50}) translate(-24 5)` : undefined}
        className={styles.doorName}
      >
        {name}
      </text>
    </g>
  );
}

/** The last events in the log, the newest at its end. */
function LogCells({ layout, events }: { layout: Layout; events: readonly BusEvent[] }) {
  const { first, step, count, head } = layout.log;
  const newest = events[0];
  const at = (index: number): Point => ({ x: first.x + step.x * index, y: first.y + step.y * index });
  return (
    <>
      {newest && (
        <text
          x={head.x}
          y={head.y}
          className={classes(styles.head, layout.name === "tall" && styles.centred)}
        >
          #{plain(placeOf(newest))}
        </text>
      )}
      {Array.from({ length: count }, (_, index) => {
        const event = events[index];
        const { x, y } = at(index);
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a cell is its place
          <g key={index} transform={`translate(${x} ${y})`}>
            {layout.name === "wide" && (
              <rect x="-14" y="-14" width="28" height="28" className={styles.cell} />
            )}
            {event && <Shape kind={kindOf(event.type)} />}
          </g>
        );
      })}
    </>
  );
}

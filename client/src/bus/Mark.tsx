// A mark that moves along a way once. It moves by transform alone, and rests where it arrived until it is taken away.
import { useEffect, useRef } from "react";
import { classes } from "../ui/classes";
import { Shape } from "./Glyph";
import { type Kind, kindOf } from "./kinds";
import { framesAlong, type Point } from "./layout";
import styles from "./Picture.module.css";

interface Props {
  type: string;
  way: Point[];
  ms: number;
  /** Its type is written beside it. */
  named: boolean;
  /** The picture's width: names stay within it. */
  edge: number;
}

/** What a name may need beside its mark. */
const ROOM = 150;

/** The mark of one hop. */
export function Mark({ type, way, ms, named, edge }: Props) {
  const mark = useRef<SVGGElement>(null);
  const path = JSON.stringify(way);
  useEffect(() => {
    const frames = framesAlong(JSON.parse(path) as Point[]);
    mark.current?.animate?.(frames, { duration: ms, easing: "ease-in-out", fill: "both" });
  }, [path, ms]);
  const kind: Kind = kindOf(type);
  return (
    <g ref={mark} className={styles.mark}>
      <Shape kind={kind} />
      {named && <text {...placeOf(way, edge)}>{type}</text>}
    </g>
  );
}

/** Where there is room for a name: beside the mark, or above it where it goes sideways. */
function placeOf(way: Point[], edge: number) {
  const furthest = Math.max(...way.map(({ x }) => x));
  if (edge < 400 && furthest < edge - 60 && way.every(({ y }) => y === way[0]?.y)) {
    return { x: 0, y: -12, className: classes(styles.markName, styles.middle) };
  }
  return furthest > edge - ROOM
    ? { x: -13, y: 5, className: classes(styles.markName, styles.end) }
    : { x: 13, y: 5, className: styles.markName };
}

/** Ends a stage when its time is over, whether anything moved or not. */
export function StageClock({ ms, onEnd }: { ms: number; onEnd: () => void }) {
  const end = useRef(onEnd);
  useEffect(() => {
    end.current = onEnd;
  });
  useEffect(() => {
    const timer = setTimeout(() => end.current(), ms);
    return () => clearTimeout(timer);
  }, [ms]);
  return null;
}

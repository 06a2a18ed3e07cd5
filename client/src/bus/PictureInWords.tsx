// What the picture says, as a table: who owns what, says what, and hears what.
import { useText } from "../i18n/language";
import type { Hears, Place } from "./hops";
import { SAYS } from "./kinds";
import styles from "./Picture.module.css";

const ROWS: Place[] = ["posts", "comments", "moderation", "bus", "query"];

/** The table, folded until it is wished for. */
export function PictureInWords({ hears }: { hears: Hears }) {
  const words = useText().bus;
  const rows = hears.others === undefined ? ROWS : [...ROWS, "others" as const];
  const typesOf = (types: readonly string[] | null | undefined) =>
    types === null ? words.subscriptions.everything : types?.length ? [...types].sort().join(", ") : "–";
  return (
    <details className={styles.words}>
      <summary>{words.inWords.title}</summary>
      <p>{words.inWords.text}</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it */}
      <section className={styles.table} aria-label={words.inWords.title} tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">{words.inWords.who}</th>
              <th scope="col">{words.inWords.says}</th>
              <th scope="col">{words.inWords.hears}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((place) => (
              <tr key={place}>
                <th scope="row">{words.picture.names[place]}</th>
                <td>{typesOf((SAYS as Partial<Record<Place, readonly string[]>>)[place])}</td>
                <td>{typesOf(hears[place])}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </details>
  );
}

// A causal chain as a timeline: what came of what, and how long each hop took. Every event in it can be picked.
import { placeOf } from "../api/place";
import { useLanguage, useText } from "../i18n/language";
import { classes } from "../ui/classes";
import styles from "./Chain.module.css";
import { duration, type Step } from "./chain";
import { Glyph } from "./Glyph";
import { kindOf, plain } from "./kinds";

/** The timeline. */
export function Chain({ steps, onPick }: { steps: readonly Step[]; onPick: (id: string) => void }) {
  const language = useLanguage();
  const words = useText().bus.details;
  return (
    <ol className={styles.chain} aria-label={words.chain}>
      {steps.map((step) => (
        <li
          key={placeOf(step.event)}
          className={classes(step.picked && styles.picked)}
          style={{ marginInlineStart: `${Math.min(step.indent, 6)}rem` }}
        >
          {step.delayMs !== undefined && (
            <span className={styles.delay}>{words.after(duration(step.delayMs, language))}</span>
          )}
          <button
            type="button"
            className={styles.step}
            aria-current={step.picked || undefined}
            onClick={() => onPick(step.event.id)}
          >
            <span className={styles.glyph}>
              <Glyph kind={kindOf(step.event.type)} />
            </span>
            <span className={styles.type}>{step.event.type}</span>
            <span className={styles.soft}>{step.event.source}</span>
            <span className={styles.soft}>#{plain(placeOf(step.event))}</span>
          </button>
        </li>
      ))}
    </ol>
  );
}

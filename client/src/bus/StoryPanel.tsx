// What happens when somebody comments, in four steps; and the latest comment's own way, step by step, in the picture.
import { type KeyboardEvent, useRef } from "react";
import { placeOf } from "../api/place";
import { useLanguage, useText } from "../i18n/language";
import { Button, ButtonLink } from "../ui/Button";
import { classes } from "../ui/classes";
import { Notice } from "../ui/Notice";
import { saidOf } from "../ui/states";
import { duration } from "./chain";
import { Glyph } from "./Glyph";
import { kindOf, plain, postOf } from "./kinds";
import styles from "./StoryPanel.module.css";
import { CHAPTERS, type Story } from "./useStory";

/** The story beside the picture. */
export function StoryPanel({ story }: { story: Story }) {
  const text = useText();
  const words = text.bus.story;
  const { at, steps, step, running } = story;
  const next = useRef<HTMLButtonElement>(null);
  const last = at !== undefined && at >= steps.length - 1;
  const move = (by: number) => {
    if (at !== undefined && steps[at + by]) story.go(at + by);
  };
  function onKey(event: KeyboardEvent) {
    if (!running || (event.key !== "ArrowLeft" && event.key !== "ArrowRight")) return;
    event.preventDefault();
    move(event.key === "ArrowRight" ? 1 : -1);
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the arrow keys are a short cut; the buttons do the same
    <div className={classes(styles.story, running && styles.telling)} onKeyDown={onKey}>
      <h2>{words.title}</h2>
      <ol className={styles.steps}>
        {CHAPTERS.map((chapter) => {
          const told = steps.find((one) => one.chapter === chapter);
          const now = step?.chapter === chapter;
          return (
            <li key={chapter} aria-current={now ? "step" : undefined} className={classes(now && styles.now)}>
              <p>
                <strong>{words.chapters[chapter].title}</strong> {words.chapters[chapter].text}
              </p>
              {running && told && <ToldEvent told={told} />}
            </li>
          );
        })}
      </ol>
      {story.missing && <Notice>{words.missing}</Notice>}
      {story.error && <Notice tone="bad">{saidOf(story.error, text)}</Notice>}
      <div className={styles.actions}>
        {running ? (
          <>
            <Button small onClick={() => move(-1)} aria-disabled={at === 0 || undefined}>
              {words.previous}
            </Button>
            <Button small look="primary" ref={next} autoFocus onClick={() => (last ? story.go(0) : move(1))}>
              {last ? words.again : words.next}
            </Button>
            <Button small look="quiet" onClick={story.stop}>
              {words.stop}
            </Button>
            {step && postOf(step.event) && (
              <ButtonLink small look="quiet" to={`/p/${postOf(step.event)}`}>
                {text.bus.details.toPost}
              </ButtonLink>
            )}
          </>
        ) : (
          <Button look="primary" onClick={story.start}>
            {words.show}
          </Button>
        )}
      </div>
      <p role="status" className={styles.said}>
        {step && words.stepOf(steps.indexOf(step) + 1, steps.length)}
      </p>
    </div>
  );
}

function ToldEvent({ told }: { told: Story["steps"][number] }) {
  const language = useLanguage();
  const words = useText().bus.story;
  return (
    <p className={styles.told}>
      <Glyph kind={kindOf(told.event.type)} /> {told.event.type} #{plain(placeOf(told.event))}
      {told.delayMs !== undefined && <> · {words.later(duration(told.delayMs, language))}</>}
    </p>
  );
}

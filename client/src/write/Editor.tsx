// The field for a Markdown text: writing and looking at it, how much room is left, and how the signs go.
import { Tabs } from "@base-ui/react/tabs";
import type { ReactNode } from "react";
import { usePreview } from "../api/preview";
import { useText } from "../i18n/language";
import { Button } from "../ui/Button";
import { classes } from "../ui/classes";
import { Field } from "../ui/Field";
import { Markdown } from "../ui/Markdown";
import { Said } from "../ui/states";
import { TextArea } from "../ui/TextArea";
import styles from "./Editor.module.css";
import { roomOf } from "./Room";

export type Mode = "write" | "preview";

interface Props {
  label: string;
  optional?: boolean;
  error: ReactNode;
  most: number;
  /** For a text that is usually long. */
  tall?: boolean;
  mode: Mode;
  onMode: (mode: Mode) => void;
  value: string;
  readOnly: boolean;
  onChange: (event: { target: { value: string } }) => void;
}

/** The field. The text stays in the page while its preview is shown, with the place where one was. */
export function Editor({ label, optional, error, most, tall, mode, onMode, ...control }: Props) {
  const text = useText();
  return (
    <div className={styles.editor}>
      <Field
        label={label}
        optional={optional ?? false}
        error={error}
        hint={roomOf(control.value, most, text)}
      >
        {({ className, ...field }) => (
          <Tabs.Root value={mode} onValueChange={(next: Mode) => onMode(next)}>
            <Tabs.List activateOnFocus={false} aria-label={text.write.editor.mode} className={styles.tabs}>
              <Tabs.Tab value="write" className={styles.tab}>
                {text.write.editor.write}
              </Tabs.Tab>
              <Tabs.Tab value="preview" className={styles.tab}>
                {text.write.editor.preview}
              </Tabs.Tab>
            </Tabs.List>
            <Tabs.Panel value="write" keepMounted tabIndex={-1} className={styles.panel}>
              <TextArea {...field} {...control} className={classes(className, tall && styles.tall)} />
            </Tabs.Panel>
            <Tabs.Panel value="preview" className={styles.panel}>
              {/* Headings of the text are below it. */}
              <h2 className={styles.unseen}>{text.write.editor.preview}</h2>
              <Preview content={control.value} />
            </Tabs.Panel>
          </Tabs.Root>
        )}
      </Field>
      <Help />
    </div>
  );
}

function Preview({ content }: { content: string }) {
  const text = useText();
  const empty = content.trim() === "";
  const { data, error, isFetching, refetch } = usePreview(content, !empty);
  if (empty) return <p className={styles.quiet}>{text.write.editor.nothing}</p>;
  if (error) {
    return (
      <div className={styles.preview} role="alert">
        <p>
          <Said error={error} />
        </p>
        <Button small onClick={() => void refetch()}>
          {text.ui.retry}
        </Button>
      </div>
    );
  }
  return (
    <div className={styles.preview} aria-busy={isFetching} aria-live="polite">
      {data === undefined ? <p className={styles.quiet}>{text.ui.loading}</p> : <Markdown html={data} />}
    </div>
  );
}

function Help() {
  const { editor } = useText().write;
  return (
    <details className={styles.help}>
      <summary>{editor.help}</summary>
      <p>{editor.helpText}</p>
      <dl>
        {editor.samples.map(([signs, meaning]) => (
          <div key={signs}>
            <dt>
              <code>{signs}</code>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

// Why something is rejected: a word of one's own, or one of those that are often needed. It may stay empty.
import { type FormEvent, type KeyboardEvent, useEffect, useLayoutEffect, useRef, useState } from "react";
import { useText } from "../i18n/language";
import { keep, recall } from "../storage";
import { Button } from "../ui/Button";
import { Field } from "../ui/Field";
import styles from "./ReasonForm.module.css";
import { muteShortcuts } from "./shortcuts";

/** The longest reason that the board takes, in characters. */
const LONGEST = 1000;
/** Under this name, for this tab, what was last said is kept: often it is needed again. */
const LAST = "last-reason";

interface Props {
  label: string;
  onSend: (reason: string | undefined) => void;
  onCancel: () => void;
}

/** The field has the focus when it appears; Enter rejects, Escape cancels. */
export function ReasonForm({ label, onSend, onCancel }: Props) {
  const text = useText();
  const { offered, hint, presets } = text.moderation.reason;
  const lastSaid = recall(LAST, "tab");
  const suggestions = lastSaid && !offered.includes(lastSaid) ? [lastSaid, ...offered] : offered;
  const [reason, setReason] = useState("");
  const form = useRef<HTMLFormElement>(null);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    input.current?.focus({ preventScroll: true });
    form.current?.scrollIntoView({ block: "nearest" });
  }, []);

  // It may go while one writes; what is typed on must not be taken for commands then.
  const ended = useRef(false);
  useLayoutEffect(() => {
    const here = form.current;
    muteShortcuts(false);
    return () => {
      if (!ended.current && here?.contains(document.activeElement)) muteShortcuts(true);
    };
  }, []);

  const cancel = () => {
    ended.current = true;
    onCancel();
  };
  const send = (event: FormEvent) => {
    event.preventDefault();
    const said = reason.trim() || undefined;
    if (said) keep(LAST, said, "tab");
    ended.current = true;
    onSend(said);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") {
      event.preventDefault();
      cancel();
    }
  };
  const suggest = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    // Before the first and behind the last stands the empty field.
    const places = suggestions.length + 1;
    const next = (suggestions.indexOf(reason) + 1 + step + places) % places;
    setReason(suggestions[next - 1] ?? "");
  };

  return (
    <form ref={form} className={styles.form} onSubmit={send} onKeyDown={onKeyDown}>
      <Field label={label} hint={<span className={styles.byKeys}>{hint}</span>} optional>
        {(field) => (
          <input
            {...field}
            ref={input}
            value={reason}
            maxLength={LONGEST}
            autoComplete="off"
            onChange={(event) => setReason(event.target.value)}
            onKeyDown={suggest}
          />
        )}
      </Field>
      <div className={styles.actions}>
        <Button type="submit" look="danger">
          {text.moderation.reject}
        </Button>
        <Button look="quiet" onClick={cancel}>
          {text.ui.cancel}
        </Button>
      </div>
      <fieldset className={styles.presets}>
        <legend>{presets}</legend>
        {suggestions.map((suggestion) => (
          <Button
            key={suggestion}
            small
            aria-pressed={suggestion === reason}
            onClick={() => {
              setReason(suggestion);
              input.current?.focus();
            }}
          >
            {suggestion}
          </Button>
        ))}
      </fieldset>
    </form>
  );
}

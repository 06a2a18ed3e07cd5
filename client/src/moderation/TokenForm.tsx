// Boards that are reached from elsewhere ask moderators for the board's token.
import { type FormEvent, useRef, useState } from "react";
import { ProblemError } from "../api/problem";
import { setModeratorToken } from "../api/token";
import { useText } from "../i18n/language";
import { Button } from "../ui/Button";
import { Field } from "../ui/Field";
import { saidOf } from "../ui/states";
import styles from "./TokenForm.module.css";

/** Whether an error asks for the token: always (401), or because the board goes by another name here than localhost (403). */
export const isLocked = (error: unknown): boolean =>
  error instanceof ProblemError && (error.status === 401 || error.status === 403);

/** Asks for the token. `onToken` tries it, and answers what went wrong. */
export function TokenForm({ onToken }: { onToken: () => Promise<unknown> }) {
  const text = useText();
  const words = text.moderation.token;
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const input = useRef<HTMLInputElement>(null);

  const enter = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    const token = input.current?.value.trim();
    input.current?.focus();
    // What a header cannot carry is no token of any board.
    const wrong = !token ? words.missing : /^[\x21-\x7e]+$/.test(token) ? undefined : words.wrong;
    setError(wrong);
    if (wrong) return;
    setBusy(true);
    setModeratorToken(token ?? null);
    const problem = await onToken();
    setBusy(false);
    if (!problem) return;
    if (isLocked(problem)) setModeratorToken(null);
    setError(isLocked(problem) ? words.wrong : saidOf(problem, text));
    input.current?.select();
  };

  return (
    <form className={styles.form} onSubmit={(event) => void enter(event)} noValidate>
      <h2>{words.title}</h2>
      <p className={styles.text}>{words.text}</p>
      <Field label={words.label} hint={words.hint} error={error}>
        {(field) => (
          <input {...field} ref={input} type="password" autoComplete="off" spellCheck={false} required />
        )}
      </Field>
      <div>
        <Button type="submit" look="primary" busy={busy}>
          {words.enter}
        </Button>
      </div>
    </form>
  );
}

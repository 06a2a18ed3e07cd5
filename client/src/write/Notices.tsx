// What a form says about itself: that it was begun before, and how the sending goes.
import { ProblemError } from "../api/problem";
import type { Text } from "../i18n/en";
import { useText } from "../i18n/language";
import { Button } from "../ui/Button";
import { Notice } from "../ui/Notice";
import { Said } from "../ui/states";
import styles from "./Form.module.css";
import { TRIES } from "./patience";
import { type Sending, useOnline } from "./useSending";

/** One quiet line: this was here before, and may be thrown away. */
export function RestoredDraft({
  restored,
  unsure,
  onDiscard,
}: {
  restored: boolean;
  unsure: boolean;
  onDiscard: () => void;
}) {
  const { draft } = useText().write;
  if (!restored) return null;
  return (
    <p role="status" className={styles.restored}>
      <span>{unsure ? draft.unsure : draft.restored}</span>
      <Button look="quiet" small onClick={onDiscard}>
        {draft.discard}
      </Button>
    </p>
  );
}

/** How the sending goes, where that is worth a word. */
export function SendNotice({ sending: { phase, stop }, marked }: { sending: Sending; marked: boolean }) {
  const text = useText();
  const { send } = text.write;
  const online = useOnline();
  if (phase.name === "waiting") {
    return (
      <Notice tone="warn">
        <span className={styles.line}>
          <span>
            <span aria-hidden="true">{send.waiting(phase.seconds)}</span> {send.tries(phase.next, TRIES)}
          </span>
          {/* The key keeps it from turning into the button that sends, under the very press that stops. */}
          <Button key="stop" small onClick={stop}>
            {send.stop}
          </Button>
        </span>
      </Notice>
    );
  }
  if (phase.name === "offline" || (!online && phase.name === "idle")) {
    return (
      <Notice tone="warn">
        <span className={styles.line}>
          <span>
            {!online && send.offline} {send.kept}
          </span>
          {online && (
            <Button key="again" small type="submit">
              {send.again}
            </Button>
          )}
        </span>
      </Notice>
    );
  }
  if (phase.name !== "failed") return null;
  const { problem } = phase;
  if (marked) return <Notice tone="bad">{text.write.wrong.check}</Notice>;
  const passing = problem instanceof ProblemError && problem.passing;
  return (
    <Notice tone="bad">
      <span className={styles.line}>
        <span>
          {failureOf(problem, text) ?? <Said error={problem} />} {passing && send.kept}
        </span>
        {passing && (
          <Button key="again" small type="submit">
            {send.again}
          </Button>
        )}
      </span>
    </Notice>
  );
}

function failureOf(problem: unknown, text: Text): string | undefined {
  if (!(problem instanceof ProblemError)) return undefined;
  if (problem.unreachable) return text.write.send.unreachable;
  if (problem.status === 401 || problem.status === 403) return text.write.wrong.notYours;
  if (problem.status === 404 || problem.status === 410) return text.write.wrong.gone;
  const parent = problem.at("parentId");
  // What it answers is gone, or stands too deep (comments/src/http/refusal.rs).
  return parent && (/levels deep/.test(parent) ? text.write.wrong.deep : text.write.wrong.gone);
}

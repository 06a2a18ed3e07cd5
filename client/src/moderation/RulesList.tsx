// The rules in force, in words.
import { useRules } from "../api/moderation";
import type { Rule } from "../api/types";
import { useText } from "../i18n/language";
import { Badge, type Tone } from "../ui/Badge";
import { ErrorState, Skeleton } from "../ui/states";
import styles from "./RulesList.module.css";

const TONES: Record<string, Tone> = { reject: "bad", hold: "warn", approve: "good" };

/** The rules, in the order in which they are asked. */
export function RulesList() {
  const words = useText().moderation.rules;
  const { data, error, isPending, refetch } = useRules();
  if (isPending) return <Skeleton />;
  if (error) return <ErrorState error={error} onRetry={() => void refetch()} />;
  return (
    <>
      <p className={styles.intro}>{words.intro}</p>
      <ol className={styles.rules}>
        {data.map((rule) => (
          <li key={rule.name}>
            <RuleText rule={rule} />
          </li>
        ))}
      </ol>
    </>
  );
}

function RuleText({ rule }: { rule: Rule }) {
  const { rules: words } = useText().moderation;
  const about = rule.appliesTo.map((kind) => words.of[kind] ?? kind).join(words.and);
  const { longerThan, shorterThan } = rule;
  const always = !rule.words?.length && !rule.pattern && longerThan == null && shorterThan == null;
  return (
    <div className={styles.rule}>
      <h2 className={styles.name}>{rule.name}</h2>
      <p>
        <Badge tone={TONES[rule.action] ?? "plain"}>{words.action[rule.action] ?? rule.action}</Badge>{" "}
        <span className={styles.about}>{about}</span>
      </p>
      <ul className={styles.conditions}>
        {rule.words && rule.words.length > 0 && (
          <li>
            {words.words}:{" "}
            <span className={styles.words}>{rule.words.map((word) => `“${word}”`).join(", ")}</span>
          </li>
        )}
        {rule.pattern && (
          <li>
            {words.pattern} <code>{rule.pattern}</code>
          </li>
        )}
        {longerThan != null && <li>{words.longer(longerThan)}</li>}
        {shorterThan != null && <li>{words.shorter(shorterThan)}</li>}
        {always && <li>{words.always}</li>}
      </ul>
      {rule.reason && (
        <p className={styles.about}>
          {words.reason}: {rule.reason}
        </p>
      )}
    </div>
  );
}

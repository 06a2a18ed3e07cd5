// The name that one goes by. It is optional, and remembered in this browser once something was sent with it.
import type { ReactNode } from "react";
import { useText } from "../i18n/language";
import { keep, recall } from "../storage";
import { Field } from "../ui/Field";
import styles from "./Form.module.css";
import { LIMITS } from "./limits";
import { roomOf } from "./Room";

const NAME = "name";

/** The name that was used last. */
export const rememberedName = (): string => recall(NAME) ?? "";

/** Remembers it; an empty one is forgotten. */
export const rememberName = (name: string): boolean => keep(NAME, name.trim() || null);

interface Props {
  error: ReactNode;
  control: { value: string; readOnly: boolean; onChange: (event: { target: { value: string } }) => void };
}

/** The field. */
export function NameField({ error, control }: Props) {
  const text = useText();
  const { fields } = text.write;
  const room = roomOf(control.value, LIMITS.authorName, text);
  return (
    <div className={styles.name}>
      <Field label={fields.name} optional error={error} hint={room ?? fields.nameHint}>
        {(field) => <input {...field} {...control} type="text" autoComplete="nickname" />}
      </Field>
    </div>
  );
}

// The bottom of a form: the button that sends, the way out, and how to send by key.
import { useText } from "../i18n/language";
import { Button } from "../ui/Button";
import styles from "./Form.module.css";

/** The buttons. */
export function FormActions({
  label,
  busy,
  onCancel,
}: {
  label: string;
  busy: boolean;
  onCancel?: (() => void) | undefined;
}) {
  const { send } = useText().write;
  return (
    <div className={styles.actions}>
      <Button look="primary" type="submit" busy={busy}>
        {busy ? send.busy : label}
      </Button>
      {onCancel && (
        <Button look="quiet" onClick={onCancel}>
          {send.cancel}
        </Button>
      )}
      <span className={styles.keys}>{send.keys}</span>
    </div>
  );
}

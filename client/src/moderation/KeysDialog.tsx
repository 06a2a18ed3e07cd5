// All keys, and the switch for those who cannot use single ones.
import { Fragment, useId } from "react";
import { useText } from "../i18n/language";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import styles from "./KeysDialog.module.css";
import { KEYS } from "./keys";
import { setSingleKeys, useSingleKeys } from "./shortcuts";

/** The dialog. */
export function KeysDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const text = useText();
  const words = text.moderation.keys;
  const on = useSingleKeys();
  const hint = useId();
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={words.title}
      actions={
        <Button look="primary" onClick={onClose}>
          {text.ui.close}
        </Button>
      }
    >
      <dl className={styles.keys}>
        {KEYS.map(([command, keys]) => (
          <div key={command}>
            <dt>
              {keys.map((key, index) => (
                <Fragment key={key}>
                  {index > 0 && <span className={styles.or}> {words.or} </span>}
                  <kbd>{key}</kbd>
                </Fragment>
              ))}
            </dt>
            <dd>{words.of[command]}</dd>
          </div>
        ))}
      </dl>
      <div>
        <label className={styles.single}>
          <input
            type="checkbox"
            checked={on}
            aria-describedby={hint}
            onChange={(event) => setSingleKeys(event.target.checked)}
          />
          {words.single}
        </label>
        <p id={hint} className={styles.hint}>
          {words.hint}
        </p>
      </div>
    </Dialog>
  );
}

// Shows this browser's key, to be kept or carried to another browser, and takes one from there.
import { useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { ownerKey, takeOwnerKey } from "../api/owner-key";
import { useText } from "../i18n/language";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Field } from "../ui/Field";
import styles from "./Form.module.css";

/** As the services take it: visible ASCII without spaces. */
const GOOD = /^[!-~]{16,256}$/;

/** The dialog. With another key the page begins anew: what was read was read with the old one. */
export function KeyDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const text = useText();
  const { key } = text.write;
  const own = useRef<HTMLInputElement>(null);
  const [said, setSaid] = useState("");
  const [other, setOther] = useState("");
  const [wrong, setWrong] = useState<string>();
  const client = useQueryClient();

  async function copy(): Promise<void> {
    own.current?.select();
    // Without https there is no clipboard: then the key is marked, to be copied by hand.
    await navigator.clipboard?.writeText(ownerKey()).then(
      () => setSaid(key.copied),
      () => undefined,
    );
  }

  function use(): void {
    const given = other.trim();
    if (!GOOD.test(given)) setWrong(key.bad);
    else if (takeOwnerKey(given)) window.location.reload();
    else {
      // After a reload the old one would be back.
      setWrong(key.notKept);
      void client.invalidateQueries();
    }
  }

  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={key.title}
      actions={
        <Button look="quiet" onClick={onClose}>
          {text.ui.close}
        </Button>
      }
    >
      <p>{key.text}</p>
      <Field label={key.yours}>
        {(field) => (
          <div className={styles.secret}>
            <input
              {...field}
              ref={own}
              type="text"
              readOnly
              value={ownerKey()}
              onFocus={(event) => event.target.select()}
            />
            <Button onClick={() => void copy()}>{key.copy}</Button>
            <span role="status">{said}</span>
          </div>
        )}
      </Field>
      <Field label={key.other} hint={key.otherHint} error={wrong}>
        {(field) => (
          <div className={styles.secret}>
            <input
              {...field}
              type="text"
              autoComplete="off"
              spellCheck={false}
              value={other}
              onChange={(event) => {
                setOther(event.target.value);
                setWrong(undefined);
              }}
            />
            <Button onClick={use}>{key.use}</Button>
          </div>
        )}
      </Field>
    </Dialog>
  );
}

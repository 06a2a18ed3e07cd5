// Moves a subscription's cursor, after it was said what that means.
import { useId, useState } from "react";
import type { Subscription } from "../api/types";
import { useText } from "../i18n/language";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Field } from "../ui/Field";
import { Notice } from "../ui/Notice";
import { plain } from "./kinds";
import styles from "./Subscriptions.module.css";
import { consequenceOf, placeFor, TARGETS, type Target } from "./subscriptions";

interface Props {
  open: boolean;
  subscription: Subscription;
  onClose: () => void;
  onSeek: (to: string) => void;
}

/** The question. */
export function SeekDialog({ open, subscription, onClose, onSeek }: Props) {
  const text = useText();
  const words = text.bus.seek;
  const group = useId();
  const [target, setTarget] = useState<Target>("start");
  const [typed, setTyped] = useState({ sequence: plain(subscription.cursor), time: "" });
  const value = target === "sequence" || target === "time" ? typed[target] : "";
  const place = placeFor(target, value);
  const beyond = target === "sequence" && place !== undefined && BigInt(place) > BigInt(subscription.head);
  const ready = place !== undefined && !beyond;
  const actions = (
    <>
      <Button look="quiet" onClick={onClose}>
        {text.ui.cancel}
      </Button>
      <Button
        look="primary"
        disabled={!ready}
        onClick={() => {
          if (place === undefined) return;
          onSeek(place);
          onClose();
        }}
      >
        {words.confirm}
      </Button>
    </>
  );
  return (
    <Dialog open={open} onClose={onClose} title={words.title(subscription.name)} actions={actions}>
      <fieldset className={styles.targets}>
        <legend>{words.where}</legend>
        {TARGETS.map((name) => (
          <label key={name}>
            <input type="radio" name={group} checked={target === name} onChange={() => setTarget(name)} />
            {words.targets[name]}
          </label>
        ))}
      </fieldset>
      {target === "sequence" && (
        <Field label={words.sequence}>
          {(field) => (
            <input
              {...field}
              inputMode="numeric"
              value={typed.sequence}
              onChange={(event) => setTyped({ ...typed, sequence: event.target.value })}
            />
          )}
        </Field>
      )}
      {target === "time" && (
        <Field label={words.time}>
          {(field) => (
            <input
              {...field}
              type="datetime-local"
              step="1"
              value={typed.time}
              onChange={(event) => setTyped({ ...typed, time: event.target.value })}
            />
          )}
        </Field>
      )}
      <Notice tone="warn">{consequenceOf(target, value, subscription, words)}</Notice>
    </Dialog>
  );
}

// A question that must be answered before anything else. Load it with the page that asks (it is not in the first load).
import { Dialog as Base } from "@base-ui/react/dialog";
import type { ReactNode } from "react";
import { useText } from "../i18n/language";
import { Button } from "./Button";
import styles from "./Dialog.module.css";

interface DialogProps {
  open: boolean;
  onClose: () => void;
  title: string;
  children?: ReactNode;
  /** The buttons at the bottom. */
  actions?: ReactNode;
}

/** A dialog: it holds the focus, Escape closes it, and the focus returns to where it was. */
export function Dialog({ open, onClose, title, children, actions }: DialogProps) {
  return (
    <Base.Root open={open} onOpenChange={(next) => next || onClose()}>
      <Base.Portal>
        <Base.Backdrop className={styles.veil} />
        <Base.Popup className={styles.dialog}>
          <Base.Title className={styles.title}>{title}</Base.Title>
          {children}
          {actions && <div className={styles.actions}>{actions}</div>}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

interface ConfirmProps extends Omit<DialogProps, "actions"> {
  /** What is done, as a verb: "Delete". */
  confirm: string;
  onConfirm: () => void;
  danger?: boolean;
}

/** Asks before something that cannot be taken back. */
export function ConfirmDialog({ confirm, onConfirm, danger, ...rest }: ConfirmProps) {
  const text = useText();
  const actions = (
    <>
      <Button look="quiet" onClick={rest.onClose}>
        {text.ui.cancel}
      </Button>
      <Button
        look={danger ? "danger" : "primary"}
        onClick={() => {
          onConfirm();
          rest.onClose();
        }}
      >
        {confirm}
      </Button>
    </>
  );
  return <Dialog {...rest} actions={actions} />;
}

// Short messages at the edge of the page, with one thing that may be done about them, such as taking it back.
import { Toast } from "@base-ui/react/toast";
import { useText } from "../i18n/language";
import { Button } from "./Button";
import { IconButton } from "./IconButton";
import { CloseIcon } from "./icons";
import styles from "./Toast.module.css";

/** A message. */
export interface ToastMessage {
  text: string;
  /** What may be done: a word, and what happens. It closes the message. */
  action?: { label: string; run: () => void };
  /** It went wrong: said at once. */
  urgent?: boolean;
  /** How long it stays, in ms; 0 for until it is closed. */
  stays?: number;
  /** It went away, by time or by hand, and the action was not taken. */
  onGone?: () => void;
}

const manager = Toast.createToastManager();

/** Shows a message, from anywhere; the answer closes it (and `onGone` is told). */
export function showToast({ text, action, urgent, stays, onGone }: ToastMessage): () => void {
  let acted = false;
  const id = manager.add({
    title: text,
    timeout: stays ?? (action ? 8_000 : 5_000),
    priority: urgent ? "high" : "low",
    type: urgent ? "urgent" : "plain",
    onClose: () => {
      if (!acted) onGone?.();
    },
    ...(action && {
      actionProps: {
        children: action.label,
        onClick: () => {
          acted = true;
          action.run();
          manager.close(id);
        },
      },
    }),
  });
  return () => manager.close(id);
}

/** The place where messages appear. */
export function Toasts() {
  const text = useText();
  return (
    <Toast.Provider toastManager={manager} limit={3}>
      <Toast.Portal>
        <Toast.Viewport className={styles.viewport} aria-label={text.app.toasts}>
          <ToastList />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}

function ToastList() {
  const text = useText();
  const { toasts } = Toast.useToastManager();
  return toasts.map((toast) => (
    <Toast.Root key={toast.id} toast={toast} swipeDirection={["down", "right"]} className={styles.toast}>
      <Toast.Title render={<p />} className={styles.text} />
      <Toast.Action render={<Button small look="plain" />} />
      <Toast.Close render={<IconButton small label={text.ui.close} icon={<CloseIcon />} />} />
    </Toast.Root>
  ));
}

// Tells the moderators about a comment, with a reason.

import { type FormEvent, type ReactNode, useId, useState } from "react";
import { useReportComment } from "../api/comments";
import type { Comment } from "../api/types";
import { useText } from "../i18n/language";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Field } from "../ui/Field";
import { isolated } from "../ui/isolated";
import { TextArea } from "../ui/TextArea";
import { showToast } from "../ui/Toast";
import styles from "./Form.module.css";
import { flawAt } from "./flaws";
import { LIMITS, wrongWith } from "./limits";
import { SendNotice } from "./Notices";
import { roomOf } from "./Room";
import { useSending } from "./useSending";

interface Props {
  postId: string;
  comment: Comment;
  open: boolean;
  onClose: () => void;
}

const DEMANDS = { reason: { most: LIMITS.reason, required: true } };

/** The dialog. What was written in it stays until it is sent. */
export function ReportDialog({ comment, open, onClose }: Props) {
  const text = useText();
  const id = useId();
  const report = useReportComment();
  const sending = useSending();
  const [reason, setReason] = useState("");
  const [wrong, setWrong] = useState<ReactNode>();
  const words = text.write.report;

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    const flaw = wrongWith({ reason }, DEMANDS, text).reason;
    setWrong(flaw);
    if (flaw) return;
    const done = await sending.run(() =>
      report.mutateAsync({ id: comment.id, reason }).catch((problem: unknown) => {
        setWrong(flawAt(problem, "reason", text));
        throw problem;
      }),
    );
    if (!done) return;
    setReason("");
    onClose();
    showToast({ text: words.thanks });
  }

  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={words.title}
      actions={
        <>
          <Button look="quiet" onClick={onClose}>
            {text.ui.cancel}
          </Button>
          <Button look="primary" type="submit" form={id} busy={sending.busy}>
            {sending.busy ? text.write.send.busy : words.send}
          </Button>
        </>
      }
    >
      <p>{words.about(isolated(comment.authorName ?? text.ui.someone))}</p>
      <form id={id} noValidate className={styles.form} onSubmit={(event) => void submit(event)}>
        <Field label={words.reason} error={wrong} hint={roomOf(reason, LIMITS.reason, text)}>
          {(field) => (
            <TextArea
              {...field}
              value={reason}
              readOnly={sending.busy}
              onChange={(event) => {
                setReason(event.target.value);
                setWrong(undefined);
              }}
            />
          )}
        </Field>
        <SendNotice sending={sending} marked={wrong !== undefined} />
      </form>
    </Dialog>
  );
}

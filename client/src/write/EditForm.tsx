// A form to change what one wrote, whichever it is; it asks when somebody (oneself, elsewhere) was faster.
import { useEffect, useRef, useState } from "react";
import { ProblemError } from "../api/problem";
import { useText } from "../i18n/language";
import { Button } from "../ui/Button";
import { Field } from "../ui/Field";
import { Markdown } from "../ui/Markdown";
import { Notice } from "../ui/Notice";
import { Editor } from "./Editor";
import styles from "./Form.module.css";
import { FormActions } from "./FormActions";
import { LIMITS } from "./limits";
import { RestoredDraft, SendNotice } from "./Notices";
import { roomOf } from "./Room";
import { useComposer } from "./useComposer";

/** What can be changed. Of a comment the title is empty. */
export type Editable = { title: string; content: string };
/** What stands at a revision. */
export interface Version {
  revision: number;
  fields: Editable;
}

interface Props {
  kind: "post" | "comment";
  place: string;
  /** What stands there as the form opens. */
  start: Version;
  save: (version: Version) => Promise<unknown>;
  /** Reads what stands there now, if it is not this revision any more. */
  newer: (than: number) => Promise<Version | undefined>;
  onDone: () => void;
}

const DEMANDS = {
  post: { title: { most: LIMITS.title, required: true }, content: { most: LIMITS.post } },
  comment: { title: { most: LIMITS.title }, content: { most: LIMITS.comment, required: true } },
};

/** The form. */
export function EditForm({ kind, place, start, save, newer, onDone }: Props) {
  const text = useText();
  const { fields: names, send } = text.write;
  const [theirs, setTheirs] = useState<Version>();
  const composer = useComposer<Editable>({
    place,
    start: start.fields,
    base: start.revision,
    demands: DEMANDS[kind],
    onClose: onDone,
    takesFocus: true,
    async send({ fields, base, clear }) {
      try {
        await save({ revision: base ?? start.revision, fields });
      } catch (problem) {
        if (!(problem instanceof ProblemError) || (problem.status !== 412 && problem.status !== 409))
          throw problem;
        const now = await newer(base ?? start.revision);
        if (!now) throw problem;
        // An earlier try had arrived, or the other one wrote the same.
        if (!same(now.fields, fields)) return setTheirs(now);
      }
      clear();
      // It may have been closed meanwhile, and opened anew.
      if (form.ref.current) onDone();
    },
  });
  const { draft, sending, wrong, form, bind, mode, setMode, submit } = composer;
  const marked = Object.values(wrong).some(Boolean);
  return (
    <form {...form} className={styles.form}>
      <RestoredDraft restored={draft.restored} unsure={false} onDiscard={() => draft.clear()} />
      {theirs && (
        <Changed
          kind={kind}
          theirs={theirs.fields}
          onTake={() => {
            draft.rebase(theirs.revision, theirs.fields);
            setTheirs(undefined);
            form.ref.current?.querySelector("textarea")?.focus();
          }}
          onKeep={() => {
            draft.rebase(theirs.revision);
            setTheirs(undefined);
            submit();
          }}
        />
      )}
      {kind === "post" && (
        <Field label={names.title} error={wrong.title} hint={roomOf(draft.fields.title, LIMITS.title, text)}>
          {(field) => (
            <input {...field} {...bind("title")} type="text" autoComplete="off" aria-required="true" />
          )}
        </Field>
      )}
      <Editor
        label={kind === "post" ? names.text : names.editComment}
        optional={kind === "post"}
        most={LIMITS[kind]}
        error={wrong.content}
        mode={mode}
        onMode={setMode}
        {...bind("content")}
      />
      <SendNotice sending={sending} marked={marked} />
      <FormActions label={send.save} busy={sending.busy} onCancel={onDone} />
    </form>
  );
}

interface ChangedProps {
  kind: "post" | "comment";
  theirs: Editable;
  onTake: () => void;
  onKeep: () => void;
}

/** What stands there now, and the choice. */
function Changed({ kind, theirs, onTake, onKeep }: ChangedProps) {
  const { changed } = useText().write;
  const place = useRef<HTMLElement>(null);
  useEffect(() => place.current?.focus(), []);
  return (
    <section ref={place} tabIndex={-1} aria-label={changed.title}>
      <Notice tone="warn">
        <strong>{changed.title}</strong>
        <p>{changed.text}</p>
        <div className={styles.theirs}>
          <strong>{kind === "post" ? theirs.title : changed.now}</strong>
          <Markdown content={theirs.content} />
        </div>
        <div className={styles.actions}>
          <Button onClick={onTake}>{changed.takeTheirs}</Button>
          <Button onClick={onKeep}>{changed.keepMine}</Button>
        </div>
      </Notice>
    </section>
  );
}

const same = (one: Editable, other: Editable) =>
  one.title.trim() === other.title.trim() && one.content.trim() === other.content.trim();

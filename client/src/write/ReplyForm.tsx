// A form for a comment on a post, or for a reply to a comment.

import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useAddComment, useEditComment } from "../api/comments";
import type { Comment, NewComment } from "../api/types";
import { useText } from "../i18n/language";
import { classes } from "../ui/classes";
import { isolated } from "../ui/isolated";
import { places } from "./drafts";
import { Editor } from "./Editor";
import styles from "./Form.module.css";
import { FormActions } from "./FormActions";
import { KeyNote } from "./KeyNote";
import { LIMITS } from "./limits";
import { lookAgain } from "./look-again";
import { NameField, rememberedName, rememberName } from "./NameField";
import { RestoredDraft, SendNotice } from "./Notices";
import { deliver } from "./sending";
import { useComposer } from "./useComposer";

interface Props {
  postId: string;
  /** What it answers; without it, the post. */
  parent?: Comment;
  /** It was sent, and stands in the thread that was read. */
  onDone: (id: string) => void;
  /** The form can be closed, and was opened to write in: the focus goes there. Without it, the form always stands there. */
  onCancel?: () => void;
}

const DEMANDS = {
  content: { most: LIMITS.comment, required: true },
  authorName: { most: LIMITS.authorName },
};

/** The form. What was begun in it is there again when it is opened again. */
export function ReplyForm(props: Props) {
  const place = places.comment(props.postId, props.parent?.id);
  return <Form key={place} place={place} {...props} />;
}

function Form({ place, postId, parent, onDone, onCancel }: Props & { place: string }) {
  const text = useText();
  const client = useQueryClient();
  const add = useAddComment(postId);
  const edit = useEditComment(postId);
  const [sent, setSent] = useState(false);
  const composer = useComposer({
    place,
    start: { content: "", authorName: rememberedName() },
    demands: DEMANDS,
    onClose: onCancel,
    takesFocus: onCancel !== undefined,
    async send(draft) {
      const { content, authorName } = draft.fields;
      const comment: NewComment = { content };
      if (parent) comment.parentId = parent.id;
      if (authorName.trim()) comment.authorName = authorName.trim();
      const made = await deliver({
        body: JSON.stringify(comment),
        letter: draft.letter(),
        keepLetter: draft.keepLetter,
        create: async (body, key) =>
          (await add.mutateAsync({ comment: JSON.parse(body), idempotencyKey: key })).data,
        amend: async ({ id, revision }, body) =>
          (await edit.mutateAsync({ id, revision: revision ?? undefined, content: JSON.parse(body).content }))
            .data,
      });
      rememberName(authorName);
      const here = form.ref.current !== null;
      draft.clear({ content: "", authorName: authorName.trim() });
      lookAgain(client, postId);
      // It may have been closed meanwhile, and opened anew for something else.
      if (!here) return;
      setSent(true);
      onDone(made.id);
    },
  });
  const { draft, sending, wrong, form, bind, mode, setMode } = composer;
  const { fields, send } = text.write;
  const marked = Object.values(wrong).some(Boolean);
  return (
    <form {...form} className={classes(styles.form)}>
      <Editor
        label={parent ? fields.reply(isolated(parent.authorName ?? text.ui.someone)) : fields.comment}
        most={LIMITS.comment}
        error={wrong.content}
        mode={mode}
        onMode={setMode}
        {...bind("content")}
      />
      <RestoredDraft restored={draft.restored} unsure={draft.unsure} onDiscard={() => draft.clear()} />
      <NameField error={wrong.authorName} control={bind("authorName")} />
      <SendNotice sending={sending} marked={marked} />
      <FormActions label={parent ? send.reply : send.comment} busy={sending.busy} onCancel={onCancel} />
      <div role="status" className={styles.keys}>
        {sent && draft.fields.content === "" && send.sent}
      </div>
      {!parent && <KeyNote />}
    </form>
  );
}

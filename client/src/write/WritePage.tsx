// The page where a post is written.
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "react-router";
import { awaitEvent } from "../api/awaited";
import { keys } from "../api/cache";
import { call } from "../api/http";
import { useCreatePost } from "../api/posts";
import type { NewPost, Post } from "../api/types";
import { PageHeading } from "../app/page";
import { useText } from "../i18n/language";
import { classes } from "../ui/classes";
import { Field } from "../ui/Field";
import { places } from "./drafts";
import { Editor } from "./Editor";
import styles from "./Form.module.css";
import { FormActions } from "./FormActions";
import { KeyNote } from "./KeyNote";
import { LIMITS } from "./limits";
import { lookAgain } from "./look-again";
import { NameField, rememberedName, rememberName } from "./NameField";
import { RestoredDraft, SendNotice } from "./Notices";
import { roomOf } from "./Room";
import { deliver } from "./sending";
import { useComposer } from "./useComposer";

const DEMANDS = {
  title: { most: LIMITS.title, required: true },
  content: { most: LIMITS.post },
  authorName: { most: LIMITS.authorName },
};

/** The page; once sent, it leads to the post. */
export function WritePage() {
  const text = useText();
  const client = useQueryClient();
  const navigate = useNavigate();
  const create = useCreatePost();
  const composer = useComposer({
    place: places.newPost,
    start: { title: "", content: "", authorName: rememberedName() },
    demands: DEMANDS,
    async send(draft) {
      const { title, content, authorName } = draft.fields;
      const post: NewPost = { title };
      if (content.trim()) post.content = content;
      if (authorName.trim()) post.authorName = authorName.trim();
      const made = await deliver({
        body: JSON.stringify(post),
        letter: draft.letter(),
        keepLetter: draft.keepLetter,
        create: async (body, key) =>
          (await create.mutateAsync({ post: JSON.parse(body), idempotencyKey: key })).data,
        amend,
      });
      const here = form.ref.current !== null;
      rememberName(authorName);
      draft.clear({ title: "", content: "", authorName: authorName.trim() });
      // The thread begins with what the answer said, and is read at once.
      const html = client.getQueryData<string>(keys.preview(content)) ?? null;
      const data = { html, ...made, own: true, commentCount: 0, comments: [] };
      const thread = { pages: [{ data, next: undefined }], pageParams: [undefined] };
      client.setQueryData(keys.post(made.id), thread, { updatedAt: 1 });
      lookAgain(client, made.id);
      if (here) await navigate(`/p/${made.id}`);
    },
  });
  const { draft, sending, wrong, form, bind, mode, setMode } = composer;
  const { fields, send } = text.write;
  const marked = Object.values(wrong).some(Boolean);
  return (
    <>
      <PageHeading title={text.write.title}>{text.write.title}</PageHeading>
      <form {...form} className={classes(styles.form, styles.page)}>
        <RestoredDraft restored={draft.restored} unsure={draft.unsure} onDiscard={() => draft.clear()} />
        <Field label={fields.title} error={wrong.title} hint={roomOf(draft.fields.title, LIMITS.title, text)}>
          {(field) => (
            <input {...field} {...bind("title")} type="text" autoComplete="off" aria-required="true" />
          )}
        </Field>
        <Editor
          label={fields.text}
          optional
          most={LIMITS.post}
          tall
          error={wrong.content}
          mode={mode}
          onMode={setMode}
          {...bind("content")}
        />
        <NameField error={wrong.authorName} control={bind("authorName")} />
        <SendNotice sending={sending} marked={marked} />
        <FormActions label={send.post} busy={sending.busy} />
        <KeyNote />
      </form>
    </>
  );
}

/** The post was made by an earlier try, with another text. */
async function amend({ id, revision }: Post, body: string): Promise<Post> {
  const { title, content = "" } = JSON.parse(body) as NewPost;
  const { data, eventId } = await call<Post>(`posts/${id}`, {
    method: "PATCH",
    body: { title, content },
    ifMatch: revision,
  });
  awaitEvent(eventId, "posts", `post:${id}`);
  return data;
}

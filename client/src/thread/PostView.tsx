// The post itself: what it is called, who wrote it and when, its text, and what one may do about it.

import { type Ref, useRef, useState } from "react";
import { useNavigate } from "react-router";
import type { Post } from "../api/types";
import { PageHeading } from "../app/page";
import { useText } from "../i18n/language";
import { Status } from "../ui/Badge";
import { Button } from "../ui/Button";
import { DeleteIcon, EditIcon, LinkIcon } from "../ui/icons";
import { isolated } from "../ui/isolated";
import { Markdown } from "../ui/Markdown";
import { Name, Written } from "../ui/Name";
import { Notice } from "../ui/Notice";
import { Time } from "../ui/Time";
import { useDeletePostWithUndo } from "../write/deleting";
import { EditPostForm } from "../write/EditPostForm";
import styles from "./PostView.module.css";
import { shareLink } from "./share";
import { useIsGone, Writing } from "./Writing";

/** The post. */
export function PostView({ post }: { post: Post }) {
  const text = useText();
  const [editing, setEditing] = useState(false);
  const gone = useIsGone();
  const edit = useRef<HTMLButtonElement>(null);
  const close = () => {
    setEditing(false);
    requestAnimationFrame(() => edit.current?.focus());
  };
  return (
    <article className={styles.post}>
      {/* The heading is that of the page that says it is gone. */}
      {!gone && (
        <header>
          <PageHeading title={isolated(post.title)}>
            <Written>{post.title}</Written>
          </PageHeading>
          <p className={styles.about}>
            <span className={styles.author}>
              <Name of={post.authorName} />
            </span>
            <Time at={post.createdAt} />
            {post.editedAt && (
              <span>
                {text.thread.edited} <Time at={post.editedAt} />
              </span>
            )}
            {!post.own && <Status status={post.status} />}
          </p>
        </header>
      )}
      {post.own && !gone && <Standing post={post} />}
      {editing ? (
        <Writing className={styles.form}>
          <EditPostForm post={post} onDone={close} />
        </Writing>
      ) : gone ? null : (
        <>
          <Markdown html={post.html} content={post.content} className={styles.text ?? ""} />
          <PostActions post={post} edit={edit} onEdit={() => setEditing(true)} />
        </>
      )}
    </article>
  );
}

/** What became of a post of one's own, where that is not the usual. */
function Standing({ post }: { post: Post }) {
  const { standing } = useText().thread;
  if (post.status === "pending") return <Notice>{standing.pending}</Notice>;
  if (post.status !== "rejected") return null;
  return (
    <Notice tone="warn">
      <strong>{standing.rejected}</strong> {post.reason && standing.because(post.reason)} {standing.mend}
    </Notice>
  );
}

interface ActionsProps {
  post: Post;
  edit: Ref<HTMLButtonElement>;
  onEdit: () => void;
}

function PostActions({ post, edit, onEdit }: ActionsProps) {
  const text = useText();
  const deleteWithUndo = useDeletePostWithUndo();
  const navigate = useNavigate();
  const remove = () => {
    deleteWithUndo(post);
    void navigate("/");
  };
  return (
    <div className={styles.actions}>
      <Button small look="quiet" onClick={() => void shareLink(`/p/${post.id}`, post.title, text.thread)}>
        <LinkIcon />
        {text.thread.share}
      </Button>
      {post.own && (
        <>
          <Button ref={edit} small look="quiet" onClick={onEdit}>
            <EditIcon />
            {text.thread.edit}
          </Button>
          <Button small look="quiet" onClick={remove}>
            <DeleteIcon />
            {text.thread.remove}
          </Button>
        </>
      )}
    </div>
  );
}

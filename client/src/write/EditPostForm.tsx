// A form to change a post of one's own.
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../api/http";
import { useEditPost } from "../api/posts";
import type { Post } from "../api/types";
import { places } from "./drafts";
import { EditForm, type Version } from "./EditForm";
import { lookAgain } from "./look-again";
import { findNewer } from "./newer";

interface Props {
  post: Post;
  /** It was saved, or is left: what was begun is kept. */
  onDone: () => void;
}

/** The form. */
export function EditPostForm({ post, onDone }: Props) {
  const client = useQueryClient();
  const edit = useEditPost(post.id);
  const [start] = useState(() => versionOf(post));
  return (
    <EditForm
      kind="post"
      place={places.edit("post", post.id)}
      start={start}
      onDone={onDone}
      save={async ({ revision, fields }) => {
        await edit.mutateAsync({ revision, ...fields });
        lookAgain(client, post.id);
      }}
      newer={(than) =>
        findNewer(async () => {
          const { data } = await call<Post>(`posts/${post.id}`, { query: { limit: 1 } });
          return versionOf(data);
        }, than)
      }
    />
  );
}

const versionOf = ({ revision, title, content }: Post): Version => ({
  revision,
  fields: { title, content: content ?? "" },
});

// A form to change a comment of one's own.
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { findComment, keys } from "../api/cache";
import { useEditComment } from "../api/comments";
import type { Comment } from "../api/types";
import { places } from "./drafts";
import { EditForm, type Version } from "./EditForm";
import { lookAgain } from "./look-again";
import { findNewer } from "./newer";

interface Props {
  postId: string;
  comment: Comment;
  /** It was saved, or is left: what was begun is kept. */
  onDone: () => void;
}

/** The form. */
export function EditCommentForm({ postId, comment, onDone }: Props) {
  const client = useQueryClient();
  const edit = useEditComment(postId);
  const [start] = useState(() => versionOf(comment));
  return (
    <EditForm
      kind="comment"
      place={places.edit("comment", comment.id)}
      start={start}
      onDone={onDone}
      save={async ({ revision, fields }) => {
        await edit.mutateAsync({ id: comment.id, revision, content: fields.content });
        lookAgain(client, postId);
      }}
      newer={(than) =>
        findNewer(async () => {
          await client.refetchQueries({ queryKey: keys.post(postId) });
          const now = findComment(client, postId, comment.id);
          return now && versionOf(now);
        }, than)
      }
    />
  );
}

const versionOf = ({ revision, content }: Comment): Version => ({
  revision: revision ?? 1,
  fields: { title: "", content: content ?? "" },
});

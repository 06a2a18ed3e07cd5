// Which comments have a form open: to answer them or to change them. Several may be open at once; none is lost to another, nor
// with the comment.
import { useCallback, useState } from "react";
import type { Comment } from "../api/types";

/** What is written at a comment. */
export type Form = "reply" | "edit";
/** The open forms by comment, with the comment as it was when its form opened. */
export type Forms = ReadonlyMap<string, { form: Form; comment: Comment }>;

/** The open forms. */
export function useForms() {
  const [forms, setForms] = useState<Forms>(new Map());
  const openForm = useCallback(
    (comment: Comment, form: Form) =>
      setForms((before) => new Map(before).set(comment.id, { form, comment })),
    [],
  );
  const closeForm = useCallback((id: string) => {
    setForms((before) => new Map([...before].filter(([other]) => other !== id)));
  }, []);
  return { forms, openForm, closeForm };
}

/** The comments, and those that are there no more while a form is open at them: as deleted, where they stood. */
export function withHeld(comments: Comment[], forms: Forms): Comment[] {
  const known = new Set(comments.map(({ id }) => id));
  const all = [...comments];
  for (const { comment } of forms.values()) {
    if (known.has(comment.id)) continue;
    const behind = all.findIndex(
      ({ parentId, createdAt }) =>
        (parentId ?? undefined) === (comment.parentId ?? undefined) &&
        (createdAt ?? "") > (comment.createdAt ?? ""),
    );
    const left: Comment = { ...comment, content: null, html: null, status: "deleted", deleted: true };
    all.splice(behind < 0 ? all.length : behind, 0, left);
  }
  return all;
}

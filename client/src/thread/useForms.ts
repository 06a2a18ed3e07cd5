// Which comments have a form open: to answer them or to change them. Several may be open at once; none is lost to another.
import { useCallback, useState } from "react";

/** What is written at a comment. */
export type Form = "reply" | "edit";

/** The open forms by comment. */
export function useForms() {
  const [forms, setForms] = useState<ReadonlyMap<string, Form>>(new Map());
  const openForm = useCallback(
    (id: string, form: Form) => setForms((before) => new Map(before).set(id, form)),
    [],
  );
  const closeForm = useCallback((id: string) => {
    setForms((before) => new Map([...before].filter(([other]) => other !== id)));
  }, []);
  return { forms, openForm, closeForm };
}

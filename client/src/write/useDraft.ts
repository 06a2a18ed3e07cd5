// A draft in a form: kept while one types, there again after a reload, gone when it was sent or discarded.
import { useEffect, useRef, useState } from "react";
import { type Draft, dropDraft, type Fields, keepDraft, type Letter, newDraft, recallDraft } from "./drafts";

const PAUSE_MS = 300;

/** What a form has of its draft. */
export interface DraftHandle<F extends Fields> {
  fields: F;
  base: number | undefined;
  /** Whether it was there from an earlier time. */
  restored: boolean;
  /** Whether something was sent of which it is not known if it arrived. */
  unsure: boolean;
  change(fields: Partial<F>): void;
  /** What stands there at this moment, between two renderings too. */
  now(): { fields: F; base: number | undefined };
  /** Goes on from another revision, with other fields if they are given. */
  rebase(base: number, fields?: F): void;
  letter(): Letter;
  /** Kept at once: the page may be gone a moment later. */
  keepLetter(letter: Letter): void;
  /** It was sent, or is not wanted: the form is as at its beginning, with these fields instead of its own if given. */
  clear(start?: F): void;
}

/** The draft of a place. A form for another place must be another component (give it a key). */
export function useDraft<F extends Fields>(place: string, start: F, base?: number): DraftHandle<F> {
  const [first] = useState(start);
  const [found] = useState(() => recallDraft(place, first));
  const [draft, setDraft] = useState(() => found ?? newDraft(first, base));
  const [restored, setRestored] = useState(found !== undefined);
  const latest = useRef(draft);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  const [{ flush, update, forget }] = useState(() => {
    let begin = first;
    /** What this form found or kept last. */
    let kept = found;
    const drop = () => {
      if (kept) dropDraft(place, kept);
      kept = undefined;
    };
    const flush = () => {
      if (timer.current === undefined) return;
      clearTimeout(timer.current);
      timer.current = undefined;
      if (!isWorthKeeping(latest.current, begin)) return drop();
      kept = latest.current;
      keepDraft(place, kept);
    };
    const update = (change: Partial<Draft<F>>) => {
      latest.current = { ...latest.current, ...change, at: Date.now() };
      setDraft(latest.current);
      clearTimeout(timer.current);
      timer.current = setTimeout(flush, PAUSE_MS);
    };
    const forget = (next: F, revision: number | undefined) => {
      clearTimeout(timer.current);
      timer.current = undefined;
      begin = next;
      drop();
      latest.current = newDraft(next, revision);
      setDraft(latest.current);
      setRestored(false);
    };
    return { flush, update, forget };
  });

  useEffect(() => {
    const hidden = () => document.visibilityState === "hidden" && flush();
    window.addEventListener("pagehide", flush);
    document.addEventListener("visibilitychange", hidden);
    return () => {
      window.removeEventListener("pagehide", flush);
      document.removeEventListener("visibilitychange", hidden);
      flush();
    };
  }, [flush]);

  return {
    fields: draft.fields,
    base: draft.base,
    restored,
    unsure: draft.unsure.length > 0,
    now: () => ({ fields: latest.current.fields, base: latest.current.base }),
    change: (fields) => update({ fields: { ...latest.current.fields, ...fields } }),
    rebase: (revision, fields) => update({ base: revision, ...(fields && { fields }) }),
    letter: () => {
      // Another tab may have sent something with the same draft.
      const kept = recallDraft(place, first);
      const { key, unsure } = kept?.key === latest.current.key ? kept : latest.current;
      return { key, unsure };
    },
    keepLetter: (letter) => {
      update(letter);
      flush();
    },
    clear: (next) => forget(next ?? first, base),
  };
}

/** A form that stands as it began is no draft; nor is a name alone. */
function isWorthKeeping<F extends Fields>(draft: Draft<F>, start: F): boolean {
  const changed = Object.keys(start).some(
    (name) => name !== "authorName" && draft.fields[name] !== start[name],
  );
  return changed || draft.unsure.length > 0;
}

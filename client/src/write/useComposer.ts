// What all forms for writing have in common: a draft, what is wrong with it, sending it, the keys, and the focus.
import {
  type ComponentProps,
  type KeyboardEvent,
  type RefObject,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import { ProblemError } from "../api/problem";
import type { Text } from "../i18n/en";
import { useText } from "../i18n/language";
import type { Fields } from "./drafts";
import type { Mode } from "./Editor";
import { flawAt } from "./flaws";
import { type Demand, type Wrong, wrongWith } from "./limits";
import { type DraftHandle, useDraft } from "./useDraft";
import { type Sending, useSending } from "./useSending";

interface Options<F extends Fields> {
  place: string;
  /** What the form begins with. */
  start: F;
  /** For an edit: the revision that it begins from. */
  base?: number;
  demands: Record<keyof F, Demand>;
  /** Sends it, and says what came of it; it is called again with the same draft where that may help. */
  send: (draft: DraftHandle<F>) => Promise<void>;
  /** Escape, if the form can be closed. */
  onClose?: (() => void) | undefined;
  /** It was opened by the writer: the focus goes into its text, and back when it closes. */
  takesFocus?: boolean;
}

/** What a form has. */
export interface Composer<F extends Fields> {
  form: ComponentProps<"form"> & { ref: RefObject<HTMLFormElement | null> };
  draft: DraftHandle<F>;
  sending: Sending;
  wrong: Wrong<F>;
  mode: Mode;
  setMode(mode: Mode): void;
  /** What a control for this field takes. */
  bind(field: keyof F): {
    value: string;
    readOnly: boolean;
    onChange: (event: { target: { value: string } }) => void;
  };
  submit(): void;
}

/** One for each form. */
export function useComposer<F extends Fields>(options: Options<F>): Composer<F> {
  const { place, start, base, demands, send, onClose, takesFocus } = options;
  const text = useText();
  const draft = useDraft(place, start, base);
  const sending = useSending();
  const [wrong, setWrong] = useState<Wrong<F>>({});
  const [mode, setMode] = useState<Mode>("write");
  const ref = useRef<HTMLFormElement>(null);
  /** Counts refusals: each brings the focus to the first field that is marked. */
  const [refusals, setRefusals] = useState(0);

  useLayoutEffect(() => {
    if (refusals > 0) ref.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [refusals]);
  useFocusInText(ref, takesFocus === true);

  function refuse(flaws: Wrong<F>): void {
    if (Object.keys(flaws).length === 0) return;
    setWrong(flaws);
    setMode("write");
    setRefusals((count) => count + 1);
  }

  async function submit(): Promise<void> {
    if (sending.busy) return;
    const flaws = wrongWith(draft.now().fields, demands, text);
    setWrong({});
    sending.reset();
    if (Object.keys(flaws).length > 0) return refuse(flaws);
    await sending.run(async () => {
      try {
        await send({ ...draft, ...draft.now() });
      } catch (problem) {
        refuse(flawsOf(problem, demands, text));
        throw problem;
      }
    });
  }

  return {
    draft,
    sending,
    wrong,
    mode,
    setMode,
    submit: () => void submit(),
    form: {
      ref,
      noValidate: true,
      "aria-busy": sending.busy,
      onSubmit: (event) => {
        event.preventDefault();
        void submit();
      },
      onKeyDown: (event: KeyboardEvent) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
          event.preventDefault();
          void submit();
        } else if (event.key === "Escape" && onClose && !event.defaultPrevented) {
          event.preventDefault();
          onClose();
        }
      },
    },
    bind: (field) => ({
      value: draft.fields[field] ?? "",
      readOnly: sending.busy,
      onChange: ({ target }) => {
        draft.change({ [field]: target.value } as Partial<F>);
        setWrong((before) => ({ ...before, [field]: undefined }));
        if (sending.phase.name === "failed" && !maySendAgain(sending.phase.problem)) sending.reset();
      },
    }),
  };
}

/** Whether another try of the same may help: then the notice stays while one goes on writing. */
const maySendAgain = (problem: unknown) => problem instanceof ProblemError && problem.passing;

function flawsOf<F extends Fields>(problem: unknown, demands: Record<keyof F, Demand>, text: Text): Wrong<F> {
  const flaws: Wrong<F> = {};
  for (const name of Object.keys(demands) as (keyof F & string)[]) {
    const flaw = flawAt(problem, name, text);
    if (flaw) flaws[name] = flaw;
  }
  return flaws;
}

/** The focus goes into the text when the form opens, and back to where it was when it closes. */
function useFocusInText(form: RefObject<HTMLFormElement | null>, takes: boolean): void {
  useLayoutEffect(() => {
    const place = form.current;
    if (!takes || !place) return;
    const opener = document.activeElement;
    const area = place.querySelector("textarea");
    area?.focus();
    area?.setSelectionRange(area.value.length, area.value.length);
    return () => {
      if (opener instanceof HTMLElement && place.contains(document.activeElement)) opener.focus();
    };
  }, [form, takes]);
}

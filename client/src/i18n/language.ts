// The language that is spoken: chosen, remembered, or what the browser asks for. German is loaded when it is needed.
import { signal, useSignal } from "../signal";
import { keep, recall } from "../storage";
import { en, type Text } from "./en";

export const LANGUAGES = ["en", "de"] as const;
export type Language = (typeof LANGUAGES)[number];

const spoken = signal<{ language: Language; text: Text }>({ language: "en", text: en });
const isLanguage = (name: string | null): name is Language => LANGUAGES.some((language) => language === name);

/** The language to begin with. */
export function preferred(wishes: readonly string[] = navigator.languages): Language {
  const remembered = recall("language");
  if (isLanguage(remembered)) return remembered;
  return wishes.map((wish) => wish.slice(0, 2).toLowerCase()).find(isLanguage) ?? "en";
}

/** Speaks it from now on. */
export async function speak(language: Language): Promise<void> {
  const text = language === "de" ? (await import("./de")).de : en;
  document.documentElement.lang = language;
  spoken.set({ language, text });
}

/** Speaks it, and remembers that it was chosen. */
export function chooseLanguage(language: Language): Promise<void> {
  keep("language", language);
  return speak(language);
}

/** The texts in the language that is spoken: `const text = useText(); text.posts.comments(3)`. */
export const useText = (): Text => useSignal(spoken).text;

/** The language that is spoken, for `Intl`. */
export const useLanguage = (): Language => useSignal(spoken).language;

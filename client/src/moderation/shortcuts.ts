// Listening for keys, and whether single characters count: that can be switched off, and is remembered (WCAG 2.1.4).
import { type RefObject, useEffect, useEffectEvent } from "react";
import { signal, useSignal } from "../signal";
import { keep, recall } from "../storage";
import { type Command, commandOf } from "./keys";

const NAME = "moderation-keys";
const single = signal(recall(NAME) !== "off");

/** Whether single keys do something. */
export const useSingleKeys = (): boolean => useSignal(single);

/** Switches them on or off for later visits too. */
export function setSingleKeys(on: boolean): void {
  keep(NAME, on ? null : "off");
  single.set(on);
}

/** Runs commands by keys while the component is there. `paused`: something else has the keyboard. */
export function useShortcuts(
  list: RefObject<Element | null>,
  paused: boolean,
  run: (command: Command) => void,
): void {
  const hear = useEffectEvent((event: KeyboardEvent) => {
    if (paused) return;
    const command = commandOf(event, single.get(), list.current);
    if (!command) return;
    event.preventDefault();
    run(command);
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent) => hear(event);
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, []);
}

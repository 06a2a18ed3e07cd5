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

/** Keys mean nothing for now: a field vanished under the hands of somebody who still writes. */
let muted = false;

/** Mutes keys until a click, Escape or Tab shows that they are meant; or lets them be heard again. */
export const muteShortcuts = (on: boolean): void => {
  muted = on;
};

/** Runs commands by keys while the component is there. `paused`: something else has the keyboard. */
export function useShortcuts(
  list: RefObject<Element | null>,
  paused: boolean,
  run: (command: Command) => void,
): void {
  const hear = useEffectEvent((event: KeyboardEvent) => {
    if (event.key === "Escape" || event.key === "Tab") muted = false;
    if (paused || muted) return;
    const command = commandOf(event, single.get(), list.current);
    if (!command) return;
    event.preventDefault();
    run(command);
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent) => hear(event);
    const unmute = () => muteShortcuts(false);
    unmute();
    document.addEventListener("keydown", listen);
    document.addEventListener("pointerdown", unmute, true);
    return () => {
      document.removeEventListener("keydown", listen);
      document.removeEventListener("pointerdown", unmute, true);
    };
  }, []);
}

// Where the focus goes when what had it leaves: to another item, or to the list itself.
import { useCallback, useLayoutEffect, useRef, useState } from "react";

/** Places by name, and a way to put the focus there, now or as soon as the place is there. */
export function useFocusPlaces() {
  const places = useRef(new Map<string, HTMLElement>());
  const wanted = useRef<string | undefined>(undefined);
  const [, look] = useState(0);
  // After every drawing: the place may have come with it.
  useLayoutEffect(() => {
    const place = wanted.current === undefined ? undefined : places.current.get(wanted.current);
    if (!place) return;
    wanted.current = undefined;
    place.focus();
  });
  const place = useCallback(
    (name: string) => (element: HTMLElement | null) => {
      if (element) places.current.set(name, element);
      return () => {
        if (places.current.get(name) === element) places.current.delete(name);
      };
    },
    [],
  );
  return {
    /** `ref={place(id)}` */
    place,
    focusOn: (name: string) => {
      wanted.current = name;
      look((times) => times + 1);
    },
    find: (name: string) => places.current.get(name),
  };
}

export type FocusPlaces = ReturnType<typeof useFocusPlaces>;

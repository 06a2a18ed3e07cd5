// The way back to the list: where one was, and at which post, when one left it.
import { useEffect, useLayoutEffect } from "react";
import { NavigationType, useLocation, useNavigationType } from "react-router";

const places = new Map<string, { y: number; link: string | undefined }>();

/** Remembers the place on the list when one leaves it, and returns there with the back key; `ready` once there are posts. */
export function useReturn(ready: boolean): void {
  const { key } = useLocation();
  const way = useNavigationType();
  useLayoutEffect(
    () => () => {
      const link = document.activeElement?.getAttribute("href") ?? undefined;
      places.set(key, { y: window.scrollY, link });
    },
    [key],
  );
  useEffect(() => {
    const place = way === NavigationType.Pop && ready ? places.get(key) : undefined;
    if (!place) return;
    places.delete(key);
    const link =
      place.link && document.querySelector<HTMLElement>(`main a[href="${CSS.escape(place.link)}"]`);
    if (link) link.focus({ preventScroll: true });
    window.scrollTo(0, place.y);
  }, [key, way, ready]);
}

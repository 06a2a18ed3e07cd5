// How far down the page a list begins; it is asked anew whenever the page's height changes.
import { type RefObject, useLayoutEffect, useState } from "react";

/** The distance of the element from the top of the page, in px. */
export function useTop(element: RefObject<HTMLElement | null>): number {
  const [top, setTop] = useState(0);
  useLayoutEffect(() => {
    const look = () => {
      const place = element.current?.getBoundingClientRect();
      if (place) setTop(Math.round(place.top + window.scrollY));
    };
    look();
    const observer = new ResizeObserver(look);
    observer.observe(document.body);
    return () => observer.disconnect();
  }, [element]);
  return top;
}

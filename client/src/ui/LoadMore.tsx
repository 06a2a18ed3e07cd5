// Reads on: by itself when one comes near the end, and by a button for whoever is faster, or where that did not work.
import { useEffect, useEffectEvent, useRef } from "react";
import { useText } from "../i18n/language";
import { Button } from "./Button";

const NEAR = "1200px";

/** The button at the end of what was read. `auto` is for when reading on by itself is right. */
export function LoadMore({ busy, auto, onMore }: { busy: boolean; auto: boolean; onMore: () => void }) {
  const text = useText();
  const button = useRef<HTMLButtonElement>(null);
  const more = useEffectEvent(onMore);
  useEffect(() => {
    // Watched anew after each part: the end may still be near.
    if (busy || !auto || !button.current) return;
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting) more();
      },
      { rootMargin: NEAR },
    );
    observer.observe(button.current);
    return () => observer.disconnect();
  }, [busy, auto]);
  return (
    <Button ref={button} busy={busy} onClick={onMore}>
      {busy ? text.ui.loading : text.ui.more}
    </Button>
  );
}

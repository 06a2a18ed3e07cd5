// What every page begins with: its heading, its name in the window's title, and the focus when one comes from another page.
import { type ReactNode, useEffect, useRef } from "react";
import { useLocation } from "react-router";
import styles from "./page.module.css";

let seen: string | undefined;

/** The page's heading. It takes the focus after a change of page, so that a screen reader says where one is. */
export function PageHeading({ children, title }: { children: ReactNode; title: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  const { pathname } = useLocation();
  useEffect(() => {
    document.title = `${title} · Folkmoot`;
  }, [title]);
  useEffect(() => {
    if (seen !== undefined && seen !== pathname) {
      heading.current?.focus({ preventScroll: true });
      if (!window.location.hash) window.scrollTo(0, 0);
    }
    seen = pathname;
  }, [pathname]);
  return (
    <h1 ref={heading} tabIndex={-1} className={styles.heading}>
      {children}
    </h1>
  );
}

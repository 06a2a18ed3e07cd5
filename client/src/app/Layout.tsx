// The frame around every page: the way to the content, the board's name, where one may go, and what one may set.
import { lazy, Suspense, useState } from "react";
import { Link, NavLink, Outlet, useLocation } from "react-router";
import { useText } from "../i18n/language";
import { classes } from "../ui/classes";
import { OakLeaf } from "../ui/icons";
import { Skeleton } from "../ui/states";
import { ConnectionNotice } from "./ConnectionNotice";
import { ErrorBoundary } from "./ErrorBoundary";
import styles from "./Layout.module.css";
import { LanguageSwitch, ThemeSwitch } from "./Switches";

const Toasts = lazy(() => import("../ui/Toast").then((module) => ({ default: module.Toasts })));

/** The frame; the page stands in its main part. */
export function Layout() {
  const text = useText();
  const { pathname } = useLocation();
  const wide = pathname.startsWith("/bus") || pathname.startsWith("/moderation");
  const elsewhere = useElsewhere(pathname);
  return (
    <>
      <a href="#main" className={styles.skip}>
        {text.app.skip}
      </a>
      <header className={styles.header}>
        <Link to="/" className={styles.wordmark} aria-label={text.app.home}>
          <OakLeaf />
          <span>Folkmoot</span>
        </Link>
        <nav aria-label={text.app.navigation} className={styles.nav}>
          <NavLink to="/" end>
            {text.app.posts}
          </NavLink>
          <NavLink to="/new">{text.app.write}</NavLink>
          <NavLink to="/moderation">{text.app.moderation}</NavLink>
          <NavLink to="/bus">{text.app.bus}</NavLink>
        </nav>
        <div className={styles.switches}>
          <LanguageSwitch />
          <ThemeSwitch />
        </div>
      </header>
      <main id="main" tabIndex={-1} className={classes(styles.main, wide && styles.wide)}>
        <ErrorBoundary page={pathname}>
          <Suspense fallback={<Skeleton />}>
            <Outlet />
          </Suspense>
        </ErrorBoundary>
      </main>
      <ConnectionNotice />
      {elsewhere && (
        <ErrorBoundary page={pathname}>
          <Suspense>
            <Toasts />
          </Suspense>
        </ErrorBoundary>
      )}
    </>
  );
}

/** Whether another page than the list was visited. The list has no messages of its own, so their place comes later, and stays. */
function useElsewhere(pathname: string): boolean {
  const [elsewhere, setElsewhere] = useState(pathname !== "/");
  if (!elsewhere && pathname !== "/") setElsewhere(true);
  return elsewhere;
}

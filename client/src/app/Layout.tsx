// The frame around every page: the way to the content, the board's name, where one may go, and what one may set.
import { Suspense } from "react";
import { Link, NavLink, Outlet, useLocation } from "react-router";
import { useText } from "../i18n/language";
import { classes } from "../ui/classes";
import { OakLeaf } from "../ui/icons";
import { Skeleton } from "../ui/states";
import { Toasts } from "../ui/Toast";
import { ConnectionNotice } from "./ConnectionNotice";
import { ErrorBoundary } from "./ErrorBoundary";
import styles from "./Layout.module.css";
import { LanguageSwitch, ThemeSwitch } from "./Switches";

/** The frame; the page stands in its main part. */
export function Layout() {
  const text = useText();
  const { pathname } = useLocation();
  const wide = pathname.startsWith("/bus") || pathname.startsWith("/moderation");
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
      <Toasts />
    </>
  );
}

// Which posts come first. They are links: an order has an address, and the back key works.
import { Link } from "react-router";
import type { Sort } from "../api/posts";
import { useText } from "../i18n/language";
import styles from "./ListPage.module.css";

/** The two orders. */
export function SortTabs({ sort }: { sort: Sort }) {
  const text = useText();
  return (
    <nav aria-label={text.posts.order} className={styles.tabs}>
      {(["new", "active"] as const).map((name) => (
        <Link
          key={name}
          to={name === "new" ? "/" : `/?sort=${name}`}
          aria-current={name === sort ? "true" : undefined}
        >
          {text.posts.sort[name]}
        </Link>
      ))}
    </nav>
  );
}

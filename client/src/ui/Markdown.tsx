// The one place where HTML is put into the page as it came: the services made it from Markdown, and made it safe.
import { classes } from "./classes";
import styles from "./Markdown.module.css";

/** Text as its writer meant it. Without `html` (just written, say) the Markdown itself is shown, line by line. */
export function Markdown({
  html,
  content,
  className,
}: {
  html?: string | null | undefined;
  content?: string | null | undefined;
  className?: string;
}) {
  if (html)
    return <div className={classes(styles.prose, className)} dangerouslySetInnerHTML={{ __html: html }} />;
  if (!content) return null;
  return <div className={classes(styles.prose, styles.raw, className)}>{content}</div>;
}

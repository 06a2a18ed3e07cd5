// The page in this folder: its heading only, so far.
import { PageHeading } from "../app/page";
import { useText } from "../i18n/language";
import { EmptyState } from "../ui/states";

/** The page. */
export function ThreadPage() {
  const text = useText();
  return (
    <>
      <PageHeading title={text.thread.title}>{text.thread.title}</PageHeading>
      <EmptyState title={text.app.soon} />
    </>
  );
}

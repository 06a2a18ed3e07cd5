// The page in this folder: its heading only, so far.
import { PageHeading } from "../app/page";
import { useText } from "../i18n/language";
import { EmptyState } from "../ui/states";

/** The page. */
export function WritePage() {
  const text = useText();
  return (
    <>
      <PageHeading title={text.write.title}>{text.write.title}</PageHeading>
      <EmptyState title={text.app.soon} />
    </>
  );
}

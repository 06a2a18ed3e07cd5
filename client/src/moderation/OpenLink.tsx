// The way to an item's place in its thread, in a tab of its own: the queue stays where it is.
import type { ReactNode } from "react";
import type { QueueItem } from "../api/types";
import { useText } from "../i18n/language";
import { ButtonLink } from "../ui/Button";
import { VisuallyHidden } from "../ui/VisuallyHidden";

/** The link. A post that is withheld has no page that others can see, so it has none. */
export function OpenLink({
  item,
  children,
}: {
  item: Pick<QueueItem, "kind" | "id" | "postId" | "status">;
  children?: ReactNode;
}) {
  const { item: words } = useText().moderation;
  if (item.kind === "post" && item.status !== "approved") return null;
  const place = item.kind === "comment" ? `#c-${item.id}` : "";
  return (
    <ButtonLink small look="quiet" to={`/p/${item.postId}${place}`} target="_blank" rel="noopener" data-open>
      {words.open}
      <VisuallyHidden> {words.newTab}</VisuallyHidden>
      {children}
    </ButtonLink>
  );
}

/** Opens it as if the link in this element had been pressed. */
export const openIn = (element: HTMLElement | undefined): void =>
  element?.querySelector<HTMLAnchorElement>("a[data-open]")?.click();

// What an item is called: a post's title, or the title of the post that a comment stands under.

import type { QueueItem } from "../api/types";
import { useText } from "../i18n/language";
import { Written } from "../ui/Name";
import styles from "./ItemTitle.module.css";
import { usePostTitle } from "./surroundings";

/** The words of the heading. `near`: whether the post may be asked for its title already. */
export function ItemTitle({ item, near }: { item: QueueItem; near: boolean }) {
  const { item: words } = useText().moderation;
  const isPost = item.kind === "post";
  const { data } = usePostTitle(item.postId, near && !isPost);
  const title = isPost ? item.title : data;
  return (
    <>
      <span className={styles.kind}>{isPost ? words.post : words.comment}</span>
      {title && (
        <>
          {!isPost && <span className={styles.kind}> {words.on}</span>} <Written>{title}</Written>
        </>
      )}
    </>
  );
}

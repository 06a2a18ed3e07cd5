// Says that there are new posts, instead of moving what one reads.
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { keys } from "../api/cache";
import type { Post } from "../api/types";
import { useText } from "../i18n/language";
import { useChanges } from "../live/LiveProvider";
import { Button } from "../ui/Button";
import styles from "./ListPage.module.css";

/** A button that counts new posts and leads to them when pressed; nothing, if there are none. */
export function FreshPosts({ known }: { known: Post[] }) {
  const text = useText();
  const client = useQueryClient();
  const [heard, setHeard] = useState<ReadonlySet<string>>(new Set());
  // In the order of activity the first post need not be the newest.
  const newest =
    known
      .map(({ createdAt }) => createdAt)
      .toSorted()
      .at(-1) ?? "";
  useChanges((change) => {
    if (change.kind === "reset") setHeard(new Set());
    if (change.kind !== "post") return;
    const { id, withheld, deleted, createdAt, editedAt } = change.post;
    const gone = withheld || deleted;
    // A post further down that was edited is not new.
    if (!gone && (editedAt || (createdAt ?? "") < newest)) return;
    setHeard((before) => {
      const after = new Set(before);
      if (gone) after.delete(id);
      else after.add(id);
      return after;
    });
  });
  const fresh = [...heard].filter((id) => !known.some((post) => post.id === id)).length;
  const show = async () => {
    await client.invalidateQueries({ queryKey: keys.lists });
    setHeard(new Set());
    window.scrollTo({ top: 0 });
    // The button is gone: the focus goes on to what it promised.
    requestAnimationFrame(() =>
      document.querySelector<HTMLElement>("main article a")?.focus({ preventScroll: true }),
    );
  };
  return (
    <div role="status" className={styles.fresh}>
      {fresh > 0 && (
        <Button look="primary" small onClick={() => void show()}>
          {text.posts.fresh(fresh)}
        </Button>
      )}
    </div>
  );
}

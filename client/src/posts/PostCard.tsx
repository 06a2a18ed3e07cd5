// A post in the list: what it is called, who wrote it and when, how it begins, and how much was said to it.

import { Link } from "react-router";
import type { Sort } from "../api/posts";
import type { Post } from "../api/types";
import { useText } from "../i18n/language";
import { Status } from "../ui/Badge";
import { CommentIcon } from "../ui/icons";
import { Name, Written } from "../ui/Name";
import { Time } from "../ui/Time";
import { excerptOf } from "./excerpt";
import styles from "./PostCard.module.css";

/** One post. */
export function PostCard({ post, sort }: { post: Post; sort: Sort }) {
  const text = useText();
  const excerpt = excerptOf(post.content ?? "");
  const active = sort === "active" && post.lastActivityAt;
  return (
    <article className={styles.card}>
      <h2 className={styles.title}>
        <Link to={`/p/${post.id}`}>
          <Written>{post.title}</Written>
        </Link>
      </h2>
      {excerpt && (
        <p className={styles.excerpt}>
          <Written>{excerpt}</Written>
        </p>
      )}
      <p className={styles.about}>
        <span className={styles.author}>
          <Name of={post.authorName} />
        </span>
        <span>
          {active && `${text.posts.activity}: `}
          <Time at={active || post.createdAt} />
        </span>
        <span className={styles.count}>
          <CommentIcon />
          {text.posts.comments(post.commentCount)}
        </span>
        <Status status={post.status} reason={post.reason} />
      </p>
    </article>
  );
}

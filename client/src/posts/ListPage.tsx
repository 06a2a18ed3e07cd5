// The posts, new or active first, page by page.
import { useSearchParams } from "react-router";
import { type Sort, usePosts } from "../api/posts";
import type { Post } from "../api/types";
import { PageHeading } from "../app/page";
import { useText } from "../i18n/language";
import { ButtonLink } from "../ui/Button";
import { LoadMore } from "../ui/LoadMore";
import { EmptyState, ErrorState, Skeleton } from "../ui/states";
import { useIsGoing } from "../write/going";
import { FreshPosts } from "./FreshPosts";
import styles from "./ListPage.module.css";
import { PostCard } from "./PostCard";
import { SortTabs } from "./SortTabs";
import { useReturn } from "./useReturn";

/** The first page that a reader sees. */
export function ListPage() {
  const text = useText();
  const [search] = useSearchParams();
  const sort: Sort = search.get("sort") === "active" ? "active" : "new";
  return (
    <>
      <div className={styles.head}>
        <PageHeading title={text.posts.title}>{text.posts.title}</PageHeading>
        <SortTabs sort={sort} />
      </div>
      <Posts key={sort} sort={sort} />
    </>
  );
}

function Posts({ sort }: { sort: Sort }) {
  const text = useText();
  const { posts, isPending, error, refetch, ...more } = usePosts(sort);
  const { hasNextPage, fetchNextPage, isFetchingNextPage, isFetchNextPageError } = more;
  useReturn(posts.length > 0);
  if (isPending) return <Skeleton rows={5} />;
  if (error && posts.length === 0) return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (posts.length === 0) {
    return (
      <EmptyState title={text.posts.empty.title} text={text.posts.empty.text}>
        <FreshPosts known={posts} />
        <ButtonLink look="primary" to="/new">
          {text.posts.empty.write}
        </ButtonLink>
      </EmptyState>
    );
  }
  return (
    <>
      <FreshPosts known={posts} />
      <ul className={styles.list}>
        {posts.map((post) => (
          <Item key={post.id} post={post} sort={sort} />
        ))}
      </ul>
      <div className={styles.foot}>
        {error && <ErrorState error={error} />}
        {hasNextPage ? (
          <LoadMore
            busy={isFetchingNextPage}
            auto={!isFetchNextPageError}
            onMore={() => void fetchNextPage({ cancelRefetch: false })}
          />
        ) : (
          <p>{text.posts.end}</p>
        )}
      </div>
    </>
  );
}

/** A post that is being deleted is not shown, and is back if that is taken back. */
function Item({ post, sort }: { post: Post; sort: Sort }) {
  if (useIsGoing(post.id)) return null;
  return (
    <li>
      <PostCard post={post} sort={sort} />
    </li>
  );
}

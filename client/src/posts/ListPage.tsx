// The posts, new or active first, page by page.
import { useSearchParams } from "react-router";
import { type Sort, usePosts } from "../api/posts";
import { PageHeading } from "../app/page";
import { useText } from "../i18n/language";
import { Button, ButtonLink } from "../ui/Button";
import { EmptyState, ErrorState, Skeleton } from "../ui/states";
import { FreshPosts } from "./FreshPosts";
import styles from "./ListPage.module.css";
import { PostCard } from "./PostCard";
import { SortTabs } from "./SortTabs";

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
  const { posts, isPending, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = usePosts(sort);
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
          <li key={post.id}>
            <PostCard post={post} sort={sort} />
          </li>
        ))}
      </ul>
      <div className={styles.foot}>
        {error && <ErrorState error={error} />}
        {hasNextPage ? (
          <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {isFetchingNextPage ? text.ui.loading : text.ui.more}
          </Button>
        ) : (
          <p>{text.posts.end}</p>
        )}
      </div>
    </>
  );
}

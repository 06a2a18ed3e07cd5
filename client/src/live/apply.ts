// What a live change does to what was read already. It changes things in place; new things are for the pages to announce.
import type { QueryClient } from "@tanstack/react-query";
import { changeComment, changePost, dropPost, findComment, isListed, keys } from "../api/cache";
import type { Comment, Post } from "../api/types";
import { passesOver, readAnew } from "./anew";
import type { Change, PostChange } from "./live";

/** Applies it. */
export function applyChange(client: QueryClient, change: Change): void {
  if (change.kind === "reset") {
    readAnew(client, keys.lists);
    readAnew(client, ["post"]);
  } else if (change.kind === "post") applyPost(client, change.post);
  else applyComment(client, change.comment.postId, change.comment);
}

function applyPost(client: QueryClient, change: PostChange): void {
  let own = false;
  passesOver(client, keys.lists, isListed(client, change.id));
  passesOver(client, keys.post(change.id), true);
  changePost(client, change.id, (post) => {
    own ||= post.own === true;
    if (change.withheld) return post.own ? { ...post, status: change.status } : post;
    if (change.deleted) return { ...post, status: change.status };
    return changed(post, change);
  });
  // Others lose sight of it; its author reads why.
  if (change.deleted || (change.withheld && !own)) dropPost(client, change.id);
  if (change.deleted || change.withheld) void client.invalidateQueries({ queryKey: keys.post(change.id) });
}

/** It is told whole but for its comments: what is not told any more (an old text, a reason) must not stay. */
const changed = (post: Post, change: PostChange): Post => ({
  ...post,
  content: null,
  html: null,
  editedAt: null,
  reason: null,
  ...(change as Partial<Post>),
  ...(post.own && { own: true }),
});

function applyComment(client: QueryClient, postId: string, change: Comment): void {
  const known = findComment(client, postId, change.id);
  passesOver(client, keys.post(postId), known !== undefined);
  if (!known) return;
  if (known.own && change.withheld) {
    changeComment(client, postId, change.id, (comment) => ({ ...comment, status: change.status }));
    void client.invalidateQueries({ queryKey: keys.post(postId) });
    return;
  }
  // It is named whole: what it does not say any more (an old text) must not stay.
  changeComment(client, postId, change.id, () => ({ ...change, ...(known.own ? { own: true } : {}) }));
}

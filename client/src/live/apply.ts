// What a live change does to what was read already. It changes things in place; new things are for the pages to announce.
import type { QueryClient } from "@tanstack/react-query";
import { changeComment, changePost, dropPost, findComment, keys } from "../api/cache";
import type { Comment, Post } from "../api/types";
import type { Change } from "./live";

/** Applies it. */
export function applyChange(client: QueryClient, change: Change): void {
  if (change.kind === "reset") {
    void client.invalidateQueries({ queryKey: keys.lists });
    void client.invalidateQueries({ queryKey: ["post"] });
  } else if (change.kind === "post") applyPost(client, change.post);
  else applyComment(client, change.comment.postId, change.comment);
}

function applyPost(client: QueryClient, change: Extract<Change, { kind: "post" }>["post"]): void {
  let own = false;
  changePost(client, change.id, (post) => {
    own ||= post.own === true;
    if (change.withheld) return post.own ? { ...post, status: change.status } : post;
    return { ...post, ...(change as Partial<Post>), ...(post.own ? { own: true } : {}) };
  });
  // Others lose sight of it; its author reads why.
  if (change.deleted || (change.withheld && !own)) dropPost(client, change.id);
  if (change.deleted || change.withheld) void client.invalidateQueries({ queryKey: keys.post(change.id) });
}

function applyComment(client: QueryClient, postId: string, change: Comment): void {
  const known = findComment(client, postId, change.id);
  if (!known) return;
  if (known.own && change.withheld) {
    changeComment(client, postId, change.id, (comment) => ({ ...comment, status: change.status }));
    void client.invalidateQueries({ queryKey: keys.post(postId) });
    return;
  }
  // It is named whole: what it does not say any more (an old text) must not stay.
  changeComment(client, postId, change.id, () => ({ ...change, ...(known.own ? { own: true } : {}) }));
}

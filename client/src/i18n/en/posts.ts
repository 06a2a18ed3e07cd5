// English: the list of posts.
import { pluralsOf } from "../plural";

const plural = pluralsOf("en");

export const posts = {
  title: "Posts",
  order: "Order",
  sort: { new: "New", active: "Active" },
  comments: (n: number) => plural(n, { one: "{n} comment", other: "{n} comments" }),
  fresh: (n: number) => plural(n, { one: "{n} new post", other: "{n} new posts" }),
  activity: "Last activity",
  empty: { title: "Nobody has spoken yet", text: "The first word is yours.", write: "Write the first post" },
  end: "That is all there is.",
};

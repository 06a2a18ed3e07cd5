// Every text of the client in English. It is the source: another language has the same shape, or does not compile.
import { app } from "./app";
import { bus } from "./bus";
import { moderation } from "./moderation";
import { posts } from "./posts";
import { thread } from "./thread";
import { ui } from "./ui";
import { write } from "./write";

export const en = { app, bus, moderation, posts, thread, ui, write };

/** The texts, by page. */
export type Text = typeof en;

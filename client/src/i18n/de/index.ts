// Every text of the client in German.
import type { Text } from "../en";
import { app } from "./app";
import { bus } from "./bus";
import { moderation } from "./moderation";
import { posts } from "./posts";
import { thread } from "./thread";
import { ui } from "./ui";
import { write } from "./write";

export const de: Text = { app, bus, moderation, posts, thread, ui, write };

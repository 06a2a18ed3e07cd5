// How much was said to each post that was read: a comment tells of itself only, so its post is asked, once for many comments.
import type { QueryClient } from "@tanstack/react-query";
import { changePost, isListed, keys } from "../api/cache";
import { call } from "../api/http";
import type { Post } from "../api/types";

const GATHER_MS = 1_000;
/** Posts that are asked at a time; the others wait for the next round. */
const MOST = 10;

/** Gathers posts whose comments changed, and asks for their counts. */
export class Counts {
  readonly #client: QueryClient;
  readonly #touched = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(client: QueryClient) {
    this.#client = client;
  }

  /** A comment on this post came, went or changed. */
  touch(id: string): void {
    if (!isListed(this.#client, id) && !this.#client.getQueryData(keys.post(id))) return;
    this.#touched.add(id);
    this.#timer ??= setTimeout(() => void this.#ask(), GATHER_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#touched.clear();
  }

  async #ask(): Promise<void> {
    const ids = [...this.#touched].slice(0, MOST);
    for (const id of ids) this.#touched.delete(id);
    this.#timer = this.#touched.size > 0 ? setTimeout(() => void this.#ask(), GATHER_MS) : undefined;
    await Promise.all(ids.map((id) => this.#askOne(id)));
  }

  async #askOne(id: string): Promise<void> {
    // A post that cannot be read keeps its old count; the next reading of the list brings the right one.
    const answer = await call<Post>(`posts/${id}`, { query: { limit: 1 } }).catch(() => undefined);
    if (!answer) return;
    const { commentCount, lastActivityAt } = answer.data;
    changePost(this.#client, id, (post) => ({
      ...post,
      commentCount,
      ...(lastActivityAt && { lastActivityAt }),
    }));
  }
}

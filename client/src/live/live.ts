// One connection for what changes, shared by all pages: it comes back by itself, and says when everything must be read anew.
import { urlOf } from "../api/base";
import type { Comment, Post } from "../api/types";
import { type Signal, signal } from "../signal";

/** A post as everyone may see it now; or only that it is withheld or deleted. */
export type PostChange = Partial<Post> & {
  id: string;
  status: Post["status"];
  withheld?: boolean;
  deleted?: boolean;
};
/** A comment as everyone may see it now. */
export type CommentChange = Comment & { postId: string };

export type Change =
  | { kind: "post"; post: PostChange }
  | { kind: "comment"; comment: CommentChange }
  /** Something was missed: read anew. */
  | { kind: "reset" };

/** `connecting` is only before the first connection. */
export type Connection = "connecting" | "live" | "reconnecting" | "offline";

/** The connection, and those who listen to it. */
export interface Live {
  connection: Signal<Connection>;
  subscribe(listener: (change: Change) => void): () => void;
  /** Opens it; the answer closes it. */
  open(): () => void;
}

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;

/** A connection that is not open yet. */
export function newLive(): Live {
  const connection = signal<Connection>("connecting");
  const listeners = new Set<(change: Change) => void>();
  const tell = (change: Change) => {
    for (const listener of [...listeners]) listener(change);
  };

  function open(): () => void {
    let source: EventSource | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let wait = FIRST_WAIT_MS;
    /** Whether something may have been missed: since what was read before the first source opened, or when a new one takes
     * the place of one that had heard something. */
    let missed = true;

    const lost = () => connection.set(navigator.onLine ? "reconnecting" : "offline");

    function connect() {
      clearTimeout(timer);
      source?.close();
      source = new EventSource(urlOf("GET", "live"));
      source.addEventListener("open", () => {
        connection.set("live");
        wait = FIRST_WAIT_MS;
        if (missed) tell({ kind: "reset" });
        missed = false;
      });
      source.addEventListener("error", () => {
        lost();
        // A source that was refused does not try again by itself, nor does it say where it stood.
        if (source?.readyState !== EventSource.CLOSED) return;
        missed = true;
        clearTimeout(timer);
        timer = setTimeout(connect, wait * (0.75 + Math.random() / 2));
        wait = Math.min(wait * 2, LONGEST_WAIT_MS);
      });
      source.addEventListener("post", ({ data }) => tell({ kind: "post", post: JSON.parse(data) }));
      source.addEventListener("comment", ({ data }) => tell({ kind: "comment", comment: JSON.parse(data) }));
      source.addEventListener("reset", () => tell({ kind: "reset" }));
    }

    function back() {
      if (source?.readyState === EventSource.CLOSED) connect();
      else if (source?.readyState === EventSource.OPEN) connection.set("live");
    }

    connect();
    window.addEventListener("online", back);
    window.addEventListener("offline", lost);
    return () => {
      clearTimeout(timer);
      source?.close();
      window.removeEventListener("online", back);
      window.removeEventListener("offline", lost);
    };
  }

  return {
    connection,
    open,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

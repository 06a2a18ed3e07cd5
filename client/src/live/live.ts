// One connection for what changes, shared by all pages and all tabs: it comes back by itself, and says when everything must be read
// anew.
import { urlOf } from "../api/base";
import type { Comment, Post } from "../api/types";
import { type Signal, signal } from "../signal";
import { takePart } from "./tabs";

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

/** What the tab that holds the stream passes on to the others. */
type Passed =
  | { kind: "state"; state: Connection; last: string | undefined }
  /** `before` is the id of the change that came before it. */
  | { kind: "change"; change: Change; id: string | undefined; before: string | undefined };

/** A connection that is not open yet. */
export function newLive(): Live {
  const connection = signal<Connection>("connecting");
  const listeners = new Set<(change: Change) => void>();
  const tell = (change: Change) => {
    for (const listener of [...listeners]) listener(change);
  };

  function open(): () => void {
    /** The last change that came, from the stream or from the tab that holds it. */
    let last: string | undefined;
    /** Whether something may have been missed since what was read: this tab has heard nothing yet. */
    let missed = true;

    function reset() {
      missed = false;
      tell({ kind: "reset" });
    }

    function change(change: Change, id: string | undefined) {
      if (id) last = id;
      if (change.kind === "reset") reset();
      else tell(change);
    }

    function hear(passed: Passed) {
      if (passed.kind === "state") {
        connection.set(navigator.onLine ? passed.state : "offline");
        if (passed.state !== "live") return;
        const behind = last !== undefined && passed.last !== undefined && last < passed.last;
        last = passed.last ?? last;
        if (missed || behind) reset();
        return;
      }
      const { id, before } = passed;
      if (passed.change.kind !== "reset") {
        if (last !== undefined && id !== undefined && id <= last) return;
        if (missed || (last !== undefined && before !== undefined && last < before)) reset();
      }
      change(passed.change, id);
    }

    /** Holds the stream. It goes on behind the last change, whichever tab that came to. */
    function lead(signal: AbortSignal): Promise<void> {
      let source: EventSource | undefined;
      let timer: ReturnType<typeof setTimeout> | undefined;
      let wait = FIRST_WAIT_MS;

      function state(now: Connection) {
        connection.set(now);
        place.tell({ kind: "state", state: now, last });
      }
      const lost = () => state(navigator.onLine ? "reconnecting" : "offline");

      function came(what: Change, id: string | undefined) {
        const before = last;
        change(what, id);
        place.tell({ kind: "change", change: what, id, before });
      }

      function connect() {
        clearTimeout(timer);
        source?.close();
        // Without an id it begins with what comes now.
        let begins = last === undefined;
        source = new EventSource(urlOf("GET", "live") + (begins ? "" : `?after=${last}`));
        source.addEventListener("open", () => {
          wait = FIRST_WAIT_MS;
          state("live");
          if (missed || begins) came({ kind: "reset" }, undefined);
          begins = false;
        });
        source.addEventListener("error", () => {
          lost();
          // A source that was refused does not try again by itself.
          if (source?.readyState !== EventSource.CLOSED) return;
          clearTimeout(timer);
          timer = setTimeout(connect, wait * (0.75 + Math.random() / 2));
          wait = Math.min(wait * 2, LONGEST_WAIT_MS);
        });
        source.addEventListener("post", ({ data, lastEventId }) =>
          came({ kind: "post", post: JSON.parse(data) }, lastEventId),
        );
        source.addEventListener("comment", ({ data, lastEventId }) =>
          came({ kind: "comment", comment: JSON.parse(data) }, lastEventId),
        );
        source.addEventListener("reset", ({ lastEventId }) => came({ kind: "reset" }, lastEventId));
      }

      function back() {
        if (source?.readyState === EventSource.CLOSED) connect();
        else if (source?.readyState === EventSource.OPEN) state("live");
      }

      connect();
      window.addEventListener("online", back);
      window.addEventListener("offline", lost);
      return new Promise((over) => {
        signal.addEventListener("abort", () => {
          clearTimeout(timer);
          source?.close();
          window.removeEventListener("online", back);
          window.removeEventListener("offline", lost);
          over();
        });
      });
    }

    const place = takePart<Passed>("live", {
      lead,
      hear,
      greeting: () => ({ kind: "state", state: connection.get(), last }),
    });
    const offline = () => connection.set("offline");
    window.addEventListener("offline", offline);
    window.addEventListener("online", place.ask);
    return () => {
      window.removeEventListener("offline", offline);
      window.removeEventListener("online", place.ask);
      place.leave();
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

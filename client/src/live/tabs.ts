// One stream for all tabs of a browser: one of them leads, holds the connection, and passes on what comes. Over HTTP/1.1 a browser
// has six connections to a site, and each stream takes one for as long as it is open.
//
// The leader is whoever holds a lock (Web Locks), which the browser hands on when a tab closes or crashes. Only a tab that is seen
// wants to lead: hidden tabs are slowed down and frozen. If none is seen, none leads. Where there are no locks (a page that came by
// plain HTTP from another machine), every tab that is seen has a stream of its own, and hidden ones have none.

/** What a tab does with the stream. `T` is what the leader passes on. */
export interface Part<T> {
  /** This tab leads: it holds the stream until the signal, or until the stream is refused. */
  lead: (signal: AbortSignal) => Promise<void>;
  /** The leader passes this on. */
  hear: (message: T) => void;
  /** What a tab that joins must know. Only the leader is asked. */
  greeting: () => T;
}

/** A tab's place among the others. */
export interface Place<T> {
  /** Passes something on to the other tabs. Only for the leader. */
  tell: (message: T) => void;
  /** Asks the leader for its greeting. */
  ask: () => void;
  leave: () => void;
}

type Passed<T> = { ask: true } | { message: T };

/** Takes part under this name. */
export function takePart<T>(name: string, part: Part<T>): Place<T> {
  const key = `folkmoot.${name}`;
  const locks = "BroadcastChannel" in globalThis ? navigator.locks : undefined;
  const channel = locks && new BroadcastChannel(key);
  const pass = (message: Passed<T>) => channel?.postMessage(message);
  let leads = false;
  /** There while this tab leads or wants to. */
  let turn: AbortController | undefined;

  channel?.addEventListener("message", ({ data }: MessageEvent<Passed<T>>) => {
    if (!("ask" in data)) part.hear(data.message);
    else if (leads) pass({ message: part.greeting() });
  });

  function want() {
    if (turn) return;
    turn = new AbortController();
    const { signal } = turn;
    const lead = async () => {
      if (signal.aborted) return;
      leads = true;
      try {
        await part.lead(signal);
      } finally {
        leads = false;
      }
    };
    pass({ ask: true });
    // The request fails where it is taken back.
    if (locks) locks.request(key, { signal }, lead).catch(() => {});
    else void lead();
  }

  function letGo() {
    turn?.abort();
    turn = undefined;
  }

  const look = () => (document.visibilityState === "hidden" ? letGo() : want());
  document.addEventListener("visibilitychange", look);
  window.addEventListener("pagehide", letGo);
  window.addEventListener("pageshow", look);
  look();
  return {
    tell: (message) => pass({ message }),
    ask: () => pass({ ask: true }),
    leave() {
      document.removeEventListener("visibilitychange", look);
      window.removeEventListener("pagehide", letGo);
      window.removeEventListener("pageshow", look);
      letGo();
      channel?.close();
    },
  };
}

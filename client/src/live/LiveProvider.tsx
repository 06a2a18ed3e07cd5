// Gives all pages the one live connection, applies what it says, and reads anew while the board says that it is behind.
import { useQueryClient } from "@tanstack/react-query";
import {
  createContext,
  type ReactNode,
  useContext,
  useEffect,
  useEffectEvent,
  useLayoutEffect,
  useState,
} from "react";
import { keys } from "../api/cache";
import { stale } from "../api/http";
import { useSignal } from "../signal";
import { applyChange } from "./apply";
import { Counts } from "./counts";
import { type Change, type Connection, type Live, newLive } from "./live";

const LiveContext = createContext<Live | null>(null);
const LOOK_AGAIN_MS = 5_000;

/** Opens the connection for everything inside. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const [live] = useState(newLive);
  // Before the effects of the pages inside: they hear of a change after it was applied.
  useLayoutEffect(() => {
    const counts = new Counts(client);
    const quiet = live.subscribe((change) => {
      applyChange(client, change);
      if (change.kind === "comment") counts.touch(change.comment.postId);
    });
    const close = live.open();
    return () => {
      close();
      quiet();
      counts.stop();
    };
  }, [client, live]);

  const behind = useSignal(stale);
  useEffect(() => {
    if (!behind) return;
    const look = () => {
      for (const queryKey of [keys.lists, ["post"]])
        void client.invalidateQueries({ queryKey }, { cancelRefetch: false });
    };
    const timer = setInterval(look, LOOK_AGAIN_MS);
    return () => clearInterval(timer);
  }, [behind, client]);

  return <LiveContext value={live}>{children}</LiveContext>;
}

function useLive(): Live {
  const live = useContext(LiveContext);
  if (!live) throw new Error("useLive is for what stands inside LiveProvider");
  return live;
}

/** The state of the connection. */
export const useConnection = (): Connection => useSignal(useLive().connection);

/** Whether the board said, at the last read, that what it shows is behind. */
export const useBehind = (): boolean => useSignal(stale);

/** Hears every change while the component is there, after it was applied to what was read. */
export function useChanges(listener: (change: Change) => void): void {
  const live = useLive();
  const hear = useEffectEvent(listener);
  useEffect(() => live.subscribe((change) => hear(change)), [live]);
}

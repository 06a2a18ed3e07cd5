// Says when what is shown may not be the latest. It stands above the page's edge, so that nothing moves.
import { useEffect, useState } from "react";
import { useText } from "../i18n/language";
import { useBehind, useConnection } from "../live/LiveProvider";
import styles from "./ConnectionNotice.module.css";

/** A connection that comes back at once is not worth a word. */
const QUIET_MS = 3_000;

/** One line at most. */
export function ConnectionNotice() {
  const { connection: words } = useText().app;
  const connection = useConnection();
  const behind = useBehind();
  const lost = useLasting(connection === "reconnecting", QUIET_MS);
  const message =
    connection === "offline" ? words.offline : lost ? words.reconnecting : behind ? words.behind : undefined;
  return (
    <div role="status" className={styles.place}>
      {message && <p className={styles.notice}>{message}</p>}
    </div>
  );
}

/** Whether it has been so for that long. */
function useLasting(so: boolean, ms: number): boolean {
  const [lasting, setLasting] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLasting(so), so ? ms : 0);
    return () => clearTimeout(timer);
  }, [so, ms]);
  return so && lasting;
}

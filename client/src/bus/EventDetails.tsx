// One event: its whole causal chain, where it can be read as a post or comment, and all that the bus keeps of it.
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useRef } from "react";
import { useEventChain } from "../api/bus";
import { keys } from "../api/cache";
import { placeOf } from "../api/place";
import type { BusEvent } from "../api/types";
import { useText } from "../i18n/language";
import { ButtonLink } from "../ui/Button";
import { IconButton } from "../ui/IconButton";
import { CloseIcon } from "../ui/icons";
import { ErrorState, Skeleton } from "../ui/states";
import { Chain } from "./Chain";
import { merged, timelineOf } from "./chain";
import styles from "./EventDetails.module.css";
import { EventJson } from "./EventJson";
import { commentOf, plain, postOf } from "./kinds";

interface Props {
  id: string;
  /** What came lately: more of the chain may be among it. */
  events: readonly BusEvent[];
  onPick: (id: string) => void;
  onClose: () => void;
}

/** The event. */
export function EventDetails({ id, events, onPick, onClose }: Props) {
  const text = useText();
  const words = text.bus.details;
  const own = useEventChain(id);
  const root = own.data?.causes[0]?.event.id;
  const whole = useEventChain(root);
  const known = useMemo(() => merged(root ? whole.data : undefined, own.data), [root, whole.data, own.data]);
  const steps = useMemo(() => timelineOf(known, id), [known, id]);
  useNews(root ?? id, known.length, events);
  const event = own.data?.event.event ?? events.find((one) => one.id === id);
  const heading = useRef<HTMLHeadingElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another event is looked at
  useEffect(() => {
    heading.current?.scrollIntoView?.({ block: "nearest" });
  }, [id]);

  const post = event && postOf(event);
  const comment = event && commentOf(event);
  return (
    <section className={styles.details} aria-labelledby="bus-event">
      <div className={styles.head}>
        <h2 id="bus-event" ref={heading} tabIndex={-1}>
          {event ? `${event.type} #${plain(placeOf(event))}` : words.title}
        </h2>
        <IconButton label={text.ui.close} icon={<CloseIcon />} onClick={onClose} />
      </div>
      {own.error && !own.data && <ErrorState error={own.error} onRetry={() => void own.refetch()} />}
      {own.isPending && <Skeleton rows={1} lines={4} />}
      {own.data && (
        <>
          <h3>{words.chain}</h3>
          <p className={styles.soft}>{steps.length > 1 ? words.chainOf(steps.length) : words.alone}</p>
          <Chain steps={steps} onPick={onPick} />
          {(own.data.truncated || whole.data?.truncated) && <p className={styles.soft}>{words.truncated}</p>}
        </>
      )}
      {post && (
        <div className={styles.links}>
          <ButtonLink small to={`/p/${post}`}>
            {words.toPost}
          </ButtonLink>
          {comment && (
            <ButtonLink small to={`/p/${post}#c-${comment}`}>
              {words.toComment}
            </ButtonLink>
          )}
        </div>
      )}
      {event && <EventJson event={event} />}
    </section>
  );
}

/** Looks again when the stream has brought more of this chain than is known. */
function useNews(root: string, known: number, events: readonly BusEvent[]) {
  const client = useQueryClient();
  const last = events.find((event) => event.correlationid === root);
  const newest = last && placeOf(last);
  const before = useRef({ root, newest });
  useEffect(() => {
    const same = before.current.root === root;
    const news = same && known > 0 && newest !== undefined && newest !== before.current.newest;
    before.current = { root, newest };
    if (news) void client.invalidateQueries({ queryKey: keys.event(root) });
  }, [client, root, known, newest]);
}

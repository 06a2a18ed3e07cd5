// Something that waits: what it says, why it waits, and what may be done about it.

import { memo, useId } from "react";
import type { QueueItem } from "../api/types";
import { useText } from "../i18n/language";
import { Badge } from "../ui/Badge";
import { Button } from "../ui/Button";
import { classes } from "../ui/classes";
import { Markdown } from "../ui/Markdown";
import { Name } from "../ui/Name";
import { Notice } from "../ui/Notice";
import { Time } from "../ui/Time";
import { Around } from "./Around";
import type { FocusPlaces } from "./focus";
import styles from "./ItemCard.module.css";
import { ItemTitle } from "./ItemTitle";
import { Key } from "./Key";
import { OpenLink } from "./OpenLink";
import { ReasonForm } from "./ReasonForm";
import { useSingleKeys } from "./shortcuts";

/** Longer texts are cut until one asks for all of it. */
const CUT = { characters: 500, lines: 8 };

/** What is done to a card, or in it. */
export type Act =
  | "current"
  | "approve"
  | "ask"
  | "reject"
  | "cancel"
  | "select"
  | "whole"
  | "around"
  | "renew";

interface Props {
  item: QueueItem;
  /** The one that keys are about. */
  current: boolean;
  selected: boolean;
  note: string | undefined;
  /** It has another text by now. */
  changed: boolean;
  /** It waits no more; only its reason is still being written. */
  gone: boolean;
  /** Its reason is being asked for. */
  rejecting: boolean;
  whole: boolean;
  around: boolean;
  /** Whether its title may be asked for now. */
  near: boolean;
  place: FocusPlaces["place"];
  /** It stays the same function: cards that nothing happens to are not drawn again. */
  on: (act: Act, item: QueueItem, reason?: string) => void;
}

/** One item. It takes the focus itself, so that one moves from text to text. */
export const ItemCard = memo(function ItemCard(props: Props) {
  const { item, current, selected, whole, around, on } = props;
  const text = useText();
  const words = text.moderation;
  const single = useSingleKeys();
  const id = useId();
  const content = item.content ?? "";
  const long = content.length > CUT.characters || content.split("\n").length > CUT.lines;
  return (
    <article
      ref={props.place(item.id)}
      tabIndex={current ? 0 : -1}
      aria-labelledby={`${id}-title`}
      aria-describedby={`${id}-note ${id}-why ${id}-text`}
      aria-current={current || undefined}
      className={classes(styles.item, current && styles.current)}
      onFocus={() => on("current", item)}
    >
      <label className={styles.mark}>
        <input
          type="checkbox"
          checked={selected}
          onChange={() => on("select", item)}
          aria-label={words.item.select}
          aria-describedby={`${id}-title`}
        />
      </label>
      <div className={styles.said}>
        <h2 id={`${id}-title`} className={styles.title}>
          <ItemTitle item={item} near={props.near} />
        </h2>
        <p className={styles.about}>
          <span className={styles.author}>
            <Name of={item.authorName} />
          </span>
          <span>
            {words.item.written} <Time at={item.createdAt ?? item.heldAt} />
          </span>
          {item.revision > 1 && <span>{words.item.revision(item.revision)}</span>}
        </p>
        <div id={`${id}-note`}>
          <Note {...props} />
        </div>
        <div id={`${id}-text`} className={classes(styles.text, long && !whole && styles.cut)}>
          {content ? <Markdown content={content} /> : item.title ? null : <p>{words.item.noText}</p>}
        </div>
        <div className={styles.more}>
          {long && (
            <Button small look="quiet" aria-expanded={whole} onClick={() => on("whole", item)}>
              {whole ? words.item.less : words.item.whole}
              {current && <Key of="whole" />}
            </Button>
          )}
          {item.kind === "comment" && (
            <Button small look="quiet" aria-expanded={around} onClick={() => on("around", item)}>
              {words.item.context}
              {current && <Key of="context" />}
            </Button>
          )}
          <OpenLink item={item}>{current && <Key of="open" />}</OpenLink>
        </div>
        {around && <Around item={item} />}
      </div>
      <div className={styles.side}>
        <div id={`${id}-why`} className={styles.why}>
          <Why item={item} />
        </div>
        {!props.rejecting && (
          <div className={styles.decide}>
            <Button
              onClick={() => on("approve", item)}
              className={styles.approve}
              aria-keyshortcuts={single ? "a" : undefined}
            >
              {words.approve}
              {current && <Key of="approve" />}
            </Button>
            <Button
              onClick={() => on("ask", item)}
              className={styles.reject}
              aria-keyshortcuts={single ? "r" : undefined}
            >
              {words.reject}
              {current && <Key of="reject" />}
            </Button>
          </div>
        )}
      </div>
      {props.rejecting && (
        <div className={styles.reason}>
          <ReasonForm
            label={words.reason.label}
            onSend={(reason) => on("reject", item, reason)}
            onCancel={() => on("cancel", item)}
          />
        </div>
      )}
    </article>
  );
});

/** What became of it since it was shown, or of the last decision on it. */
function Note({ item, note, changed, gone, on }: Props) {
  const words = useText().moderation;
  if (gone) return <Notice tone="warn">{words.gone}</Notice>;
  if (!changed) return note && <Notice tone="warn">{note}</Notice>;
  return (
    <Notice tone="warn">
      {words.edited}{" "}
      <Button small onClick={() => on("renew", item)}>
        {words.renew}
      </Button>
    </Notice>
  );
}

/** Why it waits, and for how long. */
function Why({ item }: { item: QueueItem }) {
  const { item: words } = useText().moderation;
  const byRule = item.rule !== "reports" && item.rule !== "undone";
  return (
    <>
      <span className={styles.badges}>
        {item.reports > 0 && <Badge tone="bad">{words.reported(item.reports)}</Badge>}
        {item.status === "approved" && <Badge tone="warn">{words.visible}</Badge>}
        {item.status === "rejected" && <Badge>{words.withdrawn}</Badge>}
      </span>
      {item.rule === "undone" && <span>{words.undone}</span>}
      {byRule && (
        <span>
          {words.rule} <strong>{item.rule}</strong>
          {item.reason && `: ${item.reason}`}
        </span>
      )}
      <span className={styles.since}>
        {words.held} <Time at={item.heldAt} />
      </span>
    </>
  );
}

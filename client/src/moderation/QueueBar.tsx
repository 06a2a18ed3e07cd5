// Above the queue, always in sight: how much waits, what is new, and what is done to everything selected.
import { useEffect, useRef } from "react";
import { useText } from "../i18n/language";
import { Button } from "../ui/Button";
import { VisuallyHidden } from "../ui/VisuallyHidden";
import { Key } from "./Key";
import styles from "./QueueBar.module.css";

interface Props {
  waiting: number;
  more: boolean;
  selected: number;
  fresh: number;
  /** The reason for all that are selected is being asked for. */
  asking: boolean;
  onAll: () => void;
  onApprove: () => void;
  onReject: () => void;
  onFresh: () => void;
  onKeys: () => void;
}

/** The bar. */
export function QueueBar(props: Props) {
  const { waiting, more, selected, fresh } = props;
  const words = useText().moderation;
  const box = useRef<HTMLInputElement>(null);
  const some = selected > 0 && selected < waiting;
  useEffect(() => {
    if (box.current) box.current.indeterminate = some;
  }, [some]);
  return (
    <div className={styles.bar}>
      <label className={styles.all}>
        <input
          ref={box}
          type="checkbox"
          checked={selected > 0 && selected === waiting}
          onChange={props.onAll}
        />
        <span>
          <VisuallyHidden>{words.bulk.all}: </VisuallyHidden>
          {selected > 0 ? words.bulk.selected(selected) : words.wait(waiting, more)}
        </span>
      </label>
      {selected > 0 && !props.asking && (
        <div className={styles.bulk}>
          <Button small onClick={props.onApprove} aria-keyshortcuts="Shift+a">
            {words.bulk.approve(selected)}
          </Button>
          <Button small onClick={props.onReject} aria-keyshortcuts="Shift+r">
            {words.bulk.reject(selected)}
          </Button>
        </div>
      )}
      <div role="status" className={styles.fresh}>
        {fresh > 0 && (
          <Button small look="primary" onClick={props.onFresh}>
            {words.fresh(fresh)}
          </Button>
        )}
      </div>
      <Button small look="quiet" className={styles.keys ?? ""} onClick={props.onKeys}>
        {words.keys.title}
        <Key of="help" />
      </Button>
    </div>
  );
}

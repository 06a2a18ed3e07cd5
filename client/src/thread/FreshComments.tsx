// Says that there are new comments, instead of moving what one reads.
import { useText } from "../i18n/language";
import { Button } from "../ui/Button";
import styles from "./Discussion.module.css";

/** A button that counts new comments and leads to the first of them; nothing, if there are none. */
export function FreshComments({ count, onShow }: { count: number; onShow: () => void }) {
  const text = useText();
  return (
    <div role="status" className={styles.fresh}>
      {count > 0 && (
        <Button look="primary" small onClick={onShow}>
          {text.thread.fresh(count)}
        </Button>
      )}
    </div>
  );
}

// Which events are listed: of one type, about one thing.
import { useId } from "react";
import type { BusEvent } from "../api/types";
import { useText } from "../i18n/language";
import type { Wish } from "./buffer";
import styles from "./EventList.module.css";
import { TYPES } from "./kinds";

interface Props {
  wish: Wish;
  onChange: (wish: Wish) => void;
  /** Their types can be chosen too, whoever says them. */
  seen: readonly BusEvent[];
}

/** The filters. */
export function EventFilters({ wish, onChange, seen }: Props) {
  const words = useText().bus.list;
  const [type, subject] = [useId(), useId()];
  const types = [
    ...new Set([...TYPES, ...seen.map((event) => event.type), ...(wish.type ? [wish.type] : [])]),
  ];
  return (
    <div className={styles.filters}>
      <div>
        <label htmlFor={type}>{words.type}</label>
        <select
          id={type}
          value={wish.type}
          onChange={(event) => onChange({ ...wish, type: event.target.value })}
        >
          <option value="">{words.allTypes}</option>
          {types.sort().map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </div>
      <div>
        <label htmlFor={subject}>{words.subject}</label>
        <input
          id={subject}
          type="search"
          value={wish.subject}
          placeholder={words.subjectHint}
          spellCheck={false}
          onChange={(event) => onChange({ ...wish, subject: event.target.value })}
        />
      </div>
    </div>
  );
}

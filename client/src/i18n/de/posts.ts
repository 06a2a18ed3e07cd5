// German: the list of posts.
import type { Text } from "../en";
import { pluralsOf } from "../plural";

const plural = pluralsOf("de");

export const posts: Text["posts"] = {
  title: "Beiträge",
  order: "Reihenfolge",
  sort: { new: "Neu", active: "Aktiv" },
  comments: (n) => plural(n, { one: "{n} Kommentar", other: "{n} Kommentare" }),
  fresh: (n) => plural(n, { one: "{n} neuer Beitrag", other: "{n} neue Beiträge" }),
  activity: "Zuletzt aktiv",
  empty: {
    title: "Noch hat niemand gesprochen",
    text: "Das erste Wort gehört dir.",
    write: "Den ersten Beitrag schreiben",
  },
  end: "Das ist alles.",
};

// German: a post with its thread.
import type { Text } from "../en";
import { pluralsOf } from "../plural";

const plural = pluralsOf("de");

export const thread: Text["thread"] = {
  title: "Ein Beitrag",
  edited: "bearbeitet",
  edit: "Bearbeiten",
  remove: "Löschen",
  share: "Link kopieren",
  copied: "Der Link ist kopiert.",
  address: (url) => `Hier ist der Link: ${url}`,
  standing: {
    pending: "Dieser Beitrag wartet auf Freigabe.",
    rejected: "Dieser Beitrag wurde abgelehnt; nur du siehst ihn.",
    because: (reason) => `Der Grund: ${reason}.`,
    mend: "Wenn du ihn bearbeitest, wird neu entschieden.",
  },
  comments: (n) => plural(n, { one: "{n} Kommentar", other: "{n} Kommentare" }),
  list: "Kommentare, jeder mit seinen Antworten danach",
  write: "Kommentar schreiben",
  empty: "Noch hat niemand geantwortet.",
  fresh: (n) => plural(n, { one: "{n} neuer Kommentar", other: "{n} neue Kommentare" }),
  reply: "Antworten",
  replies: (n) => plural(n, { one: "{n} Antwort", other: "{n} Antworten" }),
  report: "Melden",
  answers: "Antwort an",
  place: (level, name) => `Antwort an ${name}, Ebene ${level}`,
  quiet: {
    deleted: "Dieser Kommentar wurde gelöscht.",
    pending: "Hier wartet ein Kommentar auf eine Entscheidung.",
    rejected: "Hier wird ein Kommentar nicht gezeigt.",
  },
  kept: "Was du schreibst, steht noch hier. Vielleicht wird es nicht mehr angenommen: Kopiere deinen Text, wenn du ihn behalten willst.",
  lost: {
    gone: "Den Kommentar, den der Link nennt, gibt es nicht mehr, oder er wird nicht gezeigt.",
    failed:
      "Der Kommentar, den der Link nennt, konnte nicht gesucht werden. Folge dem Link gleich noch einmal.",
  },
  gone: {
    title: "Nicht hier",
    subtitle: "Diesen Beitrag gibt es nicht, oder nicht mehr",
    text: "Vielleicht wurde er gelöscht oder wird nicht gezeigt, oder die Adresse ist vertippt.",
    back: "Zu den Beiträgen",
  },
  going: {
    title: "Gelöscht",
    subtitle: "Dein Beitrag ist gelöscht",
    text: "Einen Moment lang lässt sich das zurücknehmen.",
    back: "Zu den Beiträgen",
  },
};

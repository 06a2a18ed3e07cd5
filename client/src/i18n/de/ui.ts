// German: the building blocks that all pages use.
import type { Text } from "../en";

export const ui: Text["ui"] = {
  loading: "Lädt …",
  retry: "Noch einmal",
  cancel: "Abbrechen",
  close: "Schließen",
  undo: "Rückgängig",
  more: "Mehr laden",
  optional: "freiwillig",
  someone: "Jemand",
  status: {
    pending: "Wartet auf Freigabe",
    approved: "Freigegeben",
    rejected: "Abgelehnt",
    deleted: "Gelöscht",
  },
  failed: {
    title: "Das ging nicht",
    unreachable: "Das Forum ist nicht zu erreichen",
    unreachableText: "Prüfe die Verbindung. Nichts ist verloren; versuche es gleich noch einmal.",
    tooMany: "Zu viel auf einmal. Warte einen Moment und versuche es dann noch einmal.",
    trouble: "Das Forum hat gerade Schwierigkeiten. Versuche es gleich noch einmal.",
    gone: "Es ist nicht da, oder nicht zu sehen.",
    forbidden: "Das braucht das Token der Moderation.",
    slow: "Es war zu lange unterwegs. Versuche es noch einmal.",
    large: "Das ist mehr, als das Forum auf einmal nimmt.",
    changed: "Es wurde inzwischen geändert. Sieh dir zuerst die neueste Fassung an.",
  },
};

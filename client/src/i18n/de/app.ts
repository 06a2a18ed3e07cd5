// German: the frame around all pages.
import type { Text } from "../en";

export const app: Text["app"] = {
  skip: "Zum Inhalt springen",
  navigation: "Haupt",
  home: "Folkmoot, zu den Beiträgen",
  posts: "Beiträge",
  write: "Schreiben",
  moderation: "Moderation",
  bus: "Bus",
  theme: { system: "Farben: wie das System", light: "Farben: hell", dark: "Farben: dunkel" },
  otherLanguage: "English",
  toasts: "Meldungen",
  connection: {
    offline: "Du bist offline. Was gelesen wurde, bleibt hier.",
    reconnecting: "Die Verbindung ist abgerissen. Sie wird neu aufgebaut …",
    behind: "Das Forum holt gerade auf; was du siehst, ist vielleicht etwas alt.",
  },
  notFound: {
    title: "Diese Seite gibt es nicht",
    text: "Die Adresse ist vielleicht vertippt, oder was hier stand, ist weg.",
    back: "Zu den Beiträgen",
  },
  broken: {
    title: "Diese Seite ist kaputtgegangen",
    text: "Beim Zeichnen ging etwas schief. Nichts, was abgeschickt wurde, ist verloren.",
    again: "Neu laden",
  },
};

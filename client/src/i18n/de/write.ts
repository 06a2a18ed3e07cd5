// German: writing, changing, deleting and reporting.
import type { Text } from "../en";
import { pluralsOf } from "../plural";

const plural = pluralsOf("de");
const number = new Intl.NumberFormat("de");

export const write: Text["write"] = {
  title: "Neuer Beitrag",
  fields: {
    title: "Titel",
    text: "Text",
    name: "Dein Name",
    nameHint: "Steht neben dem, was du schreibst. Dieser Browser merkt ihn sich.",
    comment: "Dein Kommentar",
    reply: (name) => `Deine Antwort an ${name}`,
    editComment: "Dein Kommentar, geändert",
  },
  editor: {
    mode: "Schreiben oder Vorschau",
    write: "Schreiben",
    preview: "Vorschau",
    nothing: "Noch nichts zu zeigen.",
    help: "So wird formatiert",
    helpText: "Der Text ist Markdown: ein paar Zeichen, alles andere bleibt, wie du es tippst.",
    samples: [
      ["**fett**, *schräg*", "fett, schräg"],
      ["[die Worte](https://example.org)", "ein Link"],
      ["- eins", "eine Liste; 1. für eine nummerierte"],
      ["> sagte sie", "ein Zitat"],
      ["`code`", "Code; drei Backticks darüber und darunter für mehrere Zeilen"],
      ["(eine leere Zeile)", "ein neuer Absatz"],
    ],
  },
  left: (n) => plural(n, { one: "noch {n} Zeichen", other: "noch {n} Zeichen" }),
  wrong: {
    empty: "Schreib hier erst etwas.",
    unseen: "Davon wäre nichts zu sehen: Schreib hier etwas anderes oder nichts.",
    long: (n, most) =>
      `${plural(n, { one: "{n} Zeichen", other: "{n} Zeichen" })} zu viel; möglich sind höchstens ${number.format(most)}.`,
    control: (sign) => `Darin steht ein Steuerzeichen (${sign}), das nicht behalten werden kann.`,
    line: "Schreib es in eine Zeile.",
    deep: "Tiefer geht es in einem Thread nicht: Antworte auf einen Kommentar weiter oben.",
    check: "Sieh nach, was markiert ist.",
    gone: "Wozu das gehört, ist nicht mehr da. Kopiere deinen Text, wenn du ihn behalten willst.",
    notYours: "Der Schlüssel dieses Browsers ist nicht der, mit dem es geschrieben wurde.",
  },
  send: {
    post: "Veröffentlichen",
    comment: "Kommentieren",
    reply: "Antworten",
    save: "Speichern",
    cancel: "Abbrechen",
    busy: "Wird gesendet …",
    keys: "Strg + Eingabe sendet",
    sent: "Gesendet.",
    kept: "Was du geschrieben hast, bleibt hier stehen.",
    unreachable: "Das Forum ist nicht zu erreichen.",
    offline: "Du bist offline: Es wird jetzt nicht gesendet.",
    again: "Noch einmal senden",
    waiting: (seconds) =>
      `Das Forum ist beschäftigt. In ${plural(seconds, { one: "{n} Sekunde", other: "{n} Sekunden" })} wird es noch einmal gesendet.`,
    tries: (n, most) => `Versuch ${n} von ${most}.`,
    stop: "Anhalten",
  },
  draft: {
    restored: "Das hattest du angefangen.",
    unsure:
      "Ob der letzte Versuch angekommen ist, steht nicht fest. Sende ihn noch einmal: Es wird nur einmal da sein.",
    discard: "Verwerfen",
  },
  changed: {
    title: "Es wurde inzwischen geändert",
    text: "Hier ist, was jetzt dort steht, und darunter, was du geschrieben hast. Was soll gelten?",
    now: "Was jetzt dort steht",
    takeTheirs: "Nehmen, was dort steht",
    keepMine: "Stattdessen meins speichern",
  },
  deleted: {
    post: "Beitrag gelöscht.",
    comment: "Kommentar gelöscht.",
    failed: "Es ließ sich nicht löschen.",
  },
  report: {
    title: "Diesen Kommentar melden",
    about: (name) => `Die Moderation sieht sich an, was ${name} geschrieben hat.`,
    reason: "Was stimmt damit nicht?",
    send: "Melden",
    thanks: "Gemeldet. Die Moderation sieht es sich an.",
  },
  key: {
    note: "Kein Konto: Dieser Browser hat einen Schlüssel. Damit kannst du ändern oder löschen, was du hier schreibst. Mit den Daten der Seite geht er verloren.",
    open: "Mehr zum Schlüssel",
    title: "Der Schlüssel dieses Browsers",
    text: "Wer den Schlüssel hat, kann ändern und löschen, was damit geschrieben wurde, und niemand kann ihn ersetzen. Bewahre ihn sicher auf, oder nimm ihn in einen anderen deiner Browser mit.",
    yours: "Dein Schlüssel",
    copy: "Kopieren",
    copied: "Kopiert.",
    other: "Ein Schlüssel aus einem anderen Browser",
    otherHint:
      "Von da an schreibt dieser Browser damit. Kopiere vorher den oberen, falls du damit etwas geschrieben hast.",
    use: "Diesen Schlüssel nehmen",
    bad: "Ein Schlüssel hat 16 bis 256 Zeichen ohne Leerzeichen.",
    notKept:
      "Dieser Browser konnte ihn nicht behalten: Sein Speicher ist voll oder gesperrt. Er gilt, bis diese Seite geschlossen wird.",
  },
};

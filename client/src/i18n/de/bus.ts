// German: the page in src/bus.
import type { Text } from "../en";
import { pluralsOf } from "../plural";

const plural = pluralsOf("de");
const number = (n: number) => new Intl.NumberFormat("de").format(n);
const events = (n: number) => plural(n, { one: "{n} Ereignis", other: "{n} Ereignisse" });

export const bus: Text["bus"] = {
  title: "Der Ereignisbus",
  intro:
    "Folkmoot besteht aus ein paar kleinen Diensten, die einander nie aufrufen. Jeder sagt, was geschehen ist; der Bus hält es in einem Protokoll fest und reicht es weiter, und wen es angeht, der reagiert. Hier kann man zusehen.",
  reconnecting: "Der Bus antwortet nicht. Was vorher kam, bleibt hier; neuer Versuch läuft …",
  states: { connecting: "Verbindung wird aufgebaut …", reconnecting: "Der Bus antwortet gerade nicht." },
  empty: {
    title: "Noch ist nichts geschehen",
    text: "Das Protokoll ist leer. Schreibe in einem zweiten Fenster den ersten Beitrag und sieh zu, wie er reist.",
    write: "Den ersten Beitrag schreiben",
  },
  picture: {
    label: "Die Dienste und der Bus",
    choose: "Wähle einen Kasten und lies, was ihm gehört und was er hört.",
    door: "Eingang",
    notes: { writes: "schreibt", reads: "liest, live", says: "sagt", hears: "hört", follows: "folgt" },
    legend: "Was die Zeichen bedeuten",
    kinds: {
      created: "neu",
      updated: "geändert",
      moderated: "beurteilt",
      deleted: "gelöscht",
      reported: "gemeldet",
      other: "etwas anderes",
    },
    hold: "Bild anhalten",
    go: "Bild laufen lassen",
    held: "Das Bild steht.",
    quiet: "Live. Gerade ist es ruhig.",
    telling: "Das ist dem neuesten Kommentar geschehen.",
    flowing: (rate: number) => `Live: ${events(rate)} in der Sekunde.`,
    sampled: (rate: number) =>
      `Live: ${events(rate)} in der Sekunde. Nur einige sind gezeichnet; im Protokoll stehen alle.`,
    names: {
      browser: "Dein Browser",
      posts: "posts",
      comments: "comments",
      moderation: "moderation",
      bus: "Ereignisbus",
      query: "query",
      others: "andere",
    },
    doing: {
      browser: "schreibt, liest",
      posts: "hält Beiträge",
      comments: "hält Kommentare",
      moderation: "beurteilt beides",
      bus: "das Protokoll von allem",
      query: "hält das Gelesene",
      others: "eigene Empfänger",
    },
    explained: {
      browser:
        "Er spricht nur mit einer Adresse, dem Eingang, der jede Anfrage an ihren Dienst weitergibt. Geschriebenes geht an die Dienste, Gelesenes und Neues kommt von query.",
      posts:
        "Ihm gehören die Beiträge, und nur er schreibt sie. Er hört, was moderation über einen Beitrag gesagt hat, und hält das Urteil mit ihm fest.",
      comments:
        "Ihm gehören die Kommentare, und er hält jeden zurück, bis er beurteilt ist. Er hört Urteile über Kommentare und welche Beiträge es gibt, um zu wissen, was man kommentieren kann.",
      moderation:
        "Ihm gehören Regeln, Urteile und die Warteschlange für Menschen. Er hört jeden neuen oder geänderten Beitrag und Kommentar, beurteilt ihn und sagt, was dabei herauskam.",
      bus: "Ihm gehört das Protokoll: Jedes Ereignis steht auf der Platte, ehe jemand davon erfährt. Er liefert jedem Abonnement in dessen Tempo, merkt sich, wie weit es ist, und versucht es, bis es gelingt.",
      query:
        "Ihm gehört nichts; er faltet alle Ereignisse zu dem, was man liest, damit eine Seite eine Anfrage ist. Er hört alles, indem er dem Strom folgt, und lässt sich jederzeit aus dem Protokoll neu aufbauen.",
      others:
        "Jemand anderes hat diesen Bus abonniert. Er bekommt dieselben Ereignisse auf demselben Weg und muss nichts von den Diensten wissen, die sie sagten.",
    },
  },
  inWords: {
    title: "Das Bild in Worten",
    text: "Der Browser schreibt durch den Eingang an posts, comments und moderation. Jeder hält fest, was ihm gesagt wurde, und sagt es dem Bus, der es allen gibt, die es hören. Query sagt es dem Browser.",
    who: "Wer",
    says: "sagt",
    hears: "hört",
  },
  story: {
    title: "Was geschieht, wenn jemand kommentiert",
    chapters: {
      post: {
        title: "Ein Beitrag ist da.",
        text: "posts hat es einmal gesagt, und comments merkt sich, dass man darauf antworten kann.",
      },
      comment: {
        title: "Ein Kommentar kommt.",
        text: "comments hält ihn zusammen mit seinem Ereignis fest, antwortet sofort und sagt es erst dann dem Bus. Er wird zurückgehalten.",
      },
      verdict: {
        title: "Er wird beurteilt.",
        text: "moderation hört davon, fragt seine Regeln und sagt, was dabei herauskam.",
      },
      update: {
        title: "Er wird gezeigt.",
        text: "comments hört das Urteil, hält es fest und sagt, dass sich der Kommentar geändert hat. query nimmt das auf, und dein Browser zeigt ihn.",
      },
    },
    show: "Zeig es mir",
    next: "Weiter",
    previous: "Zurück",
    again: "Von vorn",
    stop: "Fertig",
    missing:
      "Noch gibt es keinen Kommentar, von dem man erzählen könnte. Schreibe einen und versuche es noch einmal.",
    later: (time: string) => `${time} später`,
    stepOf: (step: number, of: number) =>
      `Schritt ${step} von ${of}. Die Pfeiltasten gehen weiter und zurück.`,
  },
  list: {
    title: "Ereignisse",
    pause: "Anhalten",
    go: "Weiter",
    paused: "Angehalten. Neue Ereignisse werden gezählt, nicht gezeigt.",
    bounded: "Höchstens die letzten 500. Die Liste steht still, solange man auf sie zeigt oder in ihr ist.",
    none: "Warten auf Ereignisse …",
    noMatch: "Keines der letzten Ereignisse ist so.",
    fresh: (n: number) => plural(n, { one: "{n} neues", other: "{n} neue" }),
    type: "Art",
    allTypes: "Alle Arten",
    subject: "Gegenstand oder Kennung",
    subjectHint: "ein Teil genügt",
    aloud: "Neue Ereignisse alle paar Sekunden ansagen",
    spoken: (n: number, last: string) =>
      `${plural(n, { one: "{n} neues Ereignis", other: "{n} neue Ereignisse" })}, zuletzt ${last}.`,
  },
  details: {
    title: "Ereignis",
    invite:
      "Wähle ein Ereignis und sieh, was es ausgelöst hat, was daraus wurde und was der Bus davon festhält.",
    chain: "Was woraus wurde",
    chainOf: (n: number) => `${events(n)}, vom ersten Anlass an.`,
    alone: "Nichts hat es ausgelöst, und bisher ist nichts daraus geworden.",
    after: (time: string) => `${time} später`,
    truncated: "Es sind mehr, als hier gezeigt werden können; die entferntesten fehlen.",
    toPost: "Zum Beitrag",
    toComment: "Zum Kommentar",
    json: "Das Ereignis als JSON",
    copy: "Kopieren",
    copied: "Kopiert.",
    notCopied: "Der Browser hat das Kopieren nicht zugelassen.",
  },
  subscriptions: {
    title: "Abonnements",
    intro:
      "Wem geliefert wird. Der Bus merkt sich für jeden, wie weit er ist: Wer weg war, bekommt alles Versäumte, der Reihe nach.",
    query:
      "query ist nicht darunter: Er folgt dem Protokoll als Strom und merkt sich selbst, wie weit er ist.",
    none: "Niemand hat abonniert.",
    states: {
      active: "aktiv",
      behind: "holt auf",
      waiting: "wartet auf neuen Versuch",
      failing: "scheitert",
      paused: "angehalten",
    },
    lag: "Rückstand",
    noLag: "keiner",
    lagOf: (n: number, time: string) => `${events(n)}, das älteste wartet seit ${time}`,
    cursor: "Stand",
    cursorOf: (cursor: string, head: string) => `#${cursor} von #${head}`,
    hears: "Hört",
    everything: "alles",
    lastError: "Gescheitert:",
    nextTry: (time: string) => `Neuer Versuch um ${time}.`,
    parkedCount: (n: number) => `${number(n)} geparkt`,
    ignored: "Übergangen",
    ignoredOf: (n: number) => events(n),
    ignoredLast: (sequence: string, reason: string) => `zuletzt #${sequence}: ${reason}`,
    pause: "Anhalten",
    pauseOf: (name: string) => `Anhalten: ${name}`,
    resume: "Fortsetzen",
    resumeOf: (name: string) => `Fortsetzen: ${name}`,
    seek: "Verschieben …",
    seekOf: (name: string) => `Verschieben … den Stand von ${name}`,
  },
  seek: {
    title: (name: string) => `Den Stand von ${name} verschieben`,
    where: "Wohin",
    targets: {
      start: "An den Anfang des Protokolls",
      now: "An sein Ende",
      sequence: "Hinter eine Nummer",
      time: "Zu einer Zeit",
    },
    sequence: "Nummer",
    time: "Zeit, nach deiner Uhr",
    confirm: "Verschieben",
    willStart: (head: string) =>
      `Alles vom ersten Ereignis bis #${head} wird noch einmal geliefert. Die Dienste von Folkmoot wissen, was sie hatten, und tun nichts doppelt; ein anderer Empfänger vielleicht schon.`,
    willSkip: (n: number) =>
      n === 0
        ? "Es wartet nichts, also wird nichts ausgelassen."
        : `${plural(n, { one: "{n} wartendes Ereignis wird", other: "{n} wartende Ereignisse werden" })} nie geliefert.`,
    willTime:
      "Was zu dieser Zeit oder später festgehalten wurde, wird (noch einmal) geliefert. Älteres nicht.",
    willSequence: "Gib die Nummer eines Ereignisses an. Was danach kommt, wird geliefert.",
    willRepeat: (n: string) => `Bis zu ${n} Ereignisse werden noch einmal geliefert.`,
    willPass: (n: string) => `Bis zu ${n} Ereignisse werden ausgelassen und nie geliefert.`,
    beyond: (head: string) => `Das Protokoll endet bei #${head}.`,
  },
  parked: {
    title: "Geparkt",
    titleOf: (name: string) => `Geparkt bei ${name}`,
    intro:
      "Das wurde abgelehnt oder scheiterte immer wieder. Nur seine eigenen späteren Ereignisse warten dahinter; alle anderen gehen weiter.",
    waits: (sequence: string) => `wartet bei #${sequence}`,
    since: "seit",
    attempts: (n: number) =>
      plural(n, { one: "{n} weiterer Versuch scheiterte", other: "{n} weitere Versuche scheiterten" }),
    nextTry: (time: string) => `neuer Versuch um ${time}`,
    redeliver: "Jetzt noch einmal",
    redeliverOf: (subject: string) => `Jetzt noch einmal: ${subject}`,
    giveUp: "Aufgeben …",
    giveUpOf: (subject: string) => `Aufgeben … ${subject}`,
    giveUpTitle: "Dieses Ereignis aufgeben?",
    giveUpText: (sequence: string, name: string) =>
      `Das Ereignis, das zuerst steht (#${sequence} oder das nächste dafür), wird nie an ${name} geliefert. Das Protokoll hält es fest, und was dahinter wartet, folgt.`,
    giveUpNow: "Aufgeben",
    reason: "Grund",
    reasonHint: "Er steht im Protokoll. Ohne ihn steht dort, was der Empfänger sagte.",
    tried: "Es ist unterwegs.",
  },
};

-- Who is pushed to, and how far each has come.
CREATE TABLE subscriptions (
    name            TEXT PRIMARY KEY NOT NULL,
    url             TEXT NOT NULL,
    -- A JSON array of event types; NULL wants all.
    types           TEXT,
    -- Where it begins: `start`, `now`, a sequence (what follows it) or a time.
    begins          TEXT NOT NULL,
    batch           INTEGER NOT NULL,
    format          TEXT NOT NULL,
    secret          TEXT,
    generation      TEXT NOT NULL,
    -- Everything up to here was delivered, was not wanted, or stands in `parked`.
    cursor          INTEGER NOT NULL,
    -- While added types are caught up: what was delivered before, as a JSON array of types up to a sequence.
    seen_types      TEXT,
    seen_upto       INTEGER,
    -- NULL while it is active, else `call` or `receiver`.
    paused_by       TEXT,
    paused_because  TEXT
) WITHOUT ROWID, STRICT;

-- Subjects whose delivery waits; their events are read from the log again.
CREATE TABLE parked (
    subscription    TEXT NOT NULL REFERENCES subscriptions (name) ON DELETE CASCADE,
    subject         TEXT NOT NULL,
    -- Nothing of the subject from here up to the cursor was delivered, all before was.
    first           INTEGER NOT NULL,
    error           TEXT NOT NULL,
    -- Milliseconds since the epoch.
    since           INTEGER NOT NULL,
    next_try        INTEGER NOT NULL,
    attempts        INTEGER NOT NULL,
    PRIMARY KEY (subscription, subject)
) WITHOUT ROWID, STRICT;

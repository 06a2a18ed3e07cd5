-- What every service keeps beside its own tables: facts about the database itself, events to say, events heard.

CREATE TABLE meta (
    key   TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
) WITHOUT ROWID;

-- Every event that this service has said, in the order of its commits.
CREATE TABLE outbox (
    number   INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    event_id TEXT    NOT NULL UNIQUE,
    subject  TEXT    NOT NULL,
    body     BLOB    NOT NULL,
    said_at  BIGINT  NOT NULL
);

-- Which of them the bus has not taken yet. A row of its own, so that marking one sent rewrites no body.
CREATE TABLE outbox_unsent (
    number  INTEGER PRIMARY KEY NOT NULL,
    problem TEXT
);

-- The logs that events were heard from, numbered to keep the inbox narrow.
CREATE TABLE inbox_log (
    number INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    log    TEXT NOT NULL UNIQUE
);

-- Every event that was applied here, written in the transaction of its effect.
CREATE TABLE inbox (
    log_number INTEGER NOT NULL,
    sequence   BIGINT  NOT NULL,
    event_id   TEXT    NOT NULL,
    PRIMARY KEY (log_number, sequence)
) WITHOUT ROWID;

CREATE INDEX inbox_event ON inbox (event_id);

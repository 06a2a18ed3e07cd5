-- What stood before the latest verdict of a moderator, as JSON: what an undo puts back.
ALTER TABLE items ADD COLUMN before TEXT;

-- The comment that a comment answers.
ALTER TABLE items ADD COLUMN parent_id BLOB;

-- Every verdict that was said, in that order; rows are added, and never changed or taken away. No text stands in it.
CREATE TABLE verdicts (
    number      INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    at          BIGINT  NOT NULL,
    kind        TEXT    NOT NULL,
    id          BLOB    NOT NULL,
    post_id     BLOB    NOT NULL,
    revision    BIGINT  NOT NULL,
    decision    BIGINT  NOT NULL,
    status      TEXT    NOT NULL,
    reason      TEXT,
    rule        TEXT,
    decided_by  TEXT    NOT NULL,
    -- The verdict that this one takes back, by its number.
    undoes      BIGINT,

    -- A verdict that is heard again, while a new database is being filled, is one that was said.
    UNIQUE (id, kind, revision, decision)
);

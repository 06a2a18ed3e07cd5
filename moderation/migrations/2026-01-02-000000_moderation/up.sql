-- Every post and comment that this service knows anything of. Parts that are not known are NULL. The current text is
-- kept, for a moderator may decide again on anything; what is deleted keeps its place here and none of its text.
CREATE TABLE items (
    number             INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    kind               TEXT    NOT NULL,
    id                 BLOB    NOT NULL,
    -- The post that a comment stands under; a post's own id.
    post_id            BLOB    NOT NULL,

    created_at         BIGINT,
    author_id          BLOB,
    author_name        TEXT,

    revision           BIGINT,
    title              TEXT,
    content            TEXT,
    edited_at          BIGINT,

    verdict_revision   BIGINT,
    verdict_decision   BIGINT,
    verdict_status     TEXT,
    verdict_reason     TEXT,
    verdict_rule       TEXT,
    verdict_by         TEXT,

    reopened_revision  BIGINT,
    reopened_decision  BIGINT,

    deleted_by         TEXT,

    -- Why and since when a moderator should look at it.
    queued_rule        TEXT,
    queued_reason      TEXT,
    queued_since       BIGINT,

    -- How often it was reported since a moderator last decided on it.
    reports            BIGINT  NOT NULL,

    -- The event that a verdict is still owed to, while a new database is being filled.
    owed_cause         TEXT,
    owed_correlation   TEXT,
    owed_time          BIGINT,

    UNIQUE (id, kind)
);

CREATE INDEX items_queue ON items (queued_since, number) WHERE queued_since IS NOT NULL;
CREATE INDEX items_owed ON items (number) WHERE owed_cause IS NOT NULL;
CREATE INDEX items_thread ON items (post_id);

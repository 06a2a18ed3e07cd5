-- Every post that this service knows anything of. Parts that are not known are NULL: a verdict may be recorded before
-- the post it is about, and a deleted post keeps its place and its owner but no text.
CREATE TABLE posts (
    -- Newest last, in the order of commits: what lists are paged by.
    number             INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    id                 BLOB    NOT NULL UNIQUE,
    -- Whether everyone may see it, as the lifecycle says.
    shown              BOOLEAN NOT NULL,
    -- The event that told of the last change made here; NULL for what was read back from the bus.
    last_event         TEXT,
    -- SHA-256 of the request, if it may be repeated.
    request_digest     TEXT,

    created_at         BIGINT,
    author_name        TEXT,
    owner_key          TEXT,

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

    deleted_by         TEXT
);

-- The posts that were heard of: comments on others wait. A deleted one closes its thread for good.
CREATE TABLE post (
    id      BLOB    PRIMARY KEY NOT NULL,
    created BOOLEAN NOT NULL,
    deleted BOOLEAN NOT NULL
) WITHOUT ROWID;

-- Comments by the parts of the contract's lifecycle, each of which only ever rises. NULL is "not heard".
CREATE TABLE comment (
    -- The order of commits, and with it the order of a thread.
    number            INTEGER PRIMARY KEY NOT NULL,
    id                BLOB   NOT NULL UNIQUE,
    post_id           BLOB   NOT NULL,

    -- Its origin: what the creation said once and for all. Times are milliseconds since the epoch.
    created_at        BIGINT,
    parent_id         BLOB,
    author_id         BLOB,
    author_name       TEXT,
    owner_key         TEXT,

    -- Its version: the text as it stands.
    revision          BIGINT,
    edited_at         BIGINT,
    content           TEXT,

    -- The latest verdict, on whatever version; the latest decision to judge anew.
    verdict_revision  BIGINT,
    verdict_decision  BIGINT,
    verdict_status    TEXT,
    verdict_reason    TEXT,
    verdict_rule      TEXT,
    verdict_by        TEXT,
    reopened_revision BIGINT,
    reopened_decision BIGINT,

    deleted_by        TEXT,

    -- Its place in the thread: how many comments are above it, and how many replies stand under it.
    depth             BIGINT NOT NULL,
    replies           BIGINT NOT NULL,

    -- The event that told of its last change made here; the digest of the request, if that carried an Idempotency-Key.
    last_event        TEXT,
    digest            TEXT
);

CREATE INDEX comment_thread ON comment (post_id, number);
CREATE INDEX comment_parent ON comment (parent_id) WHERE parent_id IS NOT NULL;

-- One report per comment and person who can be told from others.
CREATE TABLE report (
    comment_id BLOB NOT NULL,
    reporter   TEXT NOT NULL,
    event_id   TEXT NOT NULL,
    PRIMARY KEY (comment_id, reporter)
) WITHOUT ROWID;

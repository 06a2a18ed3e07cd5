-- The log. Text is kept as bytes: whether it still is what was written is known only after its digest was checked.
CREATE TABLE log (
    -- 1 for the first event, rising by one, without holes.
    sequence INTEGER PRIMARY KEY NOT NULL,
    -- Milliseconds since the epoch; never less than the row's before.
    recorded_at INTEGER NOT NULL,
    id BLOB NOT NULL,
    source BLOB NOT NULL,
    type BLOB NOT NULL,
    -- The event's id if it has no subject of its own.
    subject BLOB NOT NULL,
    -- The event's JSON up to its data, with zeros for its sequence and without the closing brace.
    attributes BLOB NOT NULL,
    -- `"data":...` or `"data_base64":...`, or nothing. May be redacted later; its digest stays.
    content BLOB NOT NULL,
    content_digest BLOB NOT NULL,
    -- Over the row before and this one's digests.
    chain BLOB NOT NULL
) STRICT;

-- Who said what: ids come first because ours are time-ordered, so that the index grows at its end.
CREATE UNIQUE INDEX log_identity ON log (id, source);

-- A thread's events (and, as in every index, their sequence).
CREATE INDEX log_subject ON log (subject);

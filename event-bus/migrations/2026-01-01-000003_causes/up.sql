-- What each event was caused by, so that what an event caused is found. A way to rows and no part of them: an event is
-- held against its own JSON when it is read. An event that nothing caused takes no place in the index.
ALTER TABLE log ADD COLUMN causation BLOB;

-- A damaged row stays as it is, to be named by whoever reads it.
UPDATE log
SET causation = CAST(json_extract(CAST(attributes AS TEXT) || '}', '$.causationid') AS BLOB)
WHERE CASE
    WHEN json_valid(CAST(attributes AS TEXT) || '}')
    THEN json_type(CAST(attributes AS TEXT) || '}', '$.causationid') = 'text'
    ELSE FALSE
END;

CREATE INDEX log_causation ON log (causation) WHERE causation IS NOT NULL;

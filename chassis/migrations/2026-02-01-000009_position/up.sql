-- How far this database has come: raised by one with each committed group, and held against the mark beside the file at
-- the next start. One row, which names the database too.
CREATE TABLE position (
    id       INTEGER PRIMARY KEY NOT NULL CHECK (id = 1),
    database BLOB    NOT NULL,
    number   BIGINT  NOT NULL
);

CREATE TABLE notes (
    id   INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    text TEXT NOT NULL
);
-- Checked at the commit: with it a commit can be made to fail.
CREATE TABLE answers (
    note INTEGER NOT NULL REFERENCES notes (id) DEFERRABLE INITIALLY DEFERRED
);

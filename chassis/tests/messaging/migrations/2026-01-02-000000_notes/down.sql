DROP TABLE answers; DROP TABLE notes;

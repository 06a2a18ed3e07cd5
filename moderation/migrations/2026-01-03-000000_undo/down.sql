DROP TABLE verdicts;
ALTER TABLE items DROP COLUMN parent_id;
ALTER TABLE items DROP COLUMN before;

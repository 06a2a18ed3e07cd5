DROP INDEX log_causation;
ALTER TABLE log DROP COLUMN causation;

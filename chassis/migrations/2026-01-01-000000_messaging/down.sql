DROP TABLE inbox; DROP TABLE inbox_log; DROP TABLE outbox_unsent; DROP TABLE outbox; DROP TABLE meta;

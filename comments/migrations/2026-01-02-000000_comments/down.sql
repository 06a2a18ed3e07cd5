DROP TABLE report;
DROP TABLE comment;
DROP TABLE post;

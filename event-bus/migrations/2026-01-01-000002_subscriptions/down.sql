DROP TABLE parked;
DROP TABLE subscriptions;

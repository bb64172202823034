-- When a client key last opened something; NULL where it never did. It is written now and then,
-- so it may lag behind by a minute.
ALTER TABLE credentials ADD COLUMN last_used_at INTEGER;

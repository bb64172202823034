-- serves: 2
-- When a client key last opened something; NULL where it never did. It is written now and then,
-- so it may lag behind by a minute.
ALTER TABLE credentials ADD COLUMN IF NOT EXISTS last_used_at bigint;

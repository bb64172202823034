-- serves: 2
-- When each client key was last used; NULL: never, or not since this was kept.
ALTER TABLE credentials ADD COLUMN IF NOT EXISTS last_used_at bigint;

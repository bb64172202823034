-- name: claims_hold
-- What is held while something of this kind is decided on this shard.
SELECT shard FROM claims WHERE shard = :shard AND kind = :kind

-- name: incarnations_insert
-- A name for the time from here to the next crash, unless it has one.
INSERT INTO incarnations (shard, name) VALUES (0, :name) ON CONFLICT (shard) DO NOTHING;

-- name: incarnations_find
-- The name of the time since the last crash.
SELECT name FROM incarnations WHERE shard = 0;

-- name: transactions_number
-- The number of the transaction that is open.
SELECT CAST(CAST(pg_current_xact_id() AS text) AS bigint);

-- name: transactions_status
-- What became of a transaction.
SELECT pg_xact_status(CAST(CAST(CAST(:number AS bigint) AS text) AS xid8));

-- name: transactions_confirm
-- A word in the server's log: once it is committed, standbys have all that came before it.
SELECT CAST(pg_logical_emit_message(TRUE, 'orderfolio', '') AS text);

-- name: extensions_document
-- An extension as clients see it.
SELECT ref, version, document
FROM visible_extensions
WHERE organisation = :organisation AND owner_ref = :owner_ref AND shard = :shard;

-- name: extensions_find_for_update
-- An extension with its columns, hidden or not, held against other writers.
SELECT ref, version, created_at, modified_at, owner, order_ref, document
FROM extensions
WHERE organisation = :organisation AND owner_ref = :owner_ref AND shard = :shard;

-- name: extensions_insert
-- A new extension.
INSERT INTO extensions (
    organisation, owner_ref, shard, owner, ref, version, created_at, modified_at, order_ref,
    document
) VALUES (
    :organisation, :owner_ref, :shard, :owner, :ref, :version, :created_at, :modified_at,
    :order_ref, :document
);

-- name: extensions_update
-- What is kept of an extension, replaced.
UPDATE extensions
SET version = :version, modified_at = :modified_at, document = :document
WHERE organisation = :organisation AND owner_ref = :owner_ref AND shard = :shard;

-- name: extensions_delete
-- The extension of an owner deleted, if it is in sight.
DELETE FROM extensions
WHERE organisation = :organisation AND owner_ref = :owner_ref AND shard = :shard
    AND EXISTS (
        SELECT 1 FROM visible_extensions
        WHERE organisation = :organisation AND owner_ref = :owner_ref AND shard = :shard
    );

-- name: extensions_delete_of_order
-- The extensions of an order and of its items deleted.
DELETE FROM extensions
WHERE organisation = :organisation AND order_ref = :order_ref AND shard = :shard
RETURNING 1;

-- name: audit_insert
-- What an operation did to one resource.
INSERT INTO audit (
    organisation, ref, shard, actor, name, operation, request_id, change, noun, touched,
    called, order_ref, guest_ref, version, counts
) VALUES (
    :organisation, :ref, :shard, :actor, :name, :operation, :request_id, :change, :noun, :touched,
    :called, :order_ref, :guest_ref, :version, :counts
);

-- name: audit_page
-- The newest of an organisation before one of them, back to a moment.
SELECT ref, actor, name, operation, request_id, change, noun, touched, called, order_ref,
    guest_ref, version, counts
FROM audit
WHERE organisation = :organisation AND ref < :before AND ref >= :since
ORDER BY ref DESC
LIMIT :limit;

-- name: audit_page_about
-- The same of one resource, among so many of the newest: no key leads to them.
SELECT ref, actor, name, operation, request_id, change, noun, touched, called, order_ref,
    guest_ref, version, counts
FROM (
    SELECT ref, actor, name, operation, request_id, change, noun, touched, called, order_ref,
        guest_ref, version, counts
    FROM audit
    WHERE organisation = :organisation AND ref < :before AND ref >= :since
    ORDER BY ref DESC
    LIMIT :looked
) AS newest
WHERE touched = :about OR order_ref = :about OR guest_ref = :about
ORDER BY ref DESC
LIMIT :limit;

-- name: audit_edge
-- The last of so many of the newest, where there are as many.
SELECT ref
FROM audit
WHERE organisation = :organisation AND ref < :before AND ref >= :since
ORDER BY ref DESC
LIMIT 1 OFFSET :skip;

-- name: audit_receipt
-- What was counted of a guest that is gone, from the entry on that asked for it.
SELECT ref, actor, name, operation, request_id, change, noun, touched, called, order_ref,
    guest_ref, version, counts
FROM audit
WHERE organisation = :organisation AND ref >= :since AND touched = :guest_ref
    AND counts IS NOT NULL
ORDER BY ref
LIMIT 1;

-- name: audit_orders_of_receipt
-- The orders that went with a guest, between the entry that asked for it and the receipt.
SELECT touched
FROM audit
WHERE organisation = :organisation AND ref >= :since AND ref <= :until
    AND guest_ref = :guest_ref AND noun = :noun
ORDER BY ref;

-- name: audit_delete_older
-- The oldest of an organisation deleted.
DELETE FROM audit
WHERE organisation = :organisation AND ref <= (
    SELECT ref
    FROM (
        SELECT ref
        FROM audit
        WHERE organisation = :organisation AND ref < :than
        ORDER BY ref
        LIMIT :limit
    ) AS oldest
    ORDER BY ref DESC
    LIMIT 1
)
RETURNING 1;

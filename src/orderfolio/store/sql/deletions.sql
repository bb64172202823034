-- name: deletions_insert
-- A guest marked, and so hidden with all that goes with it.
INSERT INTO deletions (organisation, guest_ref)
VALUES (:organisation, :guest_ref)
ON CONFLICT (organisation, guest_ref) DO NOTHING;

-- name: deletions_delete
-- A guest no longer marked.
DELETE FROM deletions WHERE organisation = :organisation AND guest_ref = :guest_ref;

-- name: deletions_pending
-- The marked guests of every organisation.
SELECT organisation, guest_ref FROM deletions ORDER BY organisation, guest_ref;

-- name: deletions_of_organisation
-- Whether an organisation has marked guests.
SELECT 1 FROM deletions WHERE organisation = :organisation LIMIT 1;

-- name: deletions_contacts
-- Contacts of a guest behind one of them, each with whether its order is hidden.
SELECT ref, version, created_at, modified_at, order_ref, ordered_at, role, guest_ref, document,
    EXISTS (
        SELECT 1 FROM hidden_orders
        WHERE hidden_orders.organisation = people.organisation
            AND hidden_orders.ref = people.order_ref
            AND hidden_orders.shard = people.shard
    )
FROM people
WHERE organisation = :organisation AND guest_ref = :guest_ref AND role = 'contact'
    AND (order_ref, shard, ref) > (:after_order, :after_shard, :after)
ORDER BY order_ref, shard, ref
LIMIT :limit;

-- name: deletions_consumers
-- The first consumers of a guest in orders that aren't hidden.
SELECT ref, version, created_at, modified_at, order_ref, ordered_at, role, guest_ref, document
FROM people
WHERE organisation = :organisation AND guest_ref = :guest_ref AND role = 'consumer'
    AND NOT EXISTS (
        SELECT 1 FROM hidden_orders
        WHERE hidden_orders.organisation = people.organisation
            AND hidden_orders.ref = people.order_ref
            AND hidden_orders.shard = people.shard
    )
ORDER BY order_ref, shard, ref
LIMIT :limit;

-- name: deletions_contacts_of_order
-- The contacts of an order in sight whose guests are marked.
SELECT ref, version, created_at, modified_at, order_ref, ordered_at, role, guest_ref, document
FROM people
WHERE organisation = :organisation AND order_ref = :order_ref AND shard = :shard
    AND role = 'contact'
    AND EXISTS (
        SELECT 1 FROM deletions
        WHERE deletions.organisation = people.organisation
            AND deletions.guest_ref = people.guest_ref
    )
    AND NOT EXISTS (
        SELECT 1 FROM hidden_orders
        WHERE hidden_orders.organisation = people.organisation
            AND hidden_orders.ref = people.order_ref
            AND hidden_orders.shard = people.shard
    )
ORDER BY ref;

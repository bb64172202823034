-- name: deletions_insert
-- A guest marked, and so hidden with all that goes with it.
INSERT INTO deletions (organisation, guest_ref, actor, name, operation, request_id)
VALUES (:organisation, :guest_ref, :actor, :name, :operation, :request_id)
ON CONFLICT (organisation, guest_ref) DO NOTHING;

-- name: deletions_hide_guest
-- A marked guest without a version, as whoever waits to hold it will find it.
UPDATE guests SET version = 0
WHERE organisation = :organisation AND ref = :ref AND shard = :shard;

-- name: deletions_delete
-- A guest no longer marked.
DELETE FROM deletions WHERE organisation = :organisation AND guest_ref = :guest_ref;

-- name: deletions_progress
-- Who asked for a deletion, and what went so far.
SELECT actor, name, operation, request_id, orders, items, contacts, consumers, extensions
FROM deletions
WHERE organisation = :organisation AND guest_ref = :guest_ref;

-- name: deletions_count
-- More that went with a guest.
UPDATE deletions
SET orders = orders + :orders, items = items + :items, contacts = contacts + :contacts,
    consumers = consumers + :consumers, extensions = extensions + :extensions
WHERE organisation = :organisation AND guest_ref = :guest_ref;

-- name: traces_insert
-- A guest gone, of whom the engine's logs may still tell.
INSERT INTO traces (organisation, guest_ref)
VALUES (:organisation, :guest_ref)
ON CONFLICT (organisation, guest_ref) DO NOTHING;

-- name: traces_all
-- The guests of whom the engine's logs may still tell.
SELECT organisation, guest_ref FROM traces ORDER BY organisation, guest_ref;

-- name: traces_delete
-- A guest of whom nothing tells any more.
DELETE FROM traces WHERE organisation = :organisation AND guest_ref = :guest_ref;

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

-- name: sights_contacts
-- Contacts of an order that have a guest, hidden or not, behind one of them.
SELECT ref, guest_ref
FROM people
WHERE organisation = :organisation AND order_ref = :order_ref AND shard = :shard
    AND role = 'contact' AND guest_ref IS NOT NULL AND ref > :after
ORDER BY ref
LIMIT :limit;

-- name: deletions_guest_for_update
-- A guest, hidden or not, held against whoever would give it more contacts and consumers.
SELECT 1
FROM guests
WHERE organisation = :organisation AND ref = :ref AND shard = :shard;

-- name: deletions_order_for_update
-- An order, hidden or not, held against whoever would bring it into sight or hide it.
SELECT 1
FROM orders
WHERE organisation = :organisation AND ref = :ref AND shard = :shard;

-- name: deletions_person_for_update
-- A contact or consumer of a guest, hidden or not, held against whoever would make it somebody
-- else's; no row where somebody has.
SELECT ref, version, created_at, modified_at, order_ref, ordered_at, role, guest_ref, document
FROM people
WHERE organisation = :organisation AND ref = :ref AND shard = :shard
    AND guest_ref = :guest_ref;

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

-- name: deletions_preview_orders
-- How many orders would go with a guest: those where no other unmarked guest is a contact.
SELECT count(*)
FROM (
    SELECT DISTINCT order_ref, shard
    FROM people
    WHERE organisation = :organisation AND guest_ref = :guest_ref AND role = 'contact'
) AS own
WHERE NOT EXISTS (
    SELECT 1 FROM people AS others
    WHERE others.organisation = :organisation
        AND others.order_ref = own.order_ref
        AND others.shard = own.shard
        AND others.role = 'contact'
        AND others.guest_ref IS NOT NULL
        AND others.guest_ref <> :guest_ref
        AND NOT EXISTS (
            SELECT 1 FROM deletions
            WHERE deletions.organisation = others.organisation
                AND deletions.guest_ref = others.guest_ref
        )
);

-- name: deletions_preview_contacts
-- How many contacts of a guest would go from orders that stay.
SELECT count(*)
FROM people
WHERE organisation = :organisation AND guest_ref = :guest_ref AND role = 'contact'
    AND EXISTS (
        SELECT 1 FROM people AS others
        WHERE others.organisation = people.organisation
            AND others.order_ref = people.order_ref
            AND others.shard = people.shard
            AND others.role = 'contact'
            AND others.guest_ref IS NOT NULL
            AND others.guest_ref <> :guest_ref
            AND NOT EXISTS (
                SELECT 1 FROM deletions
                WHERE deletions.organisation = others.organisation
                    AND deletions.guest_ref = others.guest_ref
            )
    );

-- name: deletions_preview_consumers
-- How many consumers of a guest would go from orders in sight that stay: those where it isn't
-- a contact, or another unmarked guest is one too.
SELECT count(*)
FROM visible_people AS consumers
WHERE organisation = :organisation AND guest_ref = :guest_ref AND role = 'consumer'
    AND (
        NOT EXISTS (
            SELECT 1 FROM people AS contacts
            WHERE contacts.organisation = consumers.organisation
                AND contacts.order_ref = consumers.order_ref
                AND contacts.shard = consumers.shard
                AND contacts.role = 'contact'
                AND contacts.guest_ref = :guest_ref
        )
        OR EXISTS (
            SELECT 1 FROM people AS others
            WHERE others.organisation = consumers.organisation
                AND others.order_ref = consumers.order_ref
                AND others.shard = consumers.shard
                AND others.role = 'contact'
                AND others.guest_ref IS NOT NULL
                AND others.guest_ref <> :guest_ref
                AND NOT EXISTS (
                    SELECT 1 FROM deletions
                    WHERE deletions.organisation = others.organisation
                        AND deletions.guest_ref = others.guest_ref
                )
        )
    );

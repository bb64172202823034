-- An order with an unmarked guest among its contacts is never hidden, so these ask for nothing
-- but the mark of their guest.

-- name: orders_of_guest_page
-- Orders whose contact is a guest, in the order of refs.
SELECT orders.ref, orders.version, CASE WHEN :whole = 1 THEN orders.document END
FROM (
    SELECT DISTINCT order_ref, shard
    FROM people
    WHERE organisation = :organisation AND guest_ref = :guest_ref AND role = 'contact'
        AND order_ref > :after AND order_ref < :before
        AND NOT EXISTS (
            SELECT 1 FROM deletions
            WHERE organisation = :organisation AND guest_ref = :guest_ref
        )
    ORDER BY order_ref
    LIMIT :limit OFFSET :skip
) AS chosen
JOIN orders
    ON orders.organisation = :organisation
    AND orders.ref = chosen.order_ref
    AND orders.shard = chosen.shard
ORDER BY chosen.order_ref;

-- name: orders_of_guest_page_descending
-- Orders whose contact is a guest, in the reverse order of refs.
SELECT orders.ref, orders.version, CASE WHEN :whole = 1 THEN orders.document END
FROM (
    SELECT DISTINCT order_ref, shard
    FROM people
    WHERE organisation = :organisation AND guest_ref = :guest_ref AND role = 'contact'
        AND order_ref > :after AND order_ref < :before
        AND NOT EXISTS (
            SELECT 1 FROM deletions
            WHERE organisation = :organisation AND guest_ref = :guest_ref
        )
    ORDER BY order_ref DESC, shard DESC
    LIMIT :limit OFFSET :skip
) AS chosen
JOIN orders
    ON orders.organisation = :organisation
    AND orders.ref = chosen.order_ref
    AND orders.shard = chosen.shard
ORDER BY chosen.order_ref DESC;

-- name: orders_of_guest_by_ordered_at_page
-- Orders whose contact is a guest, the first ordered first.
SELECT orders.ref, orders.version, CASE WHEN :whole = 1 THEN orders.document END,
    orders.ordered_at
FROM (
    SELECT DISTINCT ordered_at, order_ref, shard
    FROM people
    WHERE organisation = :organisation AND guest_ref = :guest_ref AND role = 'contact'
        AND (ordered_at, order_ref) > (:ordered_after, :after)
        AND NOT EXISTS (
            SELECT 1 FROM deletions
            WHERE organisation = :organisation AND guest_ref = :guest_ref
        )
    ORDER BY ordered_at, order_ref
    LIMIT :limit OFFSET :skip
) AS chosen
JOIN orders
    ON orders.organisation = :organisation
    AND orders.ref = chosen.order_ref
    AND orders.shard = chosen.shard
ORDER BY chosen.ordered_at, chosen.order_ref;

-- name: orders_of_guest_by_ordered_at_page_descending
-- Orders whose contact is a guest, the last ordered first.
SELECT orders.ref, orders.version, CASE WHEN :whole = 1 THEN orders.document END,
    orders.ordered_at
FROM (
    SELECT DISTINCT ordered_at, order_ref, shard
    FROM people
    WHERE organisation = :organisation AND guest_ref = :guest_ref AND role = 'contact'
        AND (ordered_at, order_ref) < (:ordered_before, :before)
        AND NOT EXISTS (
            SELECT 1 FROM deletions
            WHERE organisation = :organisation AND guest_ref = :guest_ref
        )
    ORDER BY ordered_at DESC, order_ref DESC, shard DESC
    LIMIT :limit OFFSET :skip
) AS chosen
JOIN orders
    ON orders.organisation = :organisation
    AND orders.ref = chosen.order_ref
    AND orders.shard = chosen.shard
ORDER BY chosen.ordered_at DESC, chosen.order_ref DESC;

-- name: orders_of_guest_count
-- How many orders have a guest as contact.
SELECT count(*)
FROM (
    SELECT DISTINCT order_ref
    FROM people
    WHERE organisation = :organisation AND guest_ref = :guest_ref AND role = 'contact'
        AND NOT EXISTS (
            SELECT 1 FROM deletions
            WHERE organisation = :organisation AND guest_ref = :guest_ref
        )
) AS chosen;

-- name: orders_of_guest_by_ordered_at_count
-- How many orders have a guest as contact, whatever their sort.
SELECT count(*)
FROM (
    SELECT DISTINCT order_ref
    FROM people
    WHERE organisation = :organisation AND guest_ref = :guest_ref AND role = 'contact'
        AND NOT EXISTS (
            SELECT 1 FROM deletions
            WHERE organisation = :organisation AND guest_ref = :guest_ref
        )
) AS chosen;

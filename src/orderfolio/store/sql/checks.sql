-- What `check` reads: the rows behind one of them, each with what it must agree with. Views are
-- passed by: what is hidden must hold together too. Long tables are asked with count(*), since
-- PostgreSQL may answer EXISTS by reading the whole of one.

-- name: checks_orders
-- Orders, each with whether its organisation is there, and one in sight that it matches.
SELECT organisation, ref, shard, version, created_at, modified_at, reference_id, ordered_at,
    document,
    EXISTS (
        SELECT 1 FROM organisations WHERE organisations.organisation = orders.organisation
    ),
    (
        SELECT others.ref
        FROM visible_orders AS others
        WHERE others.organisation = orders.organisation
            AND others.reference_id = orders.reference_id
            AND others.ordered_at BETWEEN orders.ordered_at AND orders.ordered_at + :window
            AND (others.ordered_at, others.ref) > (orders.ordered_at, orders.ref)
            AND EXISTS (
                SELECT 1 FROM visible_orders AS seen
                WHERE seen.organisation = orders.organisation AND seen.ref = orders.ref
                    AND seen.shard = orders.shard
            )
        ORDER BY others.ordered_at, others.ref
        LIMIT 1
    ) AS twin
FROM orders
WHERE (organisation, ref, shard) > (:organisation, :ref, :shard)
ORDER BY organisation, ref, shard
LIMIT :limit;

-- name: checks_items
-- Items, each with whether its order is there, and how many links lead to it.
SELECT organisation, ref, shard, version, created_at, modified_at, order_ref, quantity_given,
    consumers, document,
    0 < (
        SELECT count(*) FROM orders
        WHERE orders.organisation = items.organisation AND orders.ref = items.order_ref
            AND orders.shard = items.shard
    ),
    (
        SELECT count(*) FROM consumed
        WHERE consumed.item_ref = items.ref AND consumed.shard = items.shard
    )
FROM items
WHERE (organisation, ref, shard) > (:organisation, :ref, :shard)
ORDER BY organisation, ref, shard
LIMIT :limit;

-- name: checks_people
-- Contacts and consumers, each with when its order was made, and whether its guest is there.
SELECT organisation, ref, shard, version, created_at, modified_at, order_ref, ordered_at, role,
    guest_ref, first_name, last_name, document,
    (
        SELECT orders.ordered_at FROM orders
        WHERE orders.organisation = people.organisation AND orders.ref = people.order_ref
            AND orders.shard = people.shard
    ),
    guest_ref IS NULL OR 0 < (
        SELECT count(*) FROM guests
        WHERE guests.organisation = people.organisation AND guests.ref = people.guest_ref
    )
FROM people
WHERE (organisation, ref, shard) > (:organisation, :ref, :shard)
ORDER BY organisation, ref, shard
LIMIT :limit;

-- name: checks_extensions
-- Extensions, each with whether its owner is there, under the same order.
SELECT organisation, owner_ref, shard, version, created_at, modified_at, ref, owner, order_ref,
    document,
    CASE owner
        WHEN 'order' THEN owner_ref = order_ref AND 0 < (
            SELECT count(*) FROM orders
            WHERE orders.organisation = extensions.organisation
                AND orders.ref = extensions.owner_ref AND orders.shard = extensions.shard
        )
        ELSE 0 < (
            SELECT count(*) FROM items
            WHERE items.organisation = extensions.organisation
                AND items.ref = extensions.owner_ref AND items.shard = extensions.shard
                AND items.order_ref = extensions.order_ref
        )
    END
FROM extensions
WHERE (organisation, owner_ref, shard) > (:organisation, :owner_ref, :shard)
ORDER BY organisation, owner_ref, shard
LIMIT :limit;

-- name: checks_consumed
-- Links, each with whether there are such a consumer and such an item, of one order.
SELECT consumer_ref, item_ref, shard,
    EXISTS (
        SELECT 1
        FROM organisations
        CROSS JOIN people
            ON people.organisation = organisations.organisation
            AND people.ref = consumed.consumer_ref
            AND people.shard = consumed.shard
        CROSS JOIN items
            ON items.organisation = people.organisation
            AND items.ref = consumed.item_ref
            AND items.shard = consumed.shard
        WHERE people.role = 'consumer' AND items.order_ref = people.order_ref
    )
FROM consumed
WHERE (consumer_ref, item_ref, shard) > (:consumer_ref, :item_ref, :shard)
ORDER BY consumer_ref, item_ref, shard
LIMIT :limit;

-- name: checks_guests
-- Guests, each with whether its organisation is there.
SELECT organisation, ref, shard, version, created_at, modified_at, guest_type, first_name,
    last_name, document,
    EXISTS (
        SELECT 1 FROM organisations WHERE organisations.organisation = guests.organisation
    )
FROM guests
WHERE (organisation, ref, shard) > (:organisation, :ref, :shard)
ORDER BY organisation, ref, shard
LIMIT :limit;

-- name: checks_mark
-- When a mark of a guest expires, if the guest has it.
SELECT expires_at
FROM guest_marks
WHERE organisation = :organisation AND provider = :provider AND value = :value
    AND guest_ref = :guest_ref AND id = :id AND shard = :shard;

-- name: checks_phone
-- Whether a guest is found by a phone number.
SELECT 1
FROM guest_phones
WHERE organisation = :organisation AND value = :value AND guest_ref = :guest_ref
    AND shard = :shard;

-- name: checks_marks
-- Marks, each with the document of its guest.
SELECT organisation, provider, value, guest_ref, id, shard,
    (
        SELECT guests.document FROM guests
        WHERE guests.organisation = guest_marks.organisation
            AND guests.ref = guest_marks.guest_ref
    )
FROM guest_marks
WHERE (organisation, provider, value, guest_ref, id, shard)
    > (:organisation, :provider, :value, :guest_ref, :id, :shard)
ORDER BY organisation, provider, value, guest_ref, id, shard
LIMIT :limit;

-- name: checks_phones
-- Phone numbers, each with the document of its guest.
SELECT organisation, value, guest_ref, shard,
    (
        SELECT guests.document FROM guests
        WHERE guests.organisation = guest_phones.organisation
            AND guests.ref = guest_phones.guest_ref
    )
FROM guest_phones
WHERE (organisation, value, guest_ref, shard) > (:organisation, :value, :guest_ref, :shard)
ORDER BY organisation, value, guest_ref, shard
LIMIT :limit;

-- name: checks_audit
-- Entries, each with whether its organisation is there, which version what it tells of has, if
-- it is there, and whether that is a guest who is being deleted.
SELECT organisation, ref, shard, actor, name, operation, request_id, change, noun, touched,
    called, order_ref, guest_ref, version, counts,
    organisation = 0 OR EXISTS (
        SELECT 1 FROM organisations WHERE organisations.organisation = audit.organisation
    ),
    CASE noun
        WHEN 'order' THEN (
            SELECT orders.version FROM orders
            WHERE orders.organisation = audit.organisation AND orders.ref = audit.touched
                AND orders.shard = audit.shard
        )
        WHEN 'order item' THEN (
            SELECT items.version FROM items
            WHERE items.organisation = audit.organisation AND items.ref = audit.touched
                AND items.shard = audit.shard
        )
        WHEN 'guest' THEN (
            SELECT guests.version FROM guests
            WHERE guests.organisation = audit.organisation AND guests.ref = audit.touched
                AND guests.shard = audit.shard
        )
        WHEN 'data extension' THEN (
            SELECT extensions.version FROM extensions
            WHERE extensions.organisation = audit.organisation
                AND extensions.order_ref = audit.order_ref AND extensions.shard = audit.shard
                AND extensions.ref = audit.touched
        )
        ELSE (
            SELECT people.version FROM people
            WHERE people.organisation = audit.organisation AND people.ref = audit.touched
                AND people.shard = audit.shard
        )
    END,
    noun = 'guest' AND EXISTS (
        SELECT 1 FROM deletions
        WHERE deletions.organisation = audit.organisation
            AND deletions.guest_ref = audit.touched
    )
FROM audit
WHERE (organisation, ref, shard) > (:organisation, :ref, :shard)
ORDER BY organisation, ref, shard
LIMIT :limit;

-- name: checks_open
-- The organisations that somebody has the credentials of.
SELECT DISTINCT organisation FROM credentials;

-- name: checks_kept_answers
-- Answers, each with whether its document is whole, and whether it tells of a guest that isn't
-- there.
SELECT organisation, scope, shard, ref,
    document IS NULL OR document_ref IS NOT NULL AND version IS NOT NULL,
    document IS NOT NULL AND guest_ref IS NOT NULL AND 0 = (
        SELECT count(*) FROM guests
        WHERE guests.organisation = kept_answers.organisation
            AND guests.ref = kept_answers.guest_ref
    )
FROM kept_answers
WHERE (organisation, scope, shard) > (:organisation, :scope, :shard)
ORDER BY organisation, scope, shard
LIMIT :limit;

-- name: checks_parts
-- Which guests have a part in an answer, each with when that was kept, if it is there, and
-- whether the guest isn't.
SELECT organisation, guest_ref, scope, shard, created_at,
    (
        SELECT kept_answers.created_at FROM kept_answers
        WHERE kept_answers.organisation = kept_answer_guests.organisation
            AND kept_answers.scope = kept_answer_guests.scope
            AND kept_answers.shard = kept_answer_guests.shard
    ),
    0 = (
        SELECT count(*) FROM guests
        WHERE guests.organisation = kept_answer_guests.organisation
            AND guests.ref = kept_answer_guests.guest_ref
    )
FROM kept_answer_guests
WHERE (organisation, guest_ref, scope, shard) > (:organisation, :guest_ref, :scope, :shard)
ORDER BY organisation, guest_ref, scope, shard
LIMIT :limit;

-- name: checks_deletions
-- Guests that are being deleted, each with whether it isn't there.
SELECT organisation, guest_ref,
    0 = (
        SELECT count(*) FROM guests
        WHERE guests.organisation = deletions.organisation AND guests.ref = deletions.guest_ref
    )
FROM deletions
WHERE (organisation, guest_ref) > (:organisation, :guest_ref)
ORDER BY organisation, guest_ref
LIMIT :limit;

-- name: checks_traces
-- Guests that are gone, each with whether it is there, and whether it is still being deleted.
SELECT organisation, guest_ref,
    0 < (
        SELECT count(*) FROM guests
        WHERE guests.organisation = traces.organisation AND guests.ref = traces.guest_ref
    ),
    EXISTS (
        SELECT 1 FROM deletions
        WHERE deletions.organisation = traces.organisation
            AND deletions.guest_ref = traces.guest_ref
    )
FROM traces
WHERE (organisation, guest_ref) > (:organisation, :guest_ref)
ORDER BY organisation, guest_ref
LIMIT :limit;

-- name: checks_strays
-- What belongs to an organisation that isn't there, but for what is
-- looked at row by row.
SELECT 'credential', organisation FROM credentials
WHERE NOT EXISTS (
    SELECT 1 FROM organisations WHERE organisations.organisation = credentials.organisation
)
UNION
SELECT 'console user', organisation FROM users
WHERE NOT EXISTS (
    SELECT 1 FROM organisations WHERE organisations.organisation = users.organisation
)
UNION
SELECT 'identity rule', organisation FROM rules
WHERE NOT EXISTS (
    SELECT 1 FROM organisations WHERE organisations.organisation = rules.organisation
)
UNION
SELECT 'guest being deleted', organisation FROM deletions
WHERE NOT EXISTS (
    SELECT 1 FROM organisations WHERE organisations.organisation = deletions.organisation
)
UNION
SELECT 'kept answer', organisation FROM kept_answers
WHERE NOT EXISTS (
    SELECT 1 FROM organisations WHERE organisations.organisation = kept_answers.organisation
)
UNION
SELECT 'part in an answer of guest', organisation FROM kept_answer_guests
WHERE NOT EXISTS (
    SELECT 1 FROM organisations
    WHERE organisations.organisation = kept_answer_guests.organisation
);

-- name: checks_orders_between
-- How many orders there are between two refs.
SELECT count(*) FROM orders
WHERE organisation = :organisation AND ref > :after AND ref < :before;

-- name: checks_guests_between
-- How many guests there are between two refs.
SELECT count(*) FROM guests
WHERE organisation = :organisation AND ref > :after AND ref < :before;

-- name: checks_guests_of_type_between
-- How many guests of a type there are between two refs.
SELECT count(*) FROM guests
WHERE organisation = :organisation AND guest_type = :guest_type AND ref > :after
    AND ref < :before;

-- name: checks_unfolded_between
-- What wasn't folded yet of a list, between two refs.
SELECT coalesce(sum(change), 0) FROM tallies
WHERE organisation = :organisation AND list = :list AND ref > :after AND ref < :before;

-- name: checks_slices
-- The slices of a list at one level.
SELECT prefix, size FROM tally_nodes
WHERE organisation = :organisation AND list = :list AND level = :level AND prefix > :prefix
ORDER BY prefix
LIMIT :limit;

-- name: checks_slices_below
-- The sum of the slices of a level that one above is made of.
SELECT coalesce(sum(size), 0) FROM tally_nodes
WHERE organisation = :organisation AND list = :list AND level = :level
    AND prefix BETWEEN :first AND :last;

-- name: checks_level
-- The sum of all slices of a level.
SELECT coalesce(sum(size), 0) FROM tally_nodes
WHERE organisation = :organisation AND list = :list AND level = :level;

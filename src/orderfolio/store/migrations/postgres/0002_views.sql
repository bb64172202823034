-- What is in sight while guests are being deleted. "NOT EXISTS (SELECT 1 FROM deletions)" is
-- looked at once a statement; where it holds, nothing behind it is.

-- Orders where a marked guest is a contact and no unmarked guest is; one may come twice.
CREATE OR REPLACE VIEW hidden_orders AS
SELECT contacts.organisation, contacts.order_ref AS ref, contacts.shard
FROM people AS contacts
WHERE contacts.role = 'contact'
    AND EXISTS (
        SELECT 1 FROM deletions
        WHERE deletions.organisation = contacts.organisation
            AND deletions.guest_ref = contacts.guest_ref
    )
    AND NOT EXISTS (
        SELECT 1 FROM people AS others
        WHERE others.organisation = contacts.organisation
            AND others.order_ref = contacts.order_ref
            AND others.shard = contacts.shard
            AND others.role = 'contact'
            AND others.guest_ref IS NOT NULL
            AND NOT EXISTS (
                SELECT 1 FROM deletions
                WHERE deletions.organisation = others.organisation
                    AND deletions.guest_ref = others.guest_ref
            )
    );

CREATE OR REPLACE VIEW visible_orders AS
SELECT * FROM orders
WHERE NOT EXISTS (SELECT 1 FROM deletions)
    OR NOT EXISTS (
        SELECT 1 FROM hidden_orders
        WHERE hidden_orders.organisation = orders.organisation
            AND hidden_orders.ref = orders.ref
            AND hidden_orders.shard = orders.shard
    );

CREATE OR REPLACE VIEW visible_items AS
SELECT * FROM items
WHERE NOT EXISTS (SELECT 1 FROM deletions)
    OR NOT EXISTS (
        SELECT 1 FROM hidden_orders
        WHERE hidden_orders.organisation = items.organisation
            AND hidden_orders.ref = items.order_ref
            AND hidden_orders.shard = items.shard
    );

CREATE OR REPLACE VIEW visible_people AS
SELECT * FROM people
WHERE NOT EXISTS (SELECT 1 FROM deletions)
    OR NOT EXISTS (
        SELECT 1 FROM deletions
        WHERE deletions.organisation = people.organisation
            AND deletions.guest_ref = people.guest_ref
    )
    AND NOT EXISTS (
        SELECT 1 FROM hidden_orders
        WHERE hidden_orders.organisation = people.organisation
            AND hidden_orders.ref = people.order_ref
            AND hidden_orders.shard = people.shard
    );

CREATE OR REPLACE VIEW visible_extensions AS
SELECT * FROM extensions
WHERE NOT EXISTS (SELECT 1 FROM deletions)
    OR NOT EXISTS (
        SELECT 1 FROM hidden_orders
        WHERE hidden_orders.organisation = extensions.organisation
            AND hidden_orders.ref = extensions.order_ref
            AND hidden_orders.shard = extensions.shard
    );

CREATE OR REPLACE VIEW visible_guests AS
SELECT * FROM guests
WHERE NOT EXISTS (SELECT 1 FROM deletions)
    OR NOT EXISTS (
        SELECT 1 FROM deletions
        WHERE deletions.organisation = guests.organisation
            AND deletions.guest_ref = guests.ref
    );

-- name: organisations_number
-- The number of the next organisation; it was never given before.
UPDATE numbering SET greatest = greatest + 1 WHERE noun = 'organisation' RETURNING greatest;

-- name: organisations_names_for_update
-- What the names of organisations are given under.
SELECT greatest FROM numbering WHERE noun = 'organisation';

-- name: organisations_insert
-- A new organisation, unless its name is taken.
INSERT INTO organisations (organisation, name, created_at)
VALUES (:organisation, :name, :created_at)
ON CONFLICT (name) DO NOTHING
RETURNING organisation;

-- name: organisations_find
-- The organisation of a name.
SELECT organisation, name, created_at FROM organisations WHERE name = :name;

-- name: organisations_find_for_update
-- The organisation of a name, held against whoever changes it or what belongs to it.
SELECT organisation, name, created_at FROM organisations WHERE name = :name;

-- name: organisations_all
-- Every organisation.
SELECT organisation, name, created_at FROM organisations ORDER BY organisation;

-- name: organisations_rename
-- Another name for an organisation.
UPDATE organisations SET name = :name WHERE organisation = :organisation;

-- name: organisations_orders
-- Some of an organisation's orders, hidden or not.
SELECT ref FROM orders WHERE organisation = :organisation ORDER BY ref LIMIT :limit;

-- name: organisations_guests
-- Some of an organisation's guests, hidden or not.
SELECT ref FROM guests WHERE organisation = :organisation ORDER BY ref LIMIT :limit;

-- name: organisations_left
-- Organisations that are gone, and of which something is left: each step goes to the next that
-- the first key of any of these knows.
SELECT numbers.organisation
FROM (
    WITH RECURSIVE known (organisation) AS (
        SELECT CAST(0 AS bigint)
        UNION ALL
        SELECT (
            SELECT min(firsts.organisation)
            FROM (
                SELECT min(organisation) AS organisation
                FROM orders
                WHERE orders.organisation > known.organisation
                UNION ALL
                SELECT min(organisation) FROM guests WHERE guests.organisation > known.organisation
                UNION ALL
                SELECT min(organisation) FROM audit WHERE audit.organisation > known.organisation
                UNION ALL
                SELECT min(organisation)
                FROM refusals
                WHERE refusals.organisation > known.organisation
            ) AS firsts
        )
        FROM known
        WHERE known.organisation IS NOT NULL
    )
    SELECT organisation FROM known WHERE organisation > 0
) AS numbers
WHERE NOT EXISTS (
    SELECT 1 FROM organisations WHERE organisations.organisation = numbers.organisation
);

-- name: organisations_delete_credentials
-- The credentials of an organisation deleted.
DELETE FROM credentials WHERE organisation = :organisation;

-- name: organisations_delete_users
-- The console users of an organisation deleted.
DELETE FROM users WHERE organisation = :organisation;

-- name: organisations_delete_refusals
-- What an organisation was refused, deleted.
DELETE FROM refusals WHERE organisation = :organisation;

-- name: organisations_delete_kept_answers
-- What an organisation was answered, deleted.
DELETE FROM kept_answers WHERE organisation = :organisation;

-- name: organisations_delete_kept_answer_guests
-- Which guests had a part in an organisation's answers, deleted.
DELETE FROM kept_answer_guests WHERE organisation = :organisation;

-- name: organisations_delete_audit
-- The audit log of an organisation deleted.
DELETE FROM audit WHERE organisation = :organisation;

-- name: organisations_delete_deletions
-- The marks of an organisation's guests deleted.
DELETE FROM deletions WHERE organisation = :organisation;

-- name: organisations_delete_tallies
-- What wasn't folded yet of an organisation, deleted.
DELETE FROM tallies WHERE organisation = :organisation;

-- name: organisations_delete_tally_nodes
-- What was folded of an organisation, deleted.
DELETE FROM tally_nodes WHERE organisation = :organisation;

-- name: organisations_delete_tally_parts
-- What was folded of an organisation by parts, deleted.
DELETE FROM tally_parts WHERE organisation = :organisation;

-- name: organisations_delete
-- An organisation deleted.
DELETE FROM organisations WHERE organisation = :organisation;

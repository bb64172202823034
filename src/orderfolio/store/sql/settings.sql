-- name: settings_insert
-- Keep a value under a name that has none yet.
INSERT INTO settings (name, value) VALUES (:name, :value) ON CONFLICT (name) DO NOTHING;

-- name: settings_find
-- The value under a name.
SELECT value FROM settings WHERE name = :name;

-- name: settings_change
-- Put a value into the place of another; no row where it isn't there any more.
UPDATE settings SET value = :value
WHERE name = :name AND value = :former
RETURNING name;

-- name: settings_remove
-- Forget a value.
DELETE FROM settings WHERE name = :name;

-- name: settings_forget_endings
-- Forget the ended sessions that are over by now.
DELETE FROM settings WHERE substr(name, 1, 14) = 'ended session ' AND value < :than;

-- name: refs_greatest
-- The greatest ref of what is listed by ref; no row in an empty database.
SELECT greatest
FROM (
    SELECT (
        SELECT ref FROM orders
        WHERE orders.organisation = known.organisation
        ORDER BY ref DESC
        LIMIT 1
    ) AS greatest
    FROM organisations AS known
    UNION ALL
    SELECT (
        SELECT ref FROM items
        WHERE items.organisation = known.organisation
        ORDER BY ref DESC
        LIMIT 1
    ) AS greatest
    FROM organisations AS known
    UNION ALL
    SELECT (
        SELECT ref FROM people
        WHERE people.organisation = known.organisation
        ORDER BY ref DESC
        LIMIT 1
    ) AS greatest
    FROM organisations AS known
    UNION ALL
    SELECT (
        SELECT ref FROM guests
        WHERE guests.organisation = known.organisation
        ORDER BY ref DESC
        LIMIT 1
    ) AS greatest
    FROM organisations AS known
    UNION ALL
    SELECT (
        SELECT ref FROM audit
        WHERE audit.organisation = known.organisation
        ORDER BY ref DESC
        LIMIT 1
    ) AS greatest
    FROM organisations AS known
) AS refs
WHERE greatest IS NOT NULL
ORDER BY greatest DESC
LIMIT 1;

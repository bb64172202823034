-- name: settings_insert
-- Keep a value under a name that has none yet.
INSERT INTO settings (name, value) VALUES (:name, :value) ON CONFLICT (name) DO NOTHING;

-- name: settings_find
-- The value under a name.
SELECT value FROM settings WHERE name = :name;

-- name: refs_greatest
-- The greatest ref of what is listed by ref; NULL in an empty database.
SELECT MAX(greatest)
FROM (
    SELECT (SELECT MAX(ref) FROM orders WHERE orders.organisation = known.organisation)
        AS greatest
    FROM organisations AS known
    UNION ALL
    SELECT (SELECT MAX(ref) FROM items WHERE items.organisation = known.organisation)
    FROM organisations AS known
    UNION ALL
    SELECT (SELECT MAX(ref) FROM people WHERE people.organisation = known.organisation)
    FROM organisations AS known
    UNION ALL
    SELECT (SELECT MAX(ref) FROM guests WHERE guests.organisation = known.organisation)
    FROM organisations AS known
);

-- name: users_insert
-- A new console user, unless the name is taken.
INSERT INTO users (name, organisation, password_hash, read_only, created_at)
VALUES (:name, :organisation, :password_hash, :read_only, :created_at)
ON CONFLICT (name) DO NOTHING
RETURNING name;

-- name: users_find
-- The console user of a name.
SELECT name, organisation, password_hash, read_only, created_at
FROM users
WHERE name = :name;

-- name: users_all
-- The console users of an organisation, by name.
SELECT name, organisation, password_hash, read_only, created_at
FROM users
WHERE organisation = :organisation
ORDER BY name;

-- name: users_replace_password
-- Another password for a console user.
UPDATE users SET password_hash = :password_hash WHERE name = :name;

-- name: users_delete
-- A console user deleted.
DELETE FROM users WHERE name = :name;

-- name: credentials_insert
-- A new credential, unless its client key is taken.
INSERT INTO credentials (client_key, organisation, token_digest, read_only, created_at)
VALUES (:client_key, :organisation, :token_digest, :read_only, :created_at)
ON CONFLICT (client_key) DO NOTHING
RETURNING client_key;

-- name: credentials_find
-- The credential of a client key.
SELECT client_key, organisation, token_digest, read_only, created_at, last_used_at
FROM credentials
WHERE client_key = :client_key;

-- name: credentials_all
-- The credentials of an organisation, the oldest first.
SELECT client_key, organisation, token_digest, read_only, created_at, last_used_at
FROM credentials
WHERE organisation = :organisation
ORDER BY created_at, client_key;

-- name: credentials_replace_digest
-- Another token for a client key.
UPDATE credentials SET token_digest = :token_digest WHERE client_key = :client_key;

-- name: credentials_note_use
-- A client key was used, if it is there and was made before; what was noted last stays.
UPDATE credentials
SET last_used_at = :used_at
WHERE client_key = :client_key AND organisation = :organisation AND created_at <= :used_at
    AND (last_used_at IS NULL OR last_used_at < :used_at);

-- name: credentials_delete
-- A credential deleted.
DELETE FROM credentials WHERE client_key = :client_key;

-- name: guests_document
-- A guest as clients see it.
SELECT version, document
FROM visible_guests
WHERE organisation = :organisation AND ref = :ref AND shard = :shard;

-- name: guests_find
-- A guest with its columns.
SELECT version, created_at, modified_at, document
FROM visible_guests
WHERE organisation = :organisation AND ref = :ref AND shard = :shard;

-- name: guests_find_for_update
-- A guest with its columns, held against other writers. Who had to wait for it sees it as it is
-- now, but all else, and so the marks, as it was before the wait: a mark takes the version away.
SELECT version, created_at, modified_at, document
FROM visible_guests
WHERE organisation = :organisation AND ref = :ref AND shard = :shard AND version > 0;

-- name: guests_kept_for_update
-- What is kept of a guest, hidden or not, held against other writers.
SELECT document
FROM guests
WHERE organisation = :organisation AND ref = :ref AND shard = :shard;

-- name: guests_insert
-- A new guest.
INSERT INTO guests (
    organisation, ref, shard, version, created_at, modified_at, guest_type, first_name,
    last_name, document
) VALUES (
    :organisation, :ref, :shard, :version, :created_at, :modified_at, :guest_type, :first_name,
    :last_name, :document
);

-- name: guests_update
-- What is kept of a guest, replaced.
UPDATE guests
SET version = :version, modified_at = :modified_at, guest_type = :guest_type,
    first_name = :first_name, last_name = :last_name, document = :document
WHERE organisation = :organisation AND ref = :ref AND shard = :shard;

-- name: guests_delete
-- A guest deleted, hidden or not.
DELETE FROM guests
WHERE organisation = :organisation AND ref = :ref AND shard = :shard;

-- name: guest_marks_first
-- The guest created first of those in sight that carry a mark, where it counts.
SELECT guest_ref
FROM guest_marks
WHERE organisation = :organisation AND provider = :provider AND value = :value
    AND shard = :shard
    AND (expires_at IS NULL OR expires_at > :now)
    AND NOT EXISTS (
        SELECT 1 FROM deletions
        WHERE deletions.organisation = guest_marks.organisation
            AND deletions.guest_ref = guest_marks.guest_ref
    )
ORDER BY guest_ref
LIMIT 1;

-- name: guest_marks_of_others
-- Another guest in sight that carries a mark, where it counts.
SELECT guest_ref
FROM guest_marks
WHERE organisation = :organisation AND provider = :provider AND value = :value
    AND shard = :shard AND guest_ref <> :guest_ref
    AND (expires_at IS NULL OR expires_at > :now)
    AND NOT EXISTS (
        SELECT 1 FROM deletions
        WHERE deletions.organisation = guest_marks.organisation
            AND deletions.guest_ref = guest_marks.guest_ref
    )
LIMIT 1;

-- name: guest_marks_insert
-- A guest carries a mark.
INSERT INTO guest_marks (organisation, provider, value, guest_ref, id, shard, expires_at)
VALUES (:organisation, :provider, :value, :guest_ref, :id, :shard, :expires_at);

-- name: guest_marks_delete
-- A guest no longer carries a mark.
DELETE FROM guest_marks
WHERE organisation = :organisation AND provider = :provider AND value = :value
    AND guest_ref = :guest_ref AND id = :id AND shard = :shard;

-- name: guest_phones_insert
-- A guest is found by a phone number.
INSERT INTO guest_phones (organisation, value, guest_ref, shard)
VALUES (:organisation, :value, :guest_ref, :shard);

-- name: guest_phones_delete
-- A guest is no longer found by a phone number.
DELETE FROM guest_phones
WHERE organisation = :organisation AND value = :value AND guest_ref = :guest_ref
    AND shard = :shard;

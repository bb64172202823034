-- Each search is driven by the condition that few guests fulfil; what else was asked for is
-- looked at in the rows that it finds.

-- name: guests_page
-- All guests; those that are skipped are walked over by their keys alone.
SELECT ref, version, CASE WHEN :whole = 1 THEN document END AS document
FROM visible_guests
WHERE organisation = :organisation AND ref < :before AND ref >= (
        SELECT ref
        FROM visible_guests
        WHERE organisation = :organisation AND ref > :after AND ref < :before
        ORDER BY ref
        LIMIT 1 OFFSET :skip
    )
ORDER BY ref
LIMIT :limit;

-- name: guests_page_descending
-- All guests, the newest first; those that are skipped are walked over by their keys alone.
SELECT ref, version, CASE WHEN :whole = 1 THEN document END AS document
FROM visible_guests
WHERE organisation = :organisation AND ref > :after AND ref <= (
        SELECT ref
        FROM visible_guests
        WHERE organisation = :organisation AND ref > :after AND ref < :before
        ORDER BY ref DESC
        LIMIT 1 OFFSET :skip
    )
ORDER BY ref DESC
LIMIT :limit;

-- name: guests_count
-- How many guests are in sight: for as long as guests are being deleted.
SELECT count(*) FROM visible_guests WHERE organisation = :organisation;

-- name: guests_of_type_page
-- Guests of a type.
SELECT ref, version, CASE WHEN :whole = 1 THEN document END AS document
FROM visible_guests
WHERE organisation = :organisation AND guest_type = :guest_type AND ref > :after AND ref < :before
ORDER BY ref
LIMIT :limit OFFSET :skip;

-- name: guests_of_type_page_descending
-- Guests of a type, the newest first.
SELECT ref, version, CASE WHEN :whole = 1 THEN document END AS document
FROM visible_guests
WHERE organisation = :organisation AND guest_type = :guest_type AND ref > :after AND ref < :before
ORDER BY ref DESC
LIMIT :limit OFFSET :skip;

-- name: guests_of_type_count
-- How many guests of a type are in sight: for as long as guests are being deleted.
SELECT count(*)
FROM visible_guests
WHERE organisation = :organisation AND guest_type = :guest_type;

-- name: guests_of_last_name_page
-- Guests by last name, and perhaps first name and type.
SELECT ref, version, CASE WHEN :whole = 1 THEN document END
FROM visible_guests
WHERE organisation = :organisation AND last_name = :last_name AND ref > :after AND ref < :before
    AND (first_name = :first_name OR :first_name IS NULL)
    AND (guest_type = :guest_type OR :guest_type IS NULL)
ORDER BY ref
LIMIT :limit OFFSET :skip;

-- name: guests_of_last_name_page_descending
-- Guests by last name, and perhaps first name and type, the newest first.
SELECT ref, version, CASE WHEN :whole = 1 THEN document END
FROM visible_guests
WHERE organisation = :organisation AND last_name = :last_name AND ref > :after AND ref < :before
    AND (first_name = :first_name OR :first_name IS NULL)
    AND (guest_type = :guest_type OR :guest_type IS NULL)
ORDER BY ref DESC
LIMIT :limit OFFSET :skip;

-- name: guests_of_last_name_count
-- How many guests there are by last name, and perhaps first name and type.
SELECT count(*)
FROM visible_guests
WHERE organisation = :organisation AND last_name = :last_name
    AND (first_name = :first_name OR :first_name IS NULL)
    AND (guest_type = :guest_type OR :guest_type IS NULL);

-- name: guests_of_first_name_page
-- Guests by first name, and perhaps type.
SELECT ref, version, CASE WHEN :whole = 1 THEN document END
FROM visible_guests
WHERE organisation = :organisation AND first_name = :first_name AND ref > :after AND ref < :before
    AND (guest_type = :guest_type OR :guest_type IS NULL)
ORDER BY ref
LIMIT :limit OFFSET :skip;

-- name: guests_of_first_name_page_descending
-- Guests by first name, and perhaps type, the newest first.
SELECT ref, version, CASE WHEN :whole = 1 THEN document END
FROM visible_guests
WHERE organisation = :organisation AND first_name = :first_name AND ref > :after AND ref < :before
    AND (guest_type = :guest_type OR :guest_type IS NULL)
ORDER BY ref DESC
LIMIT :limit OFFSET :skip;

-- name: guests_of_first_name_count
-- How many guests there are by first name, and perhaps type.
SELECT count(*)
FROM visible_guests
WHERE organisation = :organisation AND first_name = :first_name
    AND (guest_type = :guest_type OR :guest_type IS NULL);

-- name: guests_found
-- Guests in sight by ref, email, identifier or phone number, and perhaps names and type.
SELECT ref
FROM visible_guests
WHERE organisation = :organisation
    AND ref IN (
        SELECT guest_ref FROM guest_marks
        WHERE organisation = :organisation AND provider = '' AND value = :email
        UNION
        SELECT guest_ref FROM guest_marks
        WHERE organisation = :organisation AND provider = :provider AND value = :value
            AND id = :id
        UNION
        SELECT guest_ref FROM guest_phones
        WHERE organisation = :organisation AND value = :phone_number
        UNION
        SELECT ref FROM guests WHERE organisation = :organisation AND ref = :guest_ref
    )
    AND (ref = :guest_ref OR :guest_ref IS NULL)
    AND (:email IS NULL OR EXISTS (
        SELECT 1 FROM guest_marks
        WHERE organisation = :organisation AND provider = '' AND value = :email
            AND guest_ref = visible_guests.ref
    ))
    AND (:provider IS NULL OR EXISTS (
        SELECT 1 FROM guest_marks
        WHERE organisation = :organisation AND provider = :provider AND value = :value
            AND guest_ref = visible_guests.ref AND id = :id
    ))
    AND (:phone_number IS NULL OR EXISTS (
        SELECT 1 FROM guest_phones
        WHERE organisation = :organisation AND value = :phone_number
            AND guest_ref = visible_guests.ref
    ))
    AND (first_name = :first_name OR :first_name IS NULL)
    AND (last_name = :last_name OR :last_name IS NULL)
    AND (guest_type = :guest_type OR :guest_type IS NULL)

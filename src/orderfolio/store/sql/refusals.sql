-- name: refusals_add
-- More refusals of a code and an operation on a day.
INSERT INTO refusals (organisation, day, code, operation, count)
VALUES (:organisation, :day, :code, :operation, :count)
ON CONFLICT (organisation, day, code, operation) DO UPDATE
SET count = refusals.count + excluded.count;

-- name: refusals_most
-- The most frequent since a day.
SELECT code, operation, sum(count)
FROM refusals
WHERE organisation = :organisation AND day >= :since
GROUP BY code, operation
ORDER BY sum(count) DESC, code, operation
LIMIT :limit;

-- name: refusals_delete_older
-- Some of what was counted before a day, deleted.
DELETE FROM refusals
WHERE (organisation, day, code, operation) IN (
    SELECT organisation, day, code, operation
    FROM refusals
    WHERE day < :than
    ORDER BY day
    LIMIT :limit
)
RETURNING count;

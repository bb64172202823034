-- name: kept_answers_find
-- What was answered before, held against other writers.
SELECT request, created_at, ref, order_ref, guest_ref, document_ref, version, document
FROM kept_answers
WHERE organisation = :organisation AND scope = :scope AND shard = :shard;

-- name: kept_answers_hidden
-- Whether what an answer tells of goes with a guest that is being deleted.
SELECT 1
FROM deletions
WHERE organisation = :organisation
    AND (
        guest_ref = :guest_ref
        OR guest_ref = :ref
        OR guest_ref = (
            SELECT people.guest_ref FROM people
            WHERE people.organisation = :organisation AND people.ref = :ref
                AND people.shard = :shard
        )
        OR EXISTS (
            SELECT 1 FROM hidden_orders
            WHERE hidden_orders.organisation = :organisation
                AND hidden_orders.ref = :order_ref AND hidden_orders.shard = :order_shard
        )
        OR EXISTS (
            SELECT 1 FROM kept_answer_guests AS others
            WHERE others.organisation = :organisation
                AND others.guest_ref = deletions.guest_ref
                AND others.scope = :scope AND others.shard = :scope_shard
        )
    )
LIMIT 1;

-- name: kept_answers_insert
-- An answer kept, in place of an older one of its scope.
INSERT INTO kept_answers (
    organisation, scope, shard, request, created_at, ref, order_ref, guest_ref, document_ref,
    version, document
) VALUES (
    :organisation, :scope, :shard, :request, :created_at, :ref, :order_ref, :guest_ref,
    :document_ref, :version, :document
)
ON CONFLICT (organisation, scope, shard) DO UPDATE
SET request = excluded.request, created_at = excluded.created_at, ref = excluded.ref,
    order_ref = excluded.order_ref, guest_ref = excluded.guest_ref,
    document_ref = excluded.document_ref, version = excluded.version,
    document = excluded.document;

-- name: kept_answers_tell_of_guest
-- What a contact or a consumer was answered tells of the guest that it turned out to be.
UPDATE kept_answers
SET guest_ref = :guest_ref
WHERE organisation = :organisation AND ref = :ref AND guest_ref IS NULL;

-- name: kept_answers_tell_of_other_guest
-- What a contact or a consumer was answered tells of another guest that it became, too.
INSERT INTO kept_answer_guests (organisation, guest_ref, scope, shard, created_at)
SELECT organisation, :guest_ref, scope, shard, created_at
FROM kept_answers
WHERE organisation = :organisation AND ref = :ref AND guest_ref <> :guest_ref
ON CONFLICT (organisation, guest_ref, scope, shard) DO NOTHING;

-- name: kept_answers_forget_order
-- The documents taken back that tell of what is under an order.
UPDATE kept_answers SET document = NULL WHERE organisation = :organisation AND order_ref = :ref;

-- name: kept_answers_forget_itself
-- The documents taken back that tell of what has this ref.
UPDATE kept_answers SET document = NULL WHERE organisation = :organisation AND ref = :ref;

-- name: kept_answers_forget_guest
-- The documents taken back that tell of whom a guest is.
UPDATE kept_answers SET document = NULL WHERE organisation = :organisation AND guest_ref = :ref;

-- name: kept_answers_forget_other_guest
-- The documents taken back of which a guest has a part beside the one that they name.
UPDATE kept_answers
SET document = NULL
WHERE organisation = :organisation
    AND (scope, shard) IN (
        SELECT scope, shard FROM kept_answer_guests
        WHERE organisation = :organisation AND guest_ref = :ref
    );

-- name: kept_answer_guests_delete
-- A guest that has no part in any answer any more.
DELETE FROM kept_answer_guests WHERE organisation = :organisation AND guest_ref = :ref;

-- name: kept_answer_guests_delete_older
-- Which guests had a part in answers that are gone. Of one that is yet to go it must be known
-- still, as any of them may be deleted meanwhile.
DELETE FROM kept_answer_guests
WHERE created_at < :than
    AND NOT EXISTS (
        SELECT 1 FROM kept_answers
        WHERE kept_answers.organisation = kept_answer_guests.organisation
            AND kept_answers.scope = kept_answer_guests.scope
            AND kept_answers.shard = kept_answer_guests.shard
    );

-- name: kept_answers_delete_older
-- The oldest answers deleted.
DELETE FROM kept_answers
WHERE (created_at, organisation, scope, shard) <= (
    SELECT created_at, organisation, scope, shard
    FROM (
        SELECT created_at, organisation, scope, shard
        FROM kept_answers
        WHERE created_at < :than
        ORDER BY created_at, organisation, scope, shard
        LIMIT :limit
    ) AS oldest
    ORDER BY created_at DESC, organisation DESC, scope DESC, shard DESC
    LIMIT 1
)
RETURNING 1;

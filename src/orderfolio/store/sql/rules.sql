-- name: rules_all
-- The identity rules of an organisation, in their order.
SELECT name, provider FROM rules WHERE organisation = :organisation ORDER BY position;

-- name: rules_clear
-- The identity rules of an organisation deleted.
DELETE FROM rules WHERE organisation = :organisation;

-- name: rules_insert
-- An identity rule in its place.
INSERT INTO rules (organisation, position, name, provider)
VALUES (:organisation, :position, :name, :provider);

-- Many orders like one that is there, and the counts of them, as if each had been created and
-- folded. psql is told: orders, how many; began, the millisecond of the first; per_millisecond.
-- refs_of in databases.py mints the same refs.

CREATE TEMPORARY TABLE model AS SELECT * FROM orders LIMIT 1;

CREATE TEMPORARY TABLE numbered AS
SELECT
    number,
    int8send(((:began + number / :per_millisecond) << 16) | 28672 | (number % :per_millisecond))
        || int8send((1::bigint << 63) | (number << 16) | (number * 40503 % 65536)) AS ref,
    number * 40503 % 65536 AS shard,
    :began + number / :per_millisecond AS millisecond,
    'filled-' || lpad(number::text, 9, '0') AS reference_id
FROM generate_series(0::bigint, :orders - 1) AS number;

INSERT INTO orders (
    organisation, ref, shard, version, created_at, modified_at, reference_id, ordered_at, status,
    channel, document
)
SELECT
    model.organisation, numbered.ref, numbered.shard, model.version, numbered.millisecond * 1000,
    numbered.millisecond * 1000, numbered.reference_id, model.ordered_at, model.status,
    model.channel,
    convert_to(
        replace(
            replace(
                convert_from(model.document, 'UTF8'),
                encode(model.ref, 'hex')::uuid::text, encode(numbered.ref, 'hex')::uuid::text
            ),
            model.reference_id, numbered.reference_id
        ),
        'UTF8'
    )
FROM model CROSS JOIN numbered;

INSERT INTO tally_nodes (organisation, list, level, prefix, size)
SELECT model.organisation, 'orders', level, millisecond >> (10 + 6 * level), count(*)
FROM model CROSS JOIN numbered CROSS JOIN generate_series(0, 5) AS level
GROUP BY model.organisation, level, millisecond >> (10 + 6 * level)
ON CONFLICT (organisation, list, level, prefix) DO UPDATE
SET size = tally_nodes.size + excluded.size;

INSERT INTO tally_parts (organisation, list, part, size)
SELECT organisation, 'orders', status || '/' || channel, :orders FROM model
ON CONFLICT (organisation, list, part) DO UPDATE SET size = tally_parts.size + excluded.size;

-- What pgbench inserts into, as large and with the same keys.
CREATE TABLE beside (LIKE orders INCLUDING ALL);
INSERT INTO beside SELECT * FROM orders;

VACUUM ANALYZE;
CHECKPOINT;

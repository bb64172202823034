-- What the planner is told of the tables: measured by nobody, but true of every database that
-- is large enough to matter, so that plans are the same from the first row to the last.
-- Untold, it takes the first column of each key, the organisation, for nearly unique.
--
-- A row tells how many rows there are, then how many share the first column, the first two…

ANALYZE;

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('orders', 'sqlite_autoindex_orders_1', '10000000 5000000 1 1'),
    ('orders', 'orders_by_reference', '10000000 5000000 2 1 1 1'),
    ('orders', 'orders_by_status_and_channel', '10000000 5000000 500000 100000 1 1'),
    ('items', 'sqlite_autoindex_items_1', '20000000 10000000 1 1'),
    ('items', 'items_by_order', '20000000 10000000 2 1 1'),
    ('people', 'sqlite_autoindex_people_1', '20000000 10000000 1 1'),
    ('people', 'people_by_order', '20000000 10000000 2 1 1 1'),
    ('people', 'people_by_guest', '20000000 10000000 10 8 1 1 1'),
    ('people', 'people_by_guest_and_ordered_at', '20000000 10000000 10 8 1 1 1'),
    ('consumed', 'consumed', '20000000 2 1 1'),
    ('consumed', 'consumed_by_item', '20000000 2 2'),
    ('extensions', 'sqlite_autoindex_extensions_1', '10000000 5000000 1 1'),
    ('extensions', 'extensions_by_order', '10000000 5000000 2 2'),
    ('guests', 'sqlite_autoindex_guests_1', '5000000 2500000 1 1'),
    ('guests', 'guests_by_type', '5000000 2500000 800000 1 1'),
    ('guests', 'guests_by_first_name', '5000000 2500000 2000 1 1'),
    ('guests', 'guests_by_last_name', '5000000 2500000 200 1 1'),
    ('guest_marks', 'guest_marks', '10000000 5000000 1000000 2 1 1 1'),
    ('guest_phones', 'guest_phones', '5000000 2500000 2 1 1'),
    ('deletions', 'deletions', '10 5 1'),
    ('kept_answers', 'sqlite_autoindex_kept_answers_1', '1000000 500000 1 1'),
    ('kept_answers', 'kept_answers_by_age', '1000000 1 1 1 1'),
    ('kept_answers', 'kept_answers_by_ref', '1000000 500000 2'),
    ('kept_answers', 'kept_answers_by_order', '1000000 500000 4'),
    ('kept_answers', 'kept_answers_by_guest', '1000000 500000 10'),
    ('tallies', 'tallies', '10000 5000 2000 1 1 1'),
    ('tally_nodes', 'tally_nodes', '100000 50000 10000 2000 1'),
    ('tally_parts', 'tally_parts', '1000 500 100 1');

-- Who changed what, and what went with a guest.

-- A row for each resource that an operation created, changed or deleted, written in its own
-- transaction. ref is the row's own: it tells the time, and its shard is that of what was
-- touched. Organisation 0 has what happened to organisations that are gone. No row holds
-- anything that a client said of an order or a person: nouns, refs, versions and counts only.
CREATE TABLE audit (
    organisation INTEGER NOT NULL,
    ref BLOB NOT NULL,
    shard INTEGER NOT NULL,
    actor TEXT NOT NULL,
    name TEXT NOT NULL,
    operation TEXT NOT NULL,
    request_id TEXT NOT NULL,
    change TEXT NOT NULL,
    noun TEXT NOT NULL,
    touched BLOB,
    called TEXT,
    order_ref BLOB,
    guest_ref BLOB,
    version INTEGER,
    counts TEXT,
    PRIMARY KEY (organisation, ref, shard)
) STRICT, WITHOUT ROWID;

-- Who asked for a deletion, and what it has removed so far: it may take many transactions.
ALTER TABLE deletions ADD COLUMN actor TEXT NOT NULL DEFAULT 'server';
ALTER TABLE deletions ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE deletions ADD COLUMN operation TEXT NOT NULL DEFAULT '';
ALTER TABLE deletions ADD COLUMN request_id TEXT NOT NULL DEFAULT '';
ALTER TABLE deletions ADD COLUMN orders INTEGER NOT NULL DEFAULT 0;
ALTER TABLE deletions ADD COLUMN items INTEGER NOT NULL DEFAULT 0;
ALTER TABLE deletions ADD COLUMN contacts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE deletions ADD COLUMN consumers INTEGER NOT NULL DEFAULT 0;
ALTER TABLE deletions ADD COLUMN extensions INTEGER NOT NULL DEFAULT 0;

-- Guests whose rows are gone, and of whom the engine's logs may still tell.
CREATE TABLE traces (
    organisation INTEGER NOT NULL,
    guest_ref BLOB NOT NULL,
    PRIMARY KEY (organisation, guest_ref)
) STRICT, WITHOUT ROWID;

-- Answers of which a guest has a part beside the one that they name: what a contact or a
-- consumer was answered, and which guest it became later. created_at is the answer's.
CREATE TABLE kept_answer_guests (
    organisation INTEGER NOT NULL,
    guest_ref BLOB NOT NULL,
    scope BLOB NOT NULL,
    shard INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (organisation, guest_ref, scope, shard)
) STRICT, WITHOUT ROWID;

CREATE INDEX kept_answer_guests_by_age
    ON kept_answer_guests (created_at, organisation, guest_ref, scope, shard);

CREATE INDEX kept_answer_guests_by_scope ON kept_answer_guests (organisation, scope, shard);

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('audit', 'audit', '10000000 5000000 1 1'),
    ('traces', 'traces', '10 5 1'),
    ('kept_answer_guests', 'kept_answer_guests', '1000 500 10 1 1'),
    ('kept_answer_guests', 'kept_answer_guests_by_age', '1000 1 1 1 1 1'),
    ('kept_answer_guests', 'kept_answer_guests_by_scope', '1000 500 1 1');

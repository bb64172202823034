-- serves: 3
-- Who changed what, and what went with a guest.

-- A row for each resource that an operation created, changed or deleted, written in its own
-- transaction. ref is the row's own: it tells the time, and its shard is that of what was
-- touched. Organisation 0 has what happened to organisations that are gone. No row holds
-- anything that a client said of an order or a person: nouns, refs, versions and counts only.
CREATE TABLE IF NOT EXISTS audit (
    organisation bigint NOT NULL,
    ref bytea NOT NULL,
    shard bigint NOT NULL,
    actor text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    operation text COLLATE "C" NOT NULL,
    request_id text COLLATE "C" NOT NULL,
    change text COLLATE "C" NOT NULL,
    noun text COLLATE "C" NOT NULL,
    touched bytea,
    called text COLLATE "C",
    order_ref bytea,
    guest_ref bytea,
    version bigint,
    counts text COLLATE "C",
    PRIMARY KEY (organisation, ref, shard)
);

-- Who asked for a deletion, and what it has removed so far: it may take many transactions.
ALTER TABLE deletions ADD COLUMN IF NOT EXISTS actor text COLLATE "C" NOT NULL DEFAULT 'server';
ALTER TABLE deletions ADD COLUMN IF NOT EXISTS name text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE deletions ADD COLUMN IF NOT EXISTS operation text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE deletions ADD COLUMN IF NOT EXISTS request_id text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE deletions ADD COLUMN IF NOT EXISTS orders bigint NOT NULL DEFAULT 0;
ALTER TABLE deletions ADD COLUMN IF NOT EXISTS items bigint NOT NULL DEFAULT 0;
ALTER TABLE deletions ADD COLUMN IF NOT EXISTS contacts bigint NOT NULL DEFAULT 0;
ALTER TABLE deletions ADD COLUMN IF NOT EXISTS consumers bigint NOT NULL DEFAULT 0;
ALTER TABLE deletions ADD COLUMN IF NOT EXISTS extensions bigint NOT NULL DEFAULT 0;

-- Guests whose rows are gone, and of whom the engine's logs may still tell.
CREATE TABLE IF NOT EXISTS traces (
    organisation bigint NOT NULL,
    guest_ref bytea NOT NULL,
    PRIMARY KEY (organisation, guest_ref)
);

-- Answers of which a guest has a part beside the one that they name: what a contact or a
-- consumer was answered, and which guest it became later. created_at is the answer's.
CREATE TABLE IF NOT EXISTS kept_answer_guests (
    organisation bigint NOT NULL,
    guest_ref bytea NOT NULL,
    scope bytea NOT NULL,
    shard bigint NOT NULL,
    created_at bigint NOT NULL,
    PRIMARY KEY (organisation, guest_ref, scope, shard)
);

CREATE INDEX IF NOT EXISTS kept_answer_guests_by_age
    ON kept_answer_guests (created_at, organisation, guest_ref, scope, shard);

CREATE INDEX IF NOT EXISTS kept_answer_guests_by_scope ON kept_answer_guests (organisation, scope, shard);

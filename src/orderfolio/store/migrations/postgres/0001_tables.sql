-- The tables of the SQLite engine, as PostgreSQL has them: refs are bytea of 16 bytes, instants
-- microseconds since 1970, documents the JSON that clients are sent. Text is compared by its
-- bytes, whatever the database's locale.
--
-- Every step is a statement of its own and may be run again. What a cluster forbids is not
-- here: the shard is in every key of what belongs to one, and nothing is numbered, checked or
-- told by the database itself.

-- Secrets and facts of the database itself.
CREATE TABLE IF NOT EXISTS settings (
    name text COLLATE "C" NOT NULL PRIMARY KEY,
    value bytea NOT NULL
);

-- The greatest number ever given to one of a noun; no number is given twice.
CREATE TABLE IF NOT EXISTS numbering (
    noun text COLLATE "C" NOT NULL PRIMARY KEY,
    greatest bigint NOT NULL
);

INSERT INTO numbering (noun, greatest) VALUES ('organisation', 0) ON CONFLICT (noun) DO NOTHING;

CREATE TABLE IF NOT EXISTS organisations (
    organisation bigint NOT NULL PRIMARY KEY,
    name text COLLATE "C" NOT NULL UNIQUE,
    created_at bigint NOT NULL
);

CREATE TABLE IF NOT EXISTS credentials (
    client_key text COLLATE "C" NOT NULL PRIMARY KEY,
    organisation bigint NOT NULL,
    token_digest bytea NOT NULL,
    read_only bigint NOT NULL,
    created_at bigint NOT NULL
);

CREATE INDEX IF NOT EXISTS credentials_by_organisation ON credentials (organisation, created_at, client_key);

-- Console users.
CREATE TABLE IF NOT EXISTS users (
    name text COLLATE "C" NOT NULL PRIMARY KEY,
    organisation bigint NOT NULL,
    password_hash text COLLATE "C" NOT NULL,
    read_only bigint NOT NULL,
    created_at bigint NOT NULL
);

CREATE INDEX IF NOT EXISTS users_by_organisation ON users (organisation, name);

CREATE TABLE IF NOT EXISTS rules (
    organisation bigint NOT NULL,
    position bigint NOT NULL,
    name text COLLATE "C" NOT NULL,
    provider text COLLATE "C" NOT NULL,
    PRIMARY KEY (organisation, position)
);

-- status and channel are empty where they weren't given.
CREATE TABLE IF NOT EXISTS orders (
    organisation bigint NOT NULL,
    ref bytea NOT NULL,
    shard bigint NOT NULL,
    version bigint NOT NULL,
    created_at bigint NOT NULL,
    modified_at bigint NOT NULL,
    reference_id text COLLATE "C" NOT NULL,
    ordered_at bigint NOT NULL,
    status text COLLATE "C" NOT NULL,
    channel text COLLATE "C" NOT NULL,
    document bytea NOT NULL,
    PRIMARY KEY (organisation, ref, shard)
);

CREATE INDEX IF NOT EXISTS orders_by_reference
    ON orders (organisation, reference_id, ordered_at, ref, shard);

-- Lists of one status, of one channel and of both: statuses and channels are few.
CREATE INDEX IF NOT EXISTS orders_by_status_and_channel
    ON orders (organisation, status, channel, ref, shard);

-- quantity_given is text: it may have more digits than a bigint.
CREATE TABLE IF NOT EXISTS items (
    organisation bigint NOT NULL,
    ref bytea NOT NULL,
    shard bigint NOT NULL,
    version bigint NOT NULL,
    created_at bigint NOT NULL,
    modified_at bigint NOT NULL,
    order_ref bytea NOT NULL,
    quantity_given text COLLATE "C",
    consumers bigint NOT NULL,
    document bytea NOT NULL,
    PRIMARY KEY (organisation, ref, shard)
);

CREATE INDEX IF NOT EXISTS items_by_order ON items (organisation, order_ref, ref, shard);

-- Contacts and consumers. ordered_at is the order's, first_name and last_name are as given.
CREATE TABLE IF NOT EXISTS people (
    organisation bigint NOT NULL,
    ref bytea NOT NULL,
    shard bigint NOT NULL,
    version bigint NOT NULL,
    created_at bigint NOT NULL,
    modified_at bigint NOT NULL,
    order_ref bytea NOT NULL,
    ordered_at bigint NOT NULL,
    role text COLLATE "C" NOT NULL,
    guest_ref bytea,
    first_name text COLLATE "C",
    last_name text COLLATE "C",
    document bytea NOT NULL,
    PRIMARY KEY (organisation, ref, shard)
);

CREATE INDEX IF NOT EXISTS people_by_order ON people (organisation, order_ref, role, ref, shard);

-- The orders of a guest, in both of their sorts.
CREATE INDEX IF NOT EXISTS people_by_guest
    ON people (organisation, guest_ref, role, order_ref, shard, ref)
    WHERE guest_ref IS NOT NULL;

CREATE INDEX IF NOT EXISTS people_by_guest_and_ordered_at
    ON people (organisation, guest_ref, role, ordered_at, order_ref, shard)
    WHERE guest_ref IS NOT NULL;

-- Which items a consumer is linked to; both are of one order, and so of one shard.
CREATE TABLE IF NOT EXISTS consumed (
    consumer_ref bytea NOT NULL,
    item_ref bytea NOT NULL,
    shard bigint NOT NULL,
    PRIMARY KEY (consumer_ref, item_ref, shard)
);

CREATE INDEX IF NOT EXISTS consumed_by_item ON consumed (item_ref, shard);

-- One to an owner, by which it is found; order_ref is the order at the top.
CREATE TABLE IF NOT EXISTS extensions (
    organisation bigint NOT NULL,
    owner_ref bytea NOT NULL,
    shard bigint NOT NULL,
    owner text COLLATE "C" NOT NULL,
    ref bytea NOT NULL,
    version bigint NOT NULL,
    created_at bigint NOT NULL,
    modified_at bigint NOT NULL,
    order_ref bytea NOT NULL,
    document bytea NOT NULL,
    PRIMARY KEY (organisation, owner_ref, shard)
);

CREATE INDEX IF NOT EXISTS extensions_by_order ON extensions (organisation, order_ref, shard);

-- first_name and last_name are in lower case, as they are searched for.
CREATE TABLE IF NOT EXISTS guests (
    organisation bigint NOT NULL,
    ref bytea NOT NULL,
    shard bigint NOT NULL,
    version bigint NOT NULL,
    created_at bigint NOT NULL,
    modified_at bigint NOT NULL,
    guest_type text COLLATE "C" NOT NULL,
    first_name text COLLATE "C",
    last_name text COLLATE "C",
    document bytea NOT NULL,
    PRIMARY KEY (organisation, ref, shard)
);

CREATE INDEX IF NOT EXISTS guests_by_type ON guests (organisation, guest_type, ref, shard);

CREATE INDEX IF NOT EXISTS guests_by_first_name
    ON guests (organisation, first_name, ref, shard) WHERE first_name IS NOT NULL;

CREATE INDEX IF NOT EXISTS guests_by_last_name
    ON guests (organisation, last_name, ref, shard) WHERE last_name IS NOT NULL;

-- What tells guests apart. provider and value are those of a Mark, and the shard is its own;
-- id is the identifier as given, which search compares exactly (empty for an email).
CREATE TABLE IF NOT EXISTS guest_marks (
    organisation bigint NOT NULL,
    provider text COLLATE "C" NOT NULL,
    value text COLLATE "C" NOT NULL,
    guest_ref bytea NOT NULL,
    id text COLLATE "C" NOT NULL,
    shard bigint NOT NULL,
    expires_at bigint,
    PRIMARY KEY (organisation, provider, value, guest_ref, id, shard)
);

-- The shard is the guest's.
CREATE TABLE IF NOT EXISTS guest_phones (
    organisation bigint NOT NULL,
    value text COLLATE "C" NOT NULL,
    guest_ref bytea NOT NULL,
    shard bigint NOT NULL,
    PRIMARY KEY (organisation, value, guest_ref, shard)
);

-- Guests that are being deleted: few at any time, most of the time none.
CREATE TABLE IF NOT EXISTS deletions (
    organisation bigint NOT NULL,
    guest_ref bytea NOT NULL,
    PRIMARY KEY (organisation, guest_ref)
);

-- The shard is made of the scope, a digest. document is NULL once it was taken back.
CREATE TABLE IF NOT EXISTS kept_answers (
    organisation bigint NOT NULL,
    scope bytea NOT NULL,
    shard bigint NOT NULL,
    request bytea NOT NULL,
    created_at bigint NOT NULL,
    ref bytea NOT NULL,
    order_ref bytea,
    guest_ref bytea,
    document_ref bytea,
    version bigint,
    document bytea,
    PRIMARY KEY (organisation, scope, shard)
);

CREATE INDEX IF NOT EXISTS kept_answers_by_age
    ON kept_answers (created_at, organisation, scope, shard);

CREATE INDEX IF NOT EXISTS kept_answers_by_ref ON kept_answers (organisation, ref);

CREATE INDEX IF NOT EXISTS kept_answers_by_order
    ON kept_answers (organisation, order_ref) WHERE order_ref IS NOT NULL;

CREATE INDEX IF NOT EXISTS kept_answers_by_guest
    ON kept_answers (organisation, guest_ref) WHERE guest_ref IS NOT NULL;

-- What an insert or delete changed in the size of a list and wasn't folded yet: a row a ref,
-- so that no two writers meet. millisecond is the ref's; part is the part of the list that the
-- ref is in, empty where the list has none.
CREATE TABLE IF NOT EXISTS tallies (
    organisation bigint NOT NULL,
    list text COLLATE "C" NOT NULL,
    ref bytea NOT NULL,
    shard bigint NOT NULL,
    part text COLLATE "C" NOT NULL,
    millisecond bigint NOT NULL,
    change bigint NOT NULL,
    PRIMARY KEY (organisation, list, ref, shard, part)
);

-- What was folded: how many of a list have refs of the `prefix`th slice of
-- 2^(10 + 6 * level) milliseconds.
CREATE TABLE IF NOT EXISTS tally_nodes (
    organisation bigint NOT NULL,
    list text COLLATE "C" NOT NULL,
    level bigint NOT NULL,
    prefix bigint NOT NULL,
    size bigint NOT NULL,
    PRIMARY KEY (organisation, list, level, prefix)
);

-- What was folded, by the parts of a list.
CREATE TABLE IF NOT EXISTS tally_parts (
    organisation bigint NOT NULL,
    list text COLLATE "C" NOT NULL,
    part text COLLATE "C" NOT NULL,
    size bigint NOT NULL,
    PRIMARY KEY (organisation, list, part)
);

-- How often an operation was refused with an error of a code; day is the instant with which
-- it begins.
CREATE TABLE IF NOT EXISTS refusals (
    organisation bigint NOT NULL,
    day bigint NOT NULL,
    code text COLLATE "C" NOT NULL,
    operation text COLLATE "C" NOT NULL,
    count bigint NOT NULL,
    PRIMARY KEY (organisation, day, code, operation)
);

CREATE INDEX IF NOT EXISTS refusals_by_day ON refusals (day);

-- What is held while something is decided that may have no row yet: one to each shard and
-- kind, there from the beginning, so that holding one writes nothing and leaves nothing.
CREATE TABLE IF NOT EXISTS claims (
    shard bigint NOT NULL,
    kind text COLLATE "C" NOT NULL,
    PRIMARY KEY (shard, kind)
);

INSERT INTO claims (shard, kind)
SELECT shards.shard, kinds.kind
FROM generate_series(0, 65535) AS shards (shard)
CROSS JOIN (VALUES ('mark'), ('reference'), ('scope')) AS kinds (kind)
ON CONFLICT (shard, kind) DO NOTHING;

-- The name of the time since the server last crashed: PostgreSQL empties what is UNLOGGED when
-- it recovers.
CREATE UNLOGGED TABLE IF NOT EXISTS incarnations (
    shard bigint NOT NULL PRIMARY KEY,
    name bytea NOT NULL
);

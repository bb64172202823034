"""The engine for several servers: PostgreSQL 15 or later, over connections of our own."""

from orderfolio.store.postgres.checking import check
from orderfolio.store.postgres.migrating import migrate
from orderfolio.store.postgres.shelves import source, target
from orderfolio.store.postgres.stores import PostgresStore, open_store

__all__ = ["PostgresStore", "check", "migrate", "open_store", "source", "target"]

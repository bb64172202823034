"""The embedded engine: one SQLite file, one thread that writes it, readers beside it."""

from orderfolio.store.sqlite.stores import SqliteStore, open_store

__all__ = ["SqliteStore", "open_store"]

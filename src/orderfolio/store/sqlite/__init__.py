"""The embedded engine: one SQLite file, one thread that writes it, readers beside it."""

from orderfolio.store.sqlite.checking import check
from orderfolio.store.sqlite.compacting import compact
from orderfolio.store.sqlite.copies import back_up, restore
from orderfolio.store.sqlite.privacy import private_folder
from orderfolio.store.sqlite.shelves import source, target
from orderfolio.store.sqlite.stores import SWITCH_SECONDS, SqliteStore, open_store

__all__ = [
    "SWITCH_SECONDS",
    "SqliteStore",
    "back_up",
    "check",
    "compact",
    "open_store",
    "private_folder",
    "restore",
    "source",
    "target",
]

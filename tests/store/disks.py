"""A disk under SQLite that remembers what was synced, and can fail or lose its power.

What is mapped into memory (the WAL's index) is volatile and isn't kept at all.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from threading import RLock

import apsw

SECTOR = 512

_names = itertools.count()


class Stored:
    """A file: what is certainly on the disk, and what may be. `previous` is the deleted one
    that its name may still lead to."""

    def __init__(self, previous: Stored | None = None) -> None:
        self.durable = bytearray()
        self.pending: list[tuple[int, bytes | None]] = []
        self.is_deleted = False
        self.previous = previous

    def write(self, offset: int, data: bytes) -> None:
        self.pending.append((offset, data))

    def truncate(self, size: int) -> None:
        self.pending.append((size, None))

    def sync(self) -> None:
        for change in self.pending:
            _apply(self.durable, *change)
        self.pending.clear()
        # SQLite syncs the folder too when it first syncs a WAL or a journal.
        self.previous = None

    def after_a_cut(self, chance: Random, kept: float) -> bytearray:
        """What is synced, and of the rest each sector with probability `kept`."""
        content = bytearray(self.durable)
        for offset, data in self.pending:
            if data is None:
                if chance.random() < kept:
                    _apply(content, offset, None)
                continue
            for start in range(0, len(data), SECTOR):
                if chance.random() < kept:
                    _apply(content, offset + start, data[start : start + SECTOR])
        return content


class Disk:
    """Files by their paths. `on_event` is called before each write and sync, which fails with
    what it raises; of a write, half is done already if the disk `is_tearing`."""

    def __init__(self) -> None:
        self.lock = RLock()
        self.files: dict[str, Stored] = {}
        self.on_event: Callable[[], None] = lambda: None
        self.is_tearing = False
        self.failing_syncs = 0
        self.wal_bytes: int | None = None

    def load(self, folder: Path) -> None:
        """Take the files of a folder for what is on the disk."""
        with self.lock:
            for path in folder.iterdir():
                stored = self.files[str(path)] = Stored()
                stored.durable += path.read_bytes()

    def file(self, path: str) -> Stored:
        with self.lock:
            stored = self.files.get(path)
            if stored is None or stored.is_deleted:
                stored = self.files[path] = Stored(previous=stored)
            return stored

    def delete(self, path: str, is_synced: bool) -> None:
        with self.lock:
            if is_synced:
                self.files.pop(path, None)
            elif path in self.files:
                self.files[path].is_deleted = True

    def sync_folder(self) -> None:
        with self.lock:
            self.files = {path: file for path, file in self.files.items() if not file.is_deleted}
            for stored in self.files.values():
                stored.previous = None

    def cut(self, folder: Path, chance: Random, kept: float) -> None:
        """Write into `folder` what is found after the power comes back."""
        with self.lock:
            for path, stored in self.files.items():
                if stored.is_deleted and chance.random() < kept:
                    continue
                found = stored
                if stored.previous is not None and chance.random() >= kept:
                    found = stored.previous
                (folder / Path(path).name).write_bytes(found.after_a_cut(chance, kept))


@contextmanager
def mounted(disk: Disk) -> Iterator[str]:
    """The name of an SQLite VFS that writes through `disk`."""
    name = f"disk{next(_names)}"
    layer = _Layer(name, disk)
    try:
        yield name
    finally:
        layer.unregister()


class _Layer(apsw.VFS):
    def __init__(self, name: str, disk: Disk) -> None:
        self._disk = disk
        super().__init__(name, "")

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        if path is None:
            return apsw.VFSFile("", None, flags)
        return _File(name, flags, path, self._disk)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802
        super().xDelete(filename, syncdir)
        self._disk.delete(filename, syncdir)


class _File(apsw.VFSFile):
    def __init__(
        self, name: str | apsw.URIFilename | None, flags: list[int], path: str, disk: Disk
    ) -> None:
        super().__init__("", name, flags)
        self._disk = disk
        self._is_wal = path.endswith("-wal")
        self._path = path
        disk.file(path)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        disk = self._disk
        try:
            disk.on_event()
        except apsw.Error:
            if disk.is_tearing:
                self._write(data[: len(data) // 2], offset)
            raise
        if self._is_wal and disk.wal_bytes is not None and offset + len(data) > disk.wal_bytes:
            raise apsw.FullError("the disk is full")
        self._write(data, offset)

    def _write(self, data: bytes, offset: int) -> None:
        super().xWrite(data, offset)
        with self._disk.lock:
            self._disk.file(self._path).write(offset, bytes(data))

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        super().xTruncate(newsize)
        with self._disk.lock:
            self._disk.file(self._path).truncate(newsize)

    def xSync(self, flags: int) -> None:  # noqa: N802
        disk = self._disk
        disk.on_event()
        if disk.failing_syncs:
            disk.failing_syncs -= 1
            raise apsw.IOError("the disk doesn't answer")
        super().xSync(flags)
        with disk.lock:
            disk.file(self._path).sync()


def _apply(content: bytearray, offset: int, data: bytes | None) -> None:
    if data is None:
        del content[offset:]
        return
    if len(content) < offset:
        content.extend(bytes(offset - len(content)))
    content[offset : offset + len(data)] = data

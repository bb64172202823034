"""Claims: what keeps two writers from changing the same thing at the same moment."""

from __future__ import annotations

from typing import Final, Protocol

from orderfolio.model.identities import Mark
from orderfolio.store.records import Organisation


class Claims(Protocol):
    """How an engine holds names that may have no row yet, until its transaction ends."""

    async def reference(self, organisation: Organisation, shard: int, text: str) -> None: ...

    async def mark(self, organisation: Organisation, shard: int, mark: Mark) -> None: ...

    async def scope(self, organisation: Organisation, shard: int, scope: bytes) -> None: ...


class OneWriter:
    """The claims of an engine whose transactions write one after the other: nothing has to
    be held, because there is nobody to hold it against."""

    async def reference(self, organisation: Organisation, shard: int, text: str) -> None:
        pass

    async def mark(self, organisation: Organisation, shard: int, mark: Mark) -> None:
        pass

    async def scope(self, organisation: Organisation, shard: int, scope: bytes) -> None:
        pass


ONE_WRITER: Final = OneWriter()

"""A request, as far as every operation reads it, and what the server answers it with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from msgspec import Struct

from orderfolio.errors import Kind, NotFound
from orderfolio.model import refs
from orderfolio.model.guards import Guard
from orderfolio.model.instants import Instant
from orderfolio.model.refs import Ref
from orderfolio.operations.credentials import Access
from orderfolio.store.contract import Store
from orderfolio.store.records import Organisation
from orderfolio.wire import tags

# No resource has it: what a body says of its own ref differs from it.
NOWHERE: Final = Ref(bytes(16))


class Service(Struct, frozen=True):
    """What handlers need beside the request."""

    store: Store
    strict: bool
    clock: Callable[[], Instant]


class Request(Struct):
    """A request to an operation, after all that is refused before an operation is asked.

    `path` is as it came, less a doubled slash at its start; `parameters` are the parts of it
    that aren't fixed; `base` is the address that links begin with.
    """

    id: str
    method: str
    path: str
    parameters: tuple[str, ...]
    query: bytes
    headers: dict[bytes, bytes]
    base: bytes
    access: Access
    body: bytes = b""

    @property
    def organisation(self) -> Organisation:
        return self.access.organisation

    def header(self, name: bytes) -> str | None:
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")

    def ref(self) -> Ref:
        """The ref in the address; NOWHERE where it isn't one."""
        return refs.parse(self.parameters[0]) or NOWHERE

    def resolved(self, kind: Kind) -> Ref:
        """The ref in the address. Raises NotFound where it isn't one: called last, since all
        that is wrong with the rest of a request is said first."""
        ref = refs.parse(self.parameters[0])
        if ref is None:
            raise NotFound(kind, self.parameters[0])
        return ref

    def guard(self) -> Guard:
        return tags.read_guard(self.header(b"if-match"))

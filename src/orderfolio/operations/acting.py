"""Acting in somebody's name: whose doing a change is, as the audit log will tell."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from msgspec.structs import replace as with_fields

from orderfolio.store.contract import Operation, Parameters, Result, Store, Transaction
from orderfolio.store.records import By


class ActingStore:
    """A store whose changes are made in somebody's name. Where `by` doesn't say what is
    done, the operation's own name does: `rules.add`."""

    __slots__ = ("_by", "_store")

    def __init__(self, store: Store, by: By) -> None:
        self._store = store
        self._by = by

    async def transact(
        self,
        operation: Operation[Parameters, Result],
        /,
        *arguments: Parameters.args,
        **named: Parameters.kwargs,
    ) -> Result:
        by = self._by
        if not by.operation:
            by = with_fields(by, operation=_name_of(operation))
        return await self._store.transact(_acting(by, operation), *arguments, **named)

    async def read(
        self,
        operation: Operation[Parameters, Result],
        /,
        *arguments: Parameters.args,
        **named: Parameters.kwargs,
    ) -> Result:
        return await self._store.read(operation, *arguments, **named)

    async def read_shared(
        self,
        operation: Operation[Parameters, Result],
        /,
        *arguments: Parameters.args,
        **named: Parameters.kwargs,
    ) -> Result:
        return await self._store.read_shared(operation, *arguments, **named)

    async def scrub(self) -> bool:
        return await self._store.scrub()

    def cursor_key(self) -> bytes:
        return self._store.cursor_key()

    async def close(self) -> None:
        await self._store.close()


def _acting(by: By, operation: Operation[Parameters, Result]) -> Operation[Parameters, Result]:
    """The operation, under its own name, in a transaction that knows who acts."""

    def act(
        tx: Transaction, /, *arguments: Parameters.args, **named: Parameters.kwargs
    ) -> Awaitable[Result]:
        tx.act(by)
        return operation(tx, *arguments, **named)

    # What engines and observers know an operation by, what it wraps too: all that clients do
    # would be of one kind otherwise. `functools.wraps` copies all else, which takes four times
    # as long; and it happens for each change.
    act.__module__ = operation.__module__
    act.__name__ = operation.__name__
    act.__qualname__ = operation.__qualname__
    act.__wrapped__ = operation  # type: ignore[attr-defined]
    return act


def _name_of(operation: Callable[..., object]) -> str:
    module = operation.__module__.rpartition(".")[2]
    return f"{module}.{getattr(operation, '__name__', '')}".replace("._", ".")

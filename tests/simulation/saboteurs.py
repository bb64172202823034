"""Stores that break a promise, each in one way, and clients that rely on what isn't promised.

Each is put in place with the patch that it is given; a simulation must see it.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from msgspec import structs
from tests.simulation import calls

from orderfolio.errors import Kind, NotFound, Unavailable
from orderfolio.model import changes as changing
from orderfolio.model.changes import Changes
from orderfolio.model.guards import UNGUARDED, Guard
from orderfolio.model.orders import Order
from orderfolio.model.refs import Ref
from orderfolio.operations import answers, orders
from orderfolio.operations.answers import Answer
from orderfolio.store import statements
from orderfolio.store.contract import Store, Transaction
from orderfolio.store.records import Document, KeptAnswer, OrderRow, Organisation
from orderfolio.store.sqlite import files
from orderfolio.store.sqlite.submissions import Submission, answer
from orderfolio.store.sqlite.writer import Writer
from orderfolio.store.tables.folds import Folds

Saboteur = Callable[[pytest.MonkeyPatch], None]


def answer_before_commit(patch: pytest.MonkeyPatch) -> None:
    run_each = Writer._run_each

    def hasty(self: Writer, group: list[Submission], until: float) -> None:
        run_each(self, group, until)
        answer(group)

    patch.setattr(Writer, "_run_each", hasty)


def sync_nothing(patch: pytest.MonkeyPatch) -> None:
    _synchronous(patch, "OFF")


def sync_checkpoints_alone(patch: pytest.MonkeyPatch) -> None:
    _synchronous(patch, "NORMAL")


def _synchronous(patch: pytest.MonkeyPatch, level: str) -> None:
    pragmas = tuple(
        re.sub("^synchronous = .*", f"synchronous = {level}", pragma)
        for pragma in files.WRITER_PRAGMAS
    )
    assert pragmas != files.WRITER_PRAGMAS
    patch.setattr(files, "WRITER_PRAGMAS", pragmas)


def settle_no_failed_commit(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Writer, "_settle", lambda _, error: Unavailable(str(error)))


def keep_what_a_failed_operation_wrote(patch: pytest.MonkeyPatch) -> None:
    execute = Writer._execute

    def forgetful(self: Writer, text: str) -> None:
        if text != "ROLLBACK TO operation":
            execute(self, text)

    patch.setattr(Writer, "_execute", forgetful)


def ignore_if_match(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Guard, "check", lambda *_: None)


def count_folds_twice(patch: pytest.MonkeyPatch) -> None:
    add = Folds._sum

    async def twice(
        self: Folds, table: str, key: dict[str, Any], change: int, *, holds: bool = False
    ) -> None:
        await add(self, table, key, 2 * change, holds=holds)

    patch.setattr(Folds, "_sum", twice)


def forget_the_organisation(patch: pytest.MonkeyPatch, statement: str) -> None:
    """Leave it out of the statement's first WHERE."""
    named = dict(statements.named())
    text = named[statement].text
    sealed = "WHERE organisation = :organisation AND "
    assert sealed in text
    named[statement] = structs.replace(named[statement], text=text.replace(sealed, "WHERE ", 1))
    patch.setattr(statements, "named", lambda: named)


def match_orders_without_lock(patch: pytest.MonkeyPatch) -> None:
    """Look for a match in one transaction, and write in another."""

    async def create(store: Store, organisation: Organisation, order: Order) -> Document:
        match = await store.transact(_nearest, organisation, order)
        if match is None:
            return await store.transact(_insert, organisation, order)
        changes = {
            name: value
            for name, value in structs.asdict(order).items()
            if value is not None and name not in orders.IMMUTABLE
        }
        return await store.transact(orders.amend, organisation, match, changes, UNGUARDED)

    _divert(patch, orders.create, create)


async def _nearest(tx: Transaction, organisation: Organisation, order: Order) -> Ref | None:
    return await tx.orders.nearest(organisation, order.reference_id, order.ordered_at)


async def _insert(tx: Transaction, organisation: Organisation, order: Order) -> Document:
    ref = await tx.orders.claim(organisation, order.reference_id)
    return await tx.orders.insert(
        OrderRow(
            organisation=organisation,
            ref=ref,
            version=1,
            created_at=tx.now,
            modified_at=tx.now,
            order=order,
        )
    )


def amend_orders_without_lock(patch: pytest.MonkeyPatch) -> None:
    """Read what is there in one transaction, and replace it in another."""

    async def amend(
        store: Store, organisation: Organisation, ref: Ref, changes: Changes, guard: Guard
    ) -> Document:
        row = await store.transact(_row, organisation, ref)
        guard.check(ref, row.version)
        return await store.transact(_update, row, changes)

    _divert(patch, orders.amend, amend)


async def _row(tx: Transaction, organisation: Organisation, ref: Ref) -> OrderRow:
    row = await tx.orders.find_for_update(organisation, ref)
    if row is None:
        raise NotFound(Kind.ORDER, "")
    return row


async def _update(tx: Transaction, row: OrderRow, changes: Changes) -> Document:
    await _row(tx, row.organisation, row.ref)
    return await tx.orders.update(
        structs.replace(
            row,
            version=row.version + 1,
            modified_at=tx.now,
            order=changing.apply(row.order, changes),
        )
    )


def keep_answers_in_a_transaction_of_their_own(patch: pytest.MonkeyPatch) -> None:
    async def once(
        store: Store,
        organisation: Organisation,
        scope: bytes,
        request: bytes,
        kind: Kind,
        operation: Callable[..., Awaitable[Document]],
        *arguments: Any,
    ) -> Answer:
        kept = await store.transact(_kept, organisation, scope)
        if kept is not None and kept.document is not None:
            return Answer(kept.document, replayed=True)
        document = await store.transact(operation, organisation, *arguments)
        await store.transact(_keep, organisation, scope, request, document)
        return Answer(document, replayed=False)

    _divert(patch, answers.once, once)


async def _kept(tx: Transaction, organisation: Organisation, scope: bytes) -> KeptAnswer | None:
    return await tx.kept_answers.find(organisation, scope)


async def _keep(
    tx: Transaction, organisation: Organisation, scope: bytes, request: bytes, document: Document
) -> None:
    await tx.kept_answers.insert(
        KeptAnswer(
            organisation=organisation,
            scope=scope,
            request=request,
            created_at=tx.now,
            ref=document.ref,
            order_ref=None,
            guest_ref=None,
            document=document,
        )
    )


def _divert(
    patch: pytest.MonkeyPatch, operation: object, instead: Callable[..., Awaitable[Any]]
) -> None:
    """Have clients do something else where they would ask for this operation."""
    transact = calls.transact

    async def diverted(store: Store, asked: Callable[..., Any], *arguments: Any) -> Any:
        if asked is operation:
            return await instead(store, *arguments)
        return await transact(store, asked, *arguments)

    patch.setattr(calls, "transact", diverted)

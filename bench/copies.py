"""Orders by the million: the rows of a few that operations made, again under other names.

A copy has the refs and the shard that it would have been given, and the time at which it would
have come; all else is the row that it is a copy of. So a table grows several times as fast as by
operations, and is what they would have left, which a test holds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from bench.orders import name_of, second_of
from orderfolio.model import refs
from orderfolio.model.instants import Instant, spell
from orderfolio.model.refs import Ref
from orderfolio.store.draws import KEY_SETTING, Clock, Drawn, Draws, Entropy, Source
from orderfolio.store.records import Organisation
from orderfolio.store.shelves import Cell, Shelf, Table

Cells = dict[str, Cell]
Rows = Mapping[str, list[Cells]]
"""Rows by the names of their tables, cells by those of their columns."""

# What an order that is just made has rows in, and where those name it.
_PLACES: Final = {"orders": "ref", "audit": "touched", "tallies": "ref"}


class Model(Struct):
    """An order that operations made: its row, the log's of it, and what counts it.
    `document` is as it would be of the second `time`."""

    order: Cells
    entry: Cells
    tally: Cells
    ref: Ref
    document: bytes
    time: bytes
    spelt: bytes
    name: bytes


async def read_models(shelf: Shelf) -> list[Model]:
    """All orders of a database that has few, and in which no count was folded yet."""
    found: dict[str, dict[Cell, Cells]] = {}
    async with shelf.transaction():
        for table in await shelf.tables():
            if place := _PLACES.get(table.name):
                found[table.name] = {cells[place]: cells for cells in await _cells(shelf, table)}
    return [
        _model(order, found["audit"][ref], found["tallies"][ref])
        for ref, order in found["orders"].items()
    ]


async def _cells(shelf: Shelf, table: Table) -> list[Cells]:
    names = [column.name for column in table.columns]
    handfuls = [rows async for rows in shelf.read(table)]
    return [dict(zip(names, row, strict=True)) for rows in handfuls for row in rows]


def _model(order: Cells, entry: Cells, tally: Cells) -> Model:
    ref, document, created_at = order["ref"], order["document"], order["created_at"]
    if not (isinstance(ref, bytes) and isinstance(document, bytes) and isinstance(created_at, int)):
        raise TypeError("an order's ref and document are bytes, and its time is a number")
    return Model(
        order=order,
        entry=entry,
        tally=tally,
        ref=Ref(ref),
        document=document,
        time=spell(second_of(Instant(created_at))).encode(),
        spelt=refs.spell(Ref(ref)).encode(),
        name=str(order["reference_id"]).encode(),
    )


async def find_source(shelf: Shelf, clock: Clock, entropy: Entropy) -> Source:
    """What the next refs of a database with orders are drawn from."""
    [(key,)] = await shelf.rows("settings_find", {"name": KEY_SETTING})
    [(last,)] = await shelf.rows("refs_greatest", {})
    return Source(key, last, clock, entropy)


class Copies:
    """Copies of `models`, which are the orders of the first numbers and are copied in turns."""

    def __init__(self, models: Sequence[Model], source: Source, organisation: Organisation) -> None:
        self._models = models
        self._draws = Draws(source)
        self._organisation = organisation

    def create(self, numbers: range, now: Instant) -> tuple[Rows, list[Ref]]:
        """The rows of so many orders that come at one moment, and their refs."""
        self._draws.begin(Drawn(now))
        second = second_of(now)
        time = spell(second).encode()
        rows: dict[str, list[Cells]] = {name: [] for name in _PLACES}
        made = []
        for number in numbers:
            model = self._models[number % len(self._models)]
            if model.time != time:
                model.document = model.document.replace(model.time, time)
                model.time = time
            made.append(self._add(rows, model, name_of(number), now, second))
        rows["tallies"] = _together(rows["tallies"])
        return rows, made

    def _add(self, rows: Rows, model: Model, name: str, now: Instant, second: Instant) -> Ref:
        shard = self._draws.shard_of_reference(self._organisation, name)
        ref = self._draws.new_ref(shard)
        document = model.document.replace(model.spelt, refs.spell(ref).encode())
        rows["orders"].append(
            {
                **model.order,
                "ref": ref,
                "shard": shard,
                "created_at": now.microseconds,
                "modified_at": now.microseconds,
                "reference_id": name,
                "ordered_at": second.microseconds,
                "document": document.replace(model.name, name.encode()),
            }
        )
        entry = self._draws.new_ref(shard)
        rows["audit"].append({**model.entry, "ref": entry, "shard": shard, "touched": ref})
        millisecond = refs.milliseconds_of(ref)
        tally = {**model.tally, "ref": ref, "shard": shard, "millisecond": millisecond}
        rows["tallies"].append(tally)
        return ref


def _together(tallies: Sequence[Cells]) -> list[Cells]:
    """Counts of one moment, one for each part: folding sums them up all the same."""
    counts = Counter((tally["millisecond"], tally["part"]) for tally in tallies)
    firsts = {(tally["millisecond"], tally["part"]): tally for tally in reversed(tallies)}
    return [{**firsts[kind], "change": count} for kind, count in counts.items()]


async def insert(shelf: Shelf, tables: Sequence[Table], rows: Rows) -> None:
    for table in tables:
        if found := rows.get(table.name):
            names = [column.name for column in table.columns]
            await shelf.insert(table, [tuple([row[name] for name in names]) for row in found])

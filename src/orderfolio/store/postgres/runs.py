"""Runs: operations stepped side by side in one transaction, statement by statement.

An operation asks for a statement and waits. What several ask for at the same step goes to the
server as one statement, so a group costs hardly more journeys than one of them. What it only
writes it doesn't wait for: that goes with whatever it writes next, as one statement. What one
holds, the others must be kept from as other transactions would be: the server won't, since it
takes the group for one.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import Any, TypeAlias

from orderfolio.store.connections import Value
from orderfolio.store.postgres.sessions import Row, Session
from orderfolio.store.postgres.spelling import Spelling, spelt
from orderfolio.store.postgres.submissions import Submission
from orderfolio.store.transactions import Transaction


class Request:
    """A statement that an operation waits for."""

    __slots__ = ("spelling", "values")

    def __init__(self, spelling: Spelling, values: Mapping[str, Value]) -> None:
        self.spelling = spelling
        self.values = values

    def __await__(self) -> Generator[Request, list[Row], list[Row]]:
        return (yield self)

    def key(self) -> Value:
        """What is held by it: with a row, all of its shard. An order, what is under it and the
        claim on its reference have one, and one statement may hold what another changes."""
        return self.values["shard"]


class Asking:
    """The tables' `Connection`, and the `Claims`: each call is a step of a run."""

    __slots__ = ("_spelt",)
    is_alone = False

    def __init__(self) -> None:
        self._spelt = spelt()

    async def rows(self, statement: str, values: Mapping[str, Value]) -> list[Any]:
        return await Request(self._spelt[statement], values)

    async def reference(self, shard: int) -> None:
        await self._hold("reference", shard)

    async def mark(self, shard: int) -> None:
        await self._hold("mark", shard)

    async def scope(self, shard: int) -> None:
        await self._hold("scope", shard)

    async def _hold(self, kind: str, shard: int) -> None:
        rows = await Request(self._spelt["claims_hold"], {"shard": shard, "kind": kind})
        if not rows:
            raise RuntimeError(f"the database has lost its claims: {kind} {shard}")


Turn: TypeAlias = "dict[str, list[tuple[Run, Request]]]"
Puts: TypeAlias = dict[str, list[Mapping[str, Value]]]


class Spoiled(Exception):
    """What the group did can't stay: one of it failed after it had written, or does what nobody
    else may be in the middle of."""

    def __init__(self, submission: Submission) -> None:
        super().__init__()
        self.submission = submission


class Entangled(Exception):
    """Operations of a group wait for each other."""


class Run:
    """One operation on its way through a transaction, over tables of its own.

    `request` is what it waits for, None once it has ended: with `result`, or with `error`.
    `roams` tells that a statement of it did: what it reads and writes may be anybody's.
    """

    __slots__ = (
        "_steps",
        "_transaction",
        "error",
        "has_written",
        "request",
        "result",
        "roams",
        "statements",
        "submission",
    )

    _steps: Generator[object, list[Row] | None, Any]

    def __init__(self, submission: Submission, transaction: Transaction) -> None:
        self.submission = submission
        self._transaction = transaction
        self.request: Request | None = None
        self.result: Any = None
        self.error: BaseException | None = None
        self.has_written = False
        self.roams = False
        self.statements = 0
        self._start()

    def restart(self) -> None:
        """Begin again with the first statement; nothing was written."""
        self.close()
        self.statements = 0
        self._start()

    def step(self, rows: list[Row] | None) -> None:
        """Go on with what was asked for, None at the beginning, until the next statement."""
        if self.request is not None:
            self.has_written = self.has_written or self.request.spelling.writes
        try:
            request = self._steps.send(rows)
        except StopIteration as stop:
            self.request = None
            self.result = stop.value
        except BaseException as error:  # noqa: BLE001 (raised again where it was asked for)
            self.request = None
            self.error = error
        else:
            self._wait_for(request)

    def _start(self) -> None:
        submission = self.submission
        self._transaction.begin(submission.drawn)
        operation = submission.operation(
            self._transaction, *submission.arguments, **submission.named
        )
        self._steps = operation.__await__()
        self.step(None)

    def close(self) -> None:
        """End it where it stands."""
        self._steps.close()
        self.request = None

    def _wait_for(self, request: object) -> None:
        if isinstance(request, Request):
            self.statements += 1
            self.request = request
            self.roams = self.roams or request.spelling.roams
            return
        self.close()
        self.error = RuntimeError("an operation awaited something outside its transaction")


async def run_together(session: Session, runs: Sequence[Run], *, merges: bool = True) -> None:
    """Bring all to their ends; where it `merges`, what they write without waiting for it goes
    as one statement at each step. Raises Spoiled or Entangled where the group must be undone,
    and what the driver raises."""
    held: dict[Value, Run] = {}
    waiting = list(runs)
    while waiting:
        put_off = [_put_off(run) for run in waiting] if merges else []
        _refuse_spoilt(runs, waiting)
        await _put(session, put_off)
        waiting = [run for run in waiting if run.request is not None]
        if waiting and not any(put_off):
            await _ask_in_turn(session, runs, waiting, held)


async def _ask_in_turn(
    session: Session, runs: Sequence[Run], waiting: Sequence[Run], held: dict[Value, Run]
) -> None:
    """Have what each waits for answered once, but for those whom others keep waiting."""
    turn: Turn = {}
    for run in waiting:
        request = run.request
        if request is not None and _may_go_on(run, request, held):
            turn.setdefault(request.spelling.name, []).append((run, request))
    if not turn:
        raise Entangled
    for name, asked in turn.items():
        await _ask(session, name, asked)
        _refuse_spoilt(runs, [run for run, _ in asked])


def _refuse_spoilt(runs: Sequence[Run], some: Sequence[Run]) -> None:
    """Raises Spoiled where one of some of them can't stay in a transaction with others."""
    if len(runs) == 1:
        return
    for run in some:
        if run.roams or (run.error is not None and run.has_written):
            raise Spoiled(run.submission)


async def run_once(session: Session, runs: Sequence[Run]) -> None:
    """Have what each waits for answered, once. Raises what the driver raises."""
    turn: Turn = {}
    for run in runs:
        if run.request is not None:
            turn.setdefault(run.request.spelling.name, []).append((run, run.request))
    for name, asked in turn.items():
        await _ask(session, name, asked)


def _put_off(run: Run) -> Puts:
    """What it writes next without waiting for it: its step is the one after. Each statement has
    a table to itself, since none of them will see what another did."""
    puts: Puts = {}
    tables: dict[str, str] = {}
    while (request := run.request) is not None and (table := request.spelling.table) is not None:
        name = request.spelling.name
        if tables.setdefault(table, name) != name or (name in puts and not request.spelling.adds):
            break
        puts.setdefault(name, []).append(request.values)
        run.step([])
    # Of who failed nothing stays.
    return puts if run.error is None else {}


async def _put(session: Session, put_off: Sequence[Puts]) -> None:
    """Write what was put off: one statement for all who write to the same tables."""
    alike: dict[tuple[str, ...], Puts] = {}
    for puts in put_off:
        if puts:
            together = alike.setdefault(tuple(puts), {name: [] for name in puts})
            for name, values in puts.items():
                together[name] += values
    for together in alike.values():
        await session.put(together)


async def _ask(session: Session, name: str, asked: Sequence[tuple[Run, Request]]) -> None:
    answers = await session.fetch_each(name, [request.values for _, request in asked])
    for (run, _), rows in zip(asked, answers, strict=True):
        run.step(rows)


def _may_go_on(run: Run, request: Request, held: dict[Value, Run]) -> bool:
    """Whether nobody else in the group, still under way, holds what the run asks to hold."""
    if not request.spelling.holds or request.spelling.roams:
        return True
    key = request.key()
    holder = held.get(key)
    if holder is not None and holder is not run and holder.request is not None:
        return False
    held[key] = run
    return True

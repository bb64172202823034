"""Stages: the tables that operations run over, used again and again; and which operations go
through a transaction together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from orderfolio.store.contract import Documents
from orderfolio.store.draws import Draws, Source
from orderfolio.store.postgres.runs import Asking, Run
from orderfolio.store.postgres.submissions import Submission
from orderfolio.store.transactions import Transaction

# An operation of more statements than this would keep a whole group waiting for it.
_LONG: Final = 24


class Stages:
    """Those of a store. Without `groups`, every operation has a transaction to itself."""

    def __init__(self, documents: Documents, source: Source, *, groups: bool) -> None:
        self._documents = documents
        self._source = source
        self.groups = groups
        self._free: list[Transaction] = []
        self._used: dict[Run, Transaction] = {}
        self._statements: dict[object, int] = {}
        self._of_several: set[object] = set()

    def sort(self, taken: Sequence[Submission]) -> list[list[Submission]]:
        """Who goes together: all that were short when they were last seen, and kept to shards,
        before the others, each of them alone."""
        if not self.groups:
            return [[submission] for submission in taken]
        together: list[Submission] = []
        alone: list[Submission] = []
        for submission in taken:
            known = self._statements.get(submission.kind, 0)
            (alone if known > _LONG else together).append(submission)
        return [*([together] if together else []), *([submission] for submission in alone)]

    def start(self, group: Sequence[Submission]) -> list[Run]:
        """Each of the group, up to its first statement."""
        runs = []
        for submission in group:
            transaction = self._free.pop() if self._free else self._build()
            run = Run(submission, transaction)
            self._used[run] = transaction
            runs.append(run)
        return runs

    def asks_once(self, run: Run) -> bool:
        """Whether it waits for a statement that only looks, and that may well be its only one:
        no such operation has ever asked for a second."""
        request = run.request
        return (
            request is not None
            and not (request.spelling.writes or request.spelling.holds)
            and run.submission.kind not in self._of_several
        )

    def stop(self, runs: Sequence[Run]) -> None:
        """Take back what they ran over; who hasn't ended ends here."""
        for run in runs:
            kind = run.submission.kind
            self._statements[kind] = _LONG + 1 if run.roams else run.statements
            if run.statements > 1:
                self._of_several.add(kind)
            if run.request is not None:
                run.close()
            self._free.append(self._used.pop(run))

    def _build(self) -> Transaction:
        asking = Asking()
        return Transaction(asking, self._documents, Draws(self._source), asking)

"""The open transaction that operations are given: the tables over one connection.

Engines build one a connection and begin it anew for each submission: tables hold no state
of their own.
"""

from __future__ import annotations

from orderfolio.model.instants import Instant
from orderfolio.model.refs import Ref
from orderfolio.store.connections import Connection
from orderfolio.store.contract import THE_SERVER, Documents
from orderfolio.store.draws import Drawn, Draws
from orderfolio.store.records import By
from orderfolio.store.tables.audit import Audit
from orderfolio.store.tables.claims import ONE_WRITER, Claims
from orderfolio.store.tables.credentials import Credentials
from orderfolio.store.tables.deletions import Deletions
from orderfolio.store.tables.endings import Endings
from orderfolio.store.tables.extensions import Extensions
from orderfolio.store.tables.folds import Folds
from orderfolio.store.tables.guests import Guests
from orderfolio.store.tables.items import Items
from orderfolio.store.tables.kept_answers import KeptAnswers
from orderfolio.store.tables.orders import Orders
from orderfolio.store.tables.organisations import Organisations
from orderfolio.store.tables.people import People
from orderfolio.store.tables.refusals import Refusals
from orderfolio.store.tables.rules import Rules
from orderfolio.store.tables.sights import Sights
from orderfolio.store.tables.users import Users


class Transaction:
    """The contract's `Transaction`."""

    def __init__(
        self,
        connection: Connection,
        documents: Documents,
        draws: Draws,
        claims: Claims = ONE_WRITER,
    ) -> None:
        self._draws = draws
        self.by = THE_SERVER
        self.orders = Orders(connection, documents, draws, claims)
        self.items = Items(connection, documents)
        self.people = People(connection, documents)
        self.guests = Guests(connection, documents, draws, claims)
        self.extensions = Extensions(connection, documents)
        self.deletions = Deletions(connection, self.orders, self.people, self.guests)
        self.sights = Sights(connection, claims)
        self.kept_answers = KeptAnswers(connection, claims)
        self.tallies = Folds(connection)
        self.refusals = Refusals(connection)
        self.organisations = Organisations(connection, self.orders, self.guests)
        self.credentials = Credentials(connection)
        self.users = Users(connection)
        self.endings = Endings(connection)
        self.rules = Rules(connection)
        self.audit = Audit(connection)

    def begin(self, drawn: Drawn) -> None:
        """Serve another submission, from its first draw, in nobody's name but the server's."""
        self._draws.begin(drawn)
        self.by = THE_SERVER

    def act(self, by: By) -> None:
        self.by = by

    @property
    def now(self) -> Instant:
        return self._draws.now

    def new_ref(self, shard: int) -> Ref:
        return self._draws.new_ref(shard)

    def any_shard(self) -> int:
        return self._draws.any_shard()

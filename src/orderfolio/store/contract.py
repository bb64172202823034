"""What every engine promises. Operations know the store by this module alone.

A `Transaction` is one view of the data. Everything in it belongs to one organisation at a
time: each method takes the organisation, and another organisation's rows don't exist.
Methods named `find_for_update` hold what they return against other writers until the
transaction ends, so that what is read may be changed; what they protect is read after them.
Whoever needs several of these holds them in one order, lest two wait for each other: a reference,
an order, a person, an item, its links and its extension; marks, then the guest.

While a guest is being deleted (`Deletions`), neither it nor its contacts and consumers, nor
the orders that go with it, with all that is under them, are found or counted by any method
here but those of `Deletions`, and `Extensions.find_for_update`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Concatenate, Final, ParamSpec, Protocol, TypeVar

from msgspec import Struct

from orderfolio.model.extensions import Pairs
from orderfolio.model.guests import Guest
from orderfolio.model.identities import Mark
from orderfolio.model.instants import Instant
from orderfolio.model.items import Item
from orderfolio.model.orders import Order
from orderfolio.model.people import Person, Role
from orderfolio.model.refs import Ref
from orderfolio.store.administration import (
    Audit,
    Credentials,
    Endings,
    Organisations,
    Refusals,
    Rules,
    Users,
)
from orderfolio.store.queries import (
    Cursor,
    GuestQuery,
    OrderQuery,
    Page,
    Window,
)
from orderfolio.store.records import (
    Actor,
    By,
    Document,
    ExtensionRow,
    Gone,
    GuestRow,
    Involvement,
    ItemRow,
    KeptAnswer,
    OrderRow,
    Organisation,
    PersonRow,
    Preview,
)

# Who acts where nobody is named.
THE_SERVER: Final = By(actor=Actor.SERVER)

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


class Documents(Protocol):
    """How rows are spelt as documents and read back; the wire's, handed to the engine.

    Reading is exact: `order` of a row with what `read_order` gave is the same bytes. Of an
    item, `read_item` gives the quantity as read; the given one is a column.
    """

    def order(self, row: OrderRow) -> bytes: ...
    def item(self, row: ItemRow) -> bytes: ...
    def person(self, row: PersonRow) -> bytes: ...
    def guest(self, row: GuestRow) -> bytes: ...
    def extension(self, row: ExtensionRow) -> bytes: ...

    def read_order(self, body: bytes) -> Order: ...
    def read_item(self, body: bytes) -> Item: ...
    def read_person(self, body: bytes) -> Person: ...
    def read_guest(self, body: bytes) -> Guest: ...
    def read_extension(self, body: bytes) -> Pairs: ...


class Orders(Protocol):
    async def document(self, organisation: Organisation, ref: Ref) -> Document | None: ...

    async def find_for_update(self, organisation: Organisation, ref: Ref) -> OrderRow | None: ...

    async def claim(self, organisation: Organisation, reference_id: str) -> Ref:
        """Hold `reference_id` against other writers until this transaction ends, whether an
        order has it or not, and return a new ref on the shard where its orders live."""

    async def nearest(
        self, organisation: Organisation, reference_id: str, ordered_at: Instant
    ) -> Ref | None:
        """The order of this `reference_id` within the matching window of `ordered_at`, both
        ends included: the nearest in time, then the earlier. After `claim` no other comes; but
        it isn't held, and may be amended or go before it is."""

    async def insert(self, row: OrderRow) -> Document:
        """Keep a new order, counted; answers its document."""

    async def update(self, row: OrderRow) -> Document:
        """Replace what is kept under `row.ref`; `row.version` is the new one. Neither
        `reference_id` nor `ordered_at` may differ from what is kept."""

    async def delete(self, organisation: Organisation, ref: Ref) -> None:
        """Delete the order and everything under it; nothing where it isn't there."""

    async def page(self, organisation: Organisation, query: OrderQuery, window: Window) -> Page: ...

    async def count_created(
        self, organisation: Organisation, moments: Sequence[Instant]
    ) -> Sequence[int]:
        """How many orders were created from each of `moments`, which ascend, to the next: to
        the millisecond, by their refs. However many there are, it costs the same."""

    async def count_by_part(
        self, organisation: Organisation
    ) -> Mapping[tuple[str | None, str | None], int]:
        """How many orders have each status and channel, None where it wasn't given; those
        that none has are left out. However many orders there are, it costs the same."""

    def said(self, document: Document) -> Order:
        """What a whole document of an order says."""


class Items(Protocol):
    async def document(self, organisation: Organisation, ref: Ref) -> Document | None: ...

    async def find_for_update(self, organisation: Organisation, ref: Ref) -> ItemRow | None: ...

    async def order_ref(self, organisation: Organisation, ref: Ref) -> Ref | None:
        """The order that the item is of."""

    async def insert(self, row: ItemRow) -> Document: ...

    async def update(self, row: ItemRow) -> Document: ...

    async def delete(self, organisation: Organisation, ref: Ref) -> None:
        """Delete the item, its extension and its links to consumers."""

    async def page(self, organisation: Organisation, order_ref: Ref, window: Window) -> Page: ...

    async def page_of_consumer(
        self, organisation: Organisation, consumer_ref: Ref, window: Window
    ) -> Page:
        """The items that a consumer is linked to."""


class People(Protocol):
    """Contacts and consumers: the same, but for `role`."""

    async def document(
        self, organisation: Organisation, role: Role, ref: Ref
    ) -> Document | None: ...

    async def find_for_update(
        self, organisation: Organisation, role: Role, ref: Ref
    ) -> PersonRow | None: ...

    async def hold_all(self, organisation: Organisation, order_ref: Ref) -> None:
        """Let nobody else change or delete those of this order until this transaction ends."""

    async def insert(self, row: PersonRow) -> Document: ...

    async def update(self, row: PersonRow) -> Document: ...

    async def delete(self, organisation: Organisation, role: Role, ref: Ref) -> None:
        """Delete the person and, of a consumer, its links to items."""

    async def page(
        self, organisation: Organisation, role: Role, order_ref: Ref, window: Window
    ) -> Page: ...

    async def involving(
        self,
        organisation: Organisation,
        guest_ref: Ref,
        role: Role,
        after: Cursor | None,
        limit: int,
    ) -> Sequence[Involvement]:
        """The orders in which a guest that isn't hidden has a role, each once, the last
        ordered first: at most `limit` of those behind `after`, which has an `ordered_at`.
        However many there are, it costs the same."""

    async def guest_of_namesake(
        self, organisation: Organisation, order_ref: Ref, first_name: str, last_name: str
    ) -> Ref | None:
        """The guest of the first contact of this order that has one and whose first and
        last name are exactly these."""

    async def consumed(self, organisation: Organisation, consumer_ref: Ref) -> frozenset[Ref]:
        """The items that a consumer, hidden or not, is linked to."""

    async def link(self, consumer_ref: Ref, item_ref: Ref) -> None:
        """Link two of the same order; both must exist, and not be linked, but for hidden ones."""

    async def unlink(self, consumer_ref: Ref, item_ref: Ref) -> None: ...


class Guests(Protocol):
    async def document(self, organisation: Organisation, ref: Ref) -> Document | None: ...

    async def find(self, organisation: Organisation, ref: Ref) -> GuestRow | None:
        """The guest with its columns, held against nobody."""

    async def find_for_update(self, organisation: Organisation, ref: Ref) -> GuestRow | None: ...

    async def claim(self, organisation: Organisation, marks: Sequence[Mark]) -> Ref:
        """Hold these marks against other writers until this transaction ends, whether a
        guest carries them or not, and return a new ref on the shard of the first of them,
        or any shard where there are none. Any order of marks is free of deadlocks."""

    async def first_with(
        self, organisation: Organisation, marks: Sequence[Mark], now: Instant
    ) -> Ref | None:
        """The guest created first among those that carry one of the marks, where it counts
        at `now`. Trustworthy after `claim`."""

    async def carried_by_others(
        self, organisation: Organisation, ref: Ref, marks: Sequence[Mark], now: Instant
    ) -> frozenset[Mark]:
        """Those of `marks` that a guest other than `ref` carries, counting at `now`."""

    async def insert(self, row: GuestRow) -> Document:
        """Keep a new guest with its marks, counted."""

    async def update(self, row: GuestRow) -> Document: ...

    async def page(self, organisation: Organisation, query: GuestQuery, window: Window) -> Page: ...

    def said(self, document: Document) -> Guest:
        """What a whole document of a guest says."""


class Extensions(Protocol):
    """One to an owner: an order or an item."""

    async def document(self, organisation: Organisation, owner_ref: Ref) -> Document | None: ...

    async def find_for_update(
        self, organisation: Organisation, owner_ref: Ref
    ) -> ExtensionRow | None:
        """That of an owner whom the caller holds, and so has found in sight: it is found though
        both are hidden by now, for it is there, and no other can be."""

    async def insert(self, row: ExtensionRow) -> Document: ...

    async def update(self, row: ExtensionRow) -> Document: ...

    async def delete(self, organisation: Organisation, owner_ref: Ref) -> None: ...


class Doomed(Struct, frozen=True, kw_only=True):
    """A part of what goes with a guest, in the order of refs."""

    orders: Sequence[Ref]
    contacts: Sequence[PersonRow]
    consumers: Sequence[PersonRow]


class Deletions(Protocol):
    """Guests that are being deleted. A mark hides a guest with all that goes with it;
    removing that may take many transactions."""

    async def preview(self, organisation: Organisation, guest_ref: Ref) -> Preview:
        """What would go with a guest that isn't marked, exactly."""

    async def mark(self, organisation: Organisation, guest_ref: Ref, by: By = THE_SERVER) -> None:
        """Hide the guest and all that goes with it, for `by`; nothing where it is marked."""

    async def progress(self, organisation: Organisation, guest_ref: Ref) -> tuple[By, Gone] | None:
        """Who asked for a deletion that isn't finished, and what was counted of it so far."""

    async def count(self, organisation: Organisation, guest_ref: Ref, gone: Gone) -> None:
        """Count more that went with a marked guest."""

    async def pending(self) -> Sequence[tuple[Organisation, Ref]]:
        """The guests marked and not yet gone, of every organisation."""

    async def doomed(self, organisation: Organisation, guest_ref: Ref, limit: int) -> Doomed:
        """At most `limit` of each: the orders where a marked guest is a contact and no
        unmarked guest is; and the contacts and consumers of `guest_ref` in other orders.
        Fewer than `limit` are all that there are."""

    async def doomed_contacts(
        self, organisation: Organisation, order_ref: Ref
    ) -> Sequence[PersonRow]:
        """The contacts of an order that isn't itself hidden whose guest is marked."""

    async def delete_order(self, organisation: Organisation, ref: Ref) -> Gone:
        """As `Orders.delete`, of a hidden order; kept answers that tell of it lose their
        documents. Answers how much there was."""

    async def delete_person(self, row: PersonRow) -> None:
        """As `People.delete`, of a hidden person; kept answers lose their documents, and
        the items that a consumer was linked to are left to the caller."""

    async def finish(self, organisation: Organisation, guest_ref: Ref) -> None:
        """Delete the guest itself, its marks and the deletion; kept answers that tell of
        the guest lose their documents. A trace stays, since the engine's logs may tell."""

    async def traces(self) -> Sequence[tuple[Organisation, Ref]]:
        """The guests that are finished, and whose traces weren't cleared."""

    async def clear_trace(self, organisation: Organisation, guest_ref: Ref) -> None: ...


class Sights(Protocol):
    """Orders that are held and were found in sight."""

    async def keep(
        self, organisation: Organisation, order_ref: Ref, *, held: Ref | None, but: Ref | None
    ) -> bool:
        """Hold a guest among the contacts of an order, so that no mark hides it before this
        transaction ends; False where the last of them was marked since. A mark takes a guest, not
        its orders: they may be many. `held` is held already; the contact `but` leaves."""

    async def precede(
        self, organisation: Organisation, order_ref: Ref, guest_ref: Ref, *, but: Ref | None
    ) -> None:
        """Before `guest_ref` is held: hold first whom `keep` is going to hold beside it, where
        that one is older. So whoever holds two guests holds the older first, and no two wait for
        each other crosswise. The contact `but`, who is `guest_ref`, leaves."""


class KeptAnswers(Protocol):
    async def find(self, organisation: Organisation, scope: bytes) -> KeptAnswer | None:
        """What was kept, held against other writers whether anything was or not. Its
        `document` is None too while the guest that it tells of is being deleted."""

    async def insert(self, answer: KeptAnswer) -> None:
        """Keep it, in place of an older one of the same scope."""

    async def delete_older(self, than: Instant, limit: int) -> int:
        """Delete at most `limit` that were kept before `than`; how many were deleted."""


class Tallies(Protocol):
    """The counts behind totals and offsets: +1 and -1 beside each insert and delete, which
    `fold` sums up. Folding changes no total."""

    async def fold(self, limit: int) -> int:
        """Sum up at most `limit` single counts; how many there were."""


class Transaction(Protocol):
    """An open transaction: its time, its refs and its tables."""

    @property
    def now(self) -> Instant:
        """Drawn when the operation was submitted, the same however often it runs."""

    def new_ref(self, shard: int) -> Ref:
        """A new ref on `shard`, greater than every one drawn before; the same in each run."""

    def any_shard(self) -> int:
        """A shard at random, for what belongs to none yet; the same in each run."""

    @property
    def by(self) -> By:
        """Who acts: THE_SERVER, unless `act` named somebody."""

    def act(self, by: By) -> None:
        """Act in this name until the operation ends."""

    @property
    def orders(self) -> Orders: ...
    @property
    def items(self) -> Items: ...
    @property
    def people(self) -> People: ...
    @property
    def guests(self) -> Guests: ...
    @property
    def extensions(self) -> Extensions: ...
    @property
    def deletions(self) -> Deletions: ...
    @property
    def sights(self) -> Sights: ...
    @property
    def kept_answers(self) -> KeptAnswers: ...
    @property
    def tallies(self) -> Tallies: ...
    @property
    def refusals(self) -> Refusals: ...
    @property
    def organisations(self) -> Organisations: ...
    @property
    def credentials(self) -> Credentials: ...
    @property
    def users(self) -> Users: ...
    @property
    def endings(self) -> Endings: ...
    @property
    def rules(self) -> Rules: ...
    @property
    def audit(self) -> Audit: ...


Operation = Callable[Concatenate[Transaction, Parameters], Awaitable[Result]]


class Observer(Protocol):
    """Told by an engine, from its opening on, what its work takes.

    Times are seconds of a clock that only goes forward. It is told often, at once after the
    work and from whatever thread did it, so it returns quickly and raises nothing.
    """

    def follow_queue(self, length: Callable[[], int]) -> None:
        """Told once: `length` tells how many writes wait for their turn, to any thread."""

    def observe_group(self, size: int, seconds: float) -> None:
        """`size` operations shared a transaction, or were refused together, in `seconds`."""

    def observe_write(
        self, operation: Callable[..., Any], waited_seconds: float, database_seconds: float
    ) -> None:
        """An operation waited for its turn, and was run and committed, or failed. Told in the
        task that submitted it, of all but those that were cancelled or refused at once."""

    def observe_read(
        self, operation: Callable[..., Any], waited_seconds: float, database_seconds: float
    ) -> None:
        """The same of an operation that read, with an error too."""


class Store(Protocol):
    async def transact(
        self,
        operation: Operation[Parameters, Result],
        /,
        *arguments: Parameters.args,
        **named: Parameters.kwargs,
    ) -> Result:
        """Run `operation` in a transaction and return what it returned, once that is on
        disk. What it raises rolls it back, and it alone, and is raised here.

        It may run more than once and share a commit with others; it must have no effect
        outside its transaction and await nothing but it. Raises Unavailable where nothing
        was written, OutcomeUnknown where nobody can tell.
        """

    async def read(
        self,
        operation: Operation[Parameters, Result],
        /,
        *arguments: Parameters.args,
        **named: Parameters.kwargs,
    ) -> Result:
        """Run `operation` over one snapshot that holds every acknowledged write. It can't
        write. Raises Unavailable."""

    async def read_shared(
        self,
        operation: Operation[Parameters, Result],
        /,
        *arguments: Parameters.args,
        **named: Parameters.kwargs,
    ) -> Result:
        """As `read`, for what many ask at once: where the same was asked of the same snapshot
        already, its result is given again, so nobody may change it. Arguments are hashable."""

    async def scrub(self) -> bool:
        """Take what is deleted out of what the engine keeps beside its tables, as far as it
        keeps such; False where that can't be now, because somebody reads."""

    def cursor_key(self) -> bytes:
        """The database's own secret, the same on every server that shares it: cursors are
        sealed with it, and shards hashed."""

    async def close(self) -> None:
        """Finish what was accepted, then let go. Later calls raise Unavailable."""

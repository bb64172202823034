"""What clients know to be kept, refused or in doubt; and what they see, held against it.

The oracle: it knows what was asked and answered, and no engine. Each resource is a chain of
versions, each write bears a token of its own, which whatever it leaves behind shows.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.operations.examples import guest_of
from tests.simulation.entries import PEOPLE, Entry, Made, Standing, Write, difference, tokens_of
from tests.simulation.journals import Journal, Violation, short

from orderfolio.errors import Kind, NotFound, OrderfolioError, PreconditionFailed
from orderfolio.model import refs
from orderfolio.model.refs import Ref
from orderfolio.store.records import Document, Organisation

GONE = -1


class Ledger:
    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.entries: dict[Ref, Entry] = {}
        self.baskets: set[bytes] = set()
        self._standings: dict[bytes, Standing] = {}
        self._pending: dict[int, Write] = {}
        self._answered: dict[tuple[Organisation, bytes], Ref] = {}
        self._tokens = 0

    def token(self) -> str:
        self._tokens += 1
        return f"w{self._tokens}w"

    def living(self, organisation: Organisation, *kinds: Kind) -> list[Entry]:
        """What can be asked for with some hope."""
        return [
            entry
            for entry in self.entries.values()
            if entry.organisation == organisation and entry.kind in kinds and not entry.is_gone
        ]

    def standing(self, token: bytes) -> Standing | None:
        return self._standings.get(token)

    def may_lack(self, token: bytes) -> bool:
        """Whether somebody met a part of what a write left, and it may have been removed."""
        return any(
            not entry.is_certain and any(token in body for body in entry.versions.values())
            for entry in self.entries.values()
        )

    # What is asked and answered.

    def ask(self, write: Write) -> None:
        self.journal.say("asked", write.words)
        write.before = self._standings.get(write.token)
        if write.before in {None, Standing.VOID}:
            self._standings[write.token] = Standing.ASKED
        if write.is_basket:
            self.baskets.add(write.token)
        if write.target is not None:
            write.floor = write.target.version
        write.was_gone = any(entry.is_gone for entry in (write.target, write.parent) if entry)
        if write.scope is not None:
            write.first_ref = self._answered.get((write.organisation, write.scope))
        self._pending[id(write)] = write
        if write.removes and write.target and write.target.organisation == write.organisation:
            self._reach_out(write)
        if write.brings_people:
            self._shadow(write)

    def acknowledge(self, write: Write, made: Made) -> None:
        """It was answered with these documents, each of a kind and under a parent."""
        shows = " ".join(f"{short(document.ref)}.{document.version}" for _, _, document in made)
        self._ended(write, Standing.DONE, "acknowledged", shows)
        if write.was_gone:
            raise Violation(f"{write.words}: it was removed before")
        if any(e.organisation != write.organisation for e in (write.target, write.parent) if e):
            raise Violation(f"{write.words}: it is another organisation's")
        for kind, parent, document in made:
            self.journal.keep(document.body)
            entry = self.entry(write.organisation, kind, parent, document.ref)
            entry.may_be_gone |= write.is_shadowed
            self._changed(write, entry, document)
            self._meet_guest(entry, document)
        if write.removes:
            assert write.target is not None
            write.target.is_removed = True
            self._doubt_reach(write)
        self._expect_no_more(write)
        if write.scope is not None and made:
            self._answered[write.organisation, write.scope] = made[0][2].ref

    def replay(self, write: Write, made: Made) -> None:
        """It was answered with what an earlier write of its scope had made."""
        [(kind, parent, document)] = made
        self._ended(write, Standing.DONE, "replayed", short(document.ref))
        if write.first_ref not in {None, document.ref}:
            raise Violation(f"{write.words}: it was answered another resource before")
        if write.before is None:
            raise Violation(f"{write.words}: nobody asked for it before")
        entry = self.entry(write.organisation, kind, parent, document.ref)
        entry.may_be_gone |= write.is_shadowed
        if entry.versions.setdefault(document.version, document.body) != document.body:
            raise Violation(f"{write.words}: what is replayed was never answered")
        self._expect_no_more(write)
        self._answered[write.organisation, write.scope or b""] = document.ref

    def reject(self, write: Write, error: OrderfolioError) -> None:
        """It was refused by a rule, so nothing of it may be there."""
        self._ended(write, self._after_refusal(write), "rejected", type(error).__name__)
        self._release(write)
        target = write.target or write.parent
        if target is not None and target.organisation != write.organisation:
            if not isinstance(error, NotFound):
                raise Violation(f"{write.words}: another organisation's resource isn't there")
        elif isinstance(error, NotFound) and target is not None and target.is_certain:
            if write.before is not None:
                # What it had made may have gone with a guest: its answer was taken back.
                return
            raise Violation(f"{write.words}: {short(target.ref)} is lost")
        elif isinstance(error, PreconditionFailed) and write.guarded is None:
            raise Violation(f"{write.words}: nothing was expected of its version")

    def refuse(self, write: Write, error: OrderfolioError) -> None:
        """The store was unavailable: nothing of it may be there."""
        self._ended(write, self._after_refusal(write), "refused", type(error).__name__)
        self._release(write)

    def doubt(self, write: Write, why: str) -> None:
        """Nobody can tell whether it was done."""
        known = write.before is Standing.DONE
        self._ended(write, Standing.DONE if known else Standing.UNKNOWN, "unknown", why)
        self._doubt_reach(write)

    def crash(self) -> None:
        """Whoever waited never hears of it."""
        for write in list(self._pending.values()):
            self.doubt(write, "crash")

    def resolve(self, found: set[bytes]) -> None:
        """After a crash all is settled: what isn't found now must never come."""
        for token, standing in self._standings.items():
            if standing is Standing.UNKNOWN:
                self._standings[token] = Standing.DONE if token in found else Standing.VOID

    # What is seen.

    def floors(self, organisation: Organisation) -> dict[Ref, int]:
        """The least version in which each resource may be found from now on; GONE where it
        must not be found any more."""
        return {
            entry.ref: GONE if entry.is_gone else entry.version
            for entry in self.entries.values()
            if entry.organisation == organisation
        }

    def saw(
        self,
        organisation: Organisation,
        kind: Kind,
        parent: Entry | None,
        document: Document,
        floors: dict[Ref, int],
    ) -> Entry:
        """A document was read, by somebody who knew `floors` before."""
        where = f"{kind.value} {short(document.ref)}.{document.version}"
        self.journal.keep(document.body)
        known = self.entries.get(document.ref)
        for token in tokens_of(document):
            standing = self._standings.get(token)
            if standing is None or standing is Standing.VOID:
                raise Violation(f"{where}: the write {token.decode()} was refused, and is there")
            if known is None and standing is Standing.DONE and kind is not Kind.GUEST:
                raise Violation(f"{where}: the write {token.decode()} was done elsewhere")
        entry = self.entry(organisation, kind, parent, document.ref)
        floor = floors.get(document.ref)
        if floor == GONE:
            raise Violation(f"{where}: it was removed, and is there")
        if floor is not None and document.version < floor:
            raise Violation(f"{where}: version {floor} is lost")
        if entry.versions.setdefault(document.version, document.body) != document.body:
            raise Violation(f"{where}: it was another one before")
        self._meet_guest(entry, document)
        return entry

    def missed(self, entry: Entry, organisation: Organisation) -> None:
        """It wasn't found."""
        if entry.organisation == organisation and entry.is_certain:
            raise Violation(f"{entry.kind.value} {short(entry.ref)}.{entry.version} is lost")

    # How the books are kept.

    def _ended(self, write: Write, standing: Standing, what: str, words: str) -> None:
        del self._pending[id(write)]
        self._standings[write.token] = standing
        self.journal.say(what, f"{write.words} → {words}")

    def _after_refusal(self, write: Write) -> Standing:
        if write.before is Standing.DONE or write.before is Standing.UNKNOWN:
            return write.before
        return Standing.VOID

    def entry(
        self, organisation: Organisation, kind: Kind, parent: Entry | None, ref: Ref
    ) -> Entry:
        entry = self.entries.get(ref)
        if entry is None:
            entry = self.entries[ref] = Entry(organisation, kind, ref, parent)
        if (entry.organisation, entry.kind) != (organisation, kind):
            raise Violation(f"{kind.value} {short(ref)}: it is another organisation's")
        return entry

    def _meet_guest(self, entry: Entry, document: Document) -> None:
        if entry.kind in PEOPLE and (guest := guest_of(document)) is not None:
            ref = refs.parse(guest)
            assert ref is not None
            guest_entry = self.entry(entry.organisation, Kind.GUEST, None, ref)
            guest_entry.may_be_gone |= entry.may_be_gone

    def _changed(self, write: Write, entry: Entry, document: Document) -> None:
        where = f"{write.words} → {short(document.ref)}.{document.version}"
        if write.guarded is not None and document.version != write.guarded + 1:
            raise Violation(f"{where}: it was asked for at version {write.guarded}")
        if document.version in entry.versions and entry.versions[document.version] != document.body:
            raise Violation(f"{where}: another write made this version")
        if write.target is entry and document.version <= write.floor:
            raise Violation(f"{where}: version {write.floor} was there before")
        if write.token not in tokens_of(document):
            raise Violation(f"{where}: what was written isn't in the answer")
        before = entry.versions.get(document.version - 1)
        if before is not None and write.sent is not None:
            changed = difference(before, document.body) - write.sent
            if changed:
                raise Violation(f"{where}: {sorted(changed)} changed unasked")
        entry.versions[document.version] = document.body

    def _reach_out(self, write: Write) -> None:
        """Whatever may go with what is removed is in doubt until that is answered."""
        assert write.target is not None
        write.reach = [write.target]
        if write.target.kind is Kind.GUEST:
            write.reach += self._of_guest(write.target)
            for other in self._pending.values():
                if other.brings_people and other.organisation == write.organisation:
                    other.is_shadowed = True
        for entry in write.reach:
            entry.removals += 1

    def _of_guest(self, guest: Entry) -> Iterator[Entry]:
        named = refs.spell(guest.ref).encode()
        orders = set()
        for entry in list(self.entries.values()):
            if entry.organisation != guest.organisation:
                continue
            if entry.kind is Kind.ORDER and entry.strangers and id(entry) not in orders:
                orders.add(id(entry))
                yield entry
            if entry.kind in PEOPLE and any(named in body for body in entry.versions.values()):
                yield entry
                order = entry.parent
                if order is not None and entry.kind is Kind.CONTACT and id(order) not in orders:
                    orders.add(id(order))
                    yield order

    def _shadow(self, write: Write) -> None:
        if write.parent is not None:
            write.parent.strangers += 1
        for other in self._pending.values():
            is_guest = other.target is not None and other.target.kind is Kind.GUEST
            if other.removes and is_guest and other.organisation == write.organisation:
                write.is_shadowed = True
                for entry in (write.parent, write.target):
                    if entry is not None:
                        entry.removals += 1
                        other.reach.append(entry)

    def _release(self, write: Write) -> None:
        for entry in write.reach:
            entry.removals -= 1
        self._expect_no_more(write)

    def _expect_no_more(self, write: Write) -> None:
        """Whatever people it brought to an order are known."""
        if write.parent is not None and write.brings_people:
            write.parent.strangers -= 1

    def _doubt_reach(self, write: Write) -> None:
        for entry in write.reach:
            entry.removals -= 1
            entry.may_be_gone = True

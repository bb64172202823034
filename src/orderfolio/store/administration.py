"""What every engine promises of those who may call, and of what they settled and did:
organisations, credentials, console users, ended sessions and identity rules; what was refused,
and the audit log. They are a transaction's, as all in `contract`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from orderfolio.model.identities import Rule
from orderfolio.model.instants import Instant
from orderfolio.model.refs import Ref
from orderfolio.store.queries import Entries, EntryQuery
from orderfolio.store.records import (
    Credential,
    Entry,
    Organisation,
    OrganisationRow,
    Refused,
    User,
)


class Organisations(Protocol):
    async def insert(self, name: str, created_at: Instant) -> OrganisationRow:
        """Raises NameTaken."""

    async def find(self, name: str) -> OrganisationRow | None: ...

    async def find_for_update(self, name: str) -> OrganisationRow | None: ...

    async def hold_names(self) -> None:
        """Let nobody else give or take a name until this transaction ends."""

    async def all(self) -> Sequence[OrganisationRow]: ...

    async def rename(self, organisation: Organisation, name: str) -> None:
        """Raises NameTaken."""

    async def delete_some(self, organisation: Organisation, limit: int) -> int:
        """Delete at most `limit` of its orders and guests, with all under them; how many."""

    async def delete(self, organisation: Organisation) -> None:
        """Delete an organisation that has neither orders nor guests, with its credentials,
        users, rules, refusals and kept answers."""

    async def left(self) -> Sequence[Organisation]:
        """Organisations that were deleted, and of which there is something again."""


class Credentials(Protocol):
    async def insert(self, credential: Credential) -> None:
        """Raises NameTaken."""

    async def find(self, client_key: str) -> Credential | None: ...

    async def all(self, organisation: Organisation) -> Sequence[Credential]: ...

    async def replace_digest(self, client_key: str, token_digest: bytes) -> None: ...

    async def note_use(self, organisation: Organisation, client_key: str, used_at: Instant) -> None:
        """Keep `used_at` as the last use, unless a later one is kept. Nothing where the
        organisation has no such credential, or it is younger than that."""

    async def delete(self, client_key: str) -> None: ...


class Users(Protocol):
    """Console users; a name is given once in all organisations."""

    async def insert(self, user: User) -> None:
        """Raises NameTaken."""

    async def find(self, name: str) -> User | None: ...

    async def all(self, organisation: Organisation) -> Sequence[User]:
        """By name."""

    async def replace_password(self, name: str, password_hash: str) -> None: ...

    async def delete(self, name: str) -> None: ...


class Endings(Protocol):
    """Sessions that were ended before their time. `session` is what one is known by, which
    opens nothing."""

    async def insert(self, session: bytes, over_at: Instant) -> None:
        """One that is there already stays as it is."""

    async def find(self, session: bytes) -> Instant | None:
        """When it would have been over."""

    async def delete_older(self, than: Instant) -> None:
        """Those that were over before `than`."""


class Rules(Protocol):
    async def all(self, organisation: Organisation) -> Sequence[Rule]:
        """In their order."""

    async def replace(self, organisation: Organisation, rules: Sequence[Rule]) -> None: ...


class Refusals(Protocol):
    """How often clients were refused; a day is the instant with which it begins."""

    async def add(
        self, organisation: Organisation, day: Instant, code: str, operation: str, count: int
    ) -> None:
        """Count more of a day, beside what was counted before."""

    async def most(
        self, organisation: Organisation, since: Instant, limit: int
    ) -> Sequence[Refused]:
        """The `limit` most frequent from the day `since` on, the most frequent first; what
        is as frequent by code and operation."""

    async def delete_older(self, than: Instant, limit: int) -> int:
        """Delete at most `limit` counts of days before `than`; how many were deleted."""


class Audit(Protocol):
    """Who changed what, per organisation."""

    async def insert(self, entry: Entry) -> None: ...

    async def page(self, organisation: Organisation, query: EntryQuery) -> Entries: ...

    async def receipt(
        self, organisation: Organisation, guest_ref: Ref, since: Ref
    ) -> tuple[Entry, Sequence[Ref]] | None:
        """What a guest's deletion removed, and its orders, by the entries from `since` on.
        None before it is finished, and once its entry is too old to be kept."""

    async def delete_older(self, organisation: Organisation, than: Ref, limit: int) -> int:
        """Delete at most `limit` of those before `than`, the oldest; how many."""

"""A server with two organisations, the model of each, and how the two are held together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

import httpx
from tests.model_based import bodies, lists
from tests.model_based.answers import Tag, Written
from tests.model_based.attributes import Refused
from tests.model_based.conversations import Conversation
from tests.model_based.lists import Asked
from tests.model_based.nouns import Consumer, Contact, Extension, Guest, Item, Json, Order, Resource
from tests.model_based.organisations import Organisation
from tests.store.engines import Another
from tests.wire.clients import KEYS, OTHERS, Client, an_application, populate

from orderfolio.model.identities import Rule
from orderfolio.model.instants import Instant
from orderfolio.operations import rules
from orderfolio.wire.documents import SPELLING

WORDS: Final[dict[type[Resource], str]] = {
    Order: "order",
    Item: "item",
    Contact: "contact",
    Consumer: "consumer",
    Guest: "guest",
    Extension: "extension",
}
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

Owner = type[Order | Item]
Sent = tuple[str, str, Json | None, dict[str, str]]
"""Method, path, body and headers."""


class World:
    def __init__(self, another: Another) -> None:
        self.now = datetime(2024, 6, 1, 12, tzinfo=UTC)
        self.names: dict[type[Resource], list[str]] = {noun: [] for noun in WORDS}
        self.models = [Organisation(self.name, self.now) for _ in range(2)]
        self.talk = Conversation()
        # Whether all that was answered so far was right: else the end is not looked at.
        self.is_sound = True
        self.ends = ExitStack()
        engine = self.ends.enter_context(another())
        self.runner = self.ends.enter_context(asyncio.Runner())
        self.store = self.runner.run(engine.open(SPELLING, lambda: self.instant().microseconds))
        application = an_application(self.store, clock=self.instant)
        self.clients = [Client(self.runner, application, keys) for keys in (KEYS, OTHERS)]
        self.runner.run(populate(self.store))
        for name in ("One", "Two"):
            loyalty = Rule(name="Loyalty", provider="loyalty")
            self.runner.run(self.store.transact(rules.add, name, loyalty, None))

    def close(self) -> None:
        self.runner.run(self.store.close())
        self.ends.close()

    def instant(self) -> Instant:
        return Instant((self.now - EPOCH) // timedelta(microseconds=1))

    def name(self, noun: type[Resource]) -> str:
        number = sum(map(len, self.names.values())) + 1
        self.names[noun].append(f"{WORDS[noun]}-{number}")
        return self.names[noun][-1]

    def one(self, noun: type[Resource], number: int) -> tuple[int, str]:
        """Who speaks of which resource: mostly its owner of one that is there, at times a
        stranger, and at times of one that isn't there any more, or never was."""
        there = [
            (speaker, one.ref)
            for speaker, model in enumerate(self.models)
            for one in model.all(noun)
        ]
        if number % 12 == 11 or not there:
            refs = {ref for _, ref in there}
            gone = [name for name in self.names[noun] if name not in refs]
            return number % 2, [bodies.NOBODY, *gone][number // 12 % (len(gone) + 1)]
        speaker, ref = there[number % len(there)]
        return (1 - speaker if number % 12 == 10 else speaker), ref

    def extended(self, noun: Owner, number: int) -> tuple[int, str]:
        """As `one`, but of those with an extension, if there are any."""
        there = [
            (speaker, one.owner.ref)
            for speaker, model in enumerate(self.models)
            for one in model.all(Extension)
            if isinstance(one.owner, noun)
        ]
        return there[number % len(there)] if there and number % 4 < 3 else self.one(noun, number)

    def found(self, speaker: int, noun: type[Resource], ref: str) -> Resource | None:
        return next((one for one in self.models[speaker].all(noun) if one.ref == ref), None)

    def extension(self, speaker: int, owner_ref: str) -> Resource | None:
        extensions = self.models[speaker].all(Extension)
        return next((one for one in extensions if one.owner.ref == owner_ref), None)

    def guarded(
        self, resource: Resource | None, choice: str | int | None
    ) -> tuple[dict[str, str], set[Tag] | None]:
        """The header, and the versions that it allows; None for any."""
        if choice is None:
            return {}, None
        if choice == "*":
            return {"If-Match": "*"}, None
        seen = [] if resource is None else self.talk.tags_of(resource)
        if choice == "nonsense" or not seen:
            return {"If-Match": '"nonsense"'}, set()
        if choice == "weak":
            return {"If-Match": f"W/{self.talk.tags[seen[-1]]}"}, set()
        chosen = seen[-1 - int(choice) % len(seen)]
        return {"If-Match": f'"other", {self.talk.tags[chosen]}'}, {chosen}

    def exchange(
        self,
        speaker: int,
        request: Sent,
        effect: Callable[[Organisation], Any],
        expect: Callable[[httpx.Response, Any], None],
    ) -> None:
        """Send, let the model do the same, and hold the answer against it."""
        self.is_sound = False
        model = self.models[speaker]
        model.now = self.now
        answer = self.talk.send(self.clients[speaker], *request)
        try:
            outcome = effect(model)
        except Refused as refusal:
            self.talk.expect_refusal(answer, refusal)
        else:
            expect(answer, outcome)
        self.is_sound = True

    def write(
        self,
        speaker: int,
        request: Sent,
        effect: Callable[[Organisation], Written],
    ) -> None:
        status = 201 if request[0] == "POST" else 200
        self.exchange(
            speaker,
            request,
            effect,
            lambda answer, written: self.talk.expect_written(answer, status, written),
        )

    def items_of(self, speaker: int, order_ref: str, numbers: list[int]) -> Json:
        """Links to items of the order, mostly; at times to any other."""
        own = [i.ref for i in self.models[speaker].all(Item) if i.order.ref == order_ref]
        refs = [
            own[number % len(own)] if own and number % 8 < 7 else self.one(Item, number)[1]
            for number in numbers
        ]
        return {"items": [{"ref": ref} for ref in refs]}

    # Reading.

    def read(
        self,
        speaker: int,
        path: str,
        effect: Callable[[Organisation], Resource],
        seen: int | None = None,
        method: str = "GET",
    ) -> None:
        """One resource; `seen` chooses a tag of it for If-None-Match."""
        headers, known = {}, None
        tags = [tag for tag in self.talk.tags if f"{path}/".find(f"/{tag[0]}/") >= 0]
        if seen is not None and tags:
            known = tags[-1 - seen % len(tags)]
            headers = {"If-None-Match": self.talk.tags[known]}

        def expect(answer: httpx.Response, resource: Resource) -> None:
            tag = (resource.ref, resource.version)
            if tag == known:
                self.talk.expect_unmodified(answer, tag)
            elif method == "HEAD":
                assert (answer.status_code, answer.content) == (200, b"")
            else:
                self.talk.expect_resource(answer, 200, resource.document(), tag)

        self.exchange(speaker, (method, path, None, headers), effect, expect)

    def browse(self, speaker: int, asked: Asked, href: str = "") -> tuple[str, Asked] | None:
        """One page; where the next one is, as the server and as the model say it."""
        following: list[tuple[str, Asked]] = []

        def expect(answer: httpx.Response, page: lists.Page) -> None:
            self.talk.expect_json(answer, page.body)
            if page.following is not None:
                following.append((answer.json()["next"]["href"], page.following))

        self.exchange(
            speaker,
            ("GET", href or asked.address, None, {}),
            lambda model: lists.listed(model, asked),
            expect,
        )
        return following[0] if following else None

    def browse_all(self, speaker: int, asked: Asked) -> None:
        """A whole list, page by page."""
        found: tuple[str, Asked] | None = ("", asked)
        while found is not None:
            href, asked = found
            found = self.browse(speaker, asked, href)

    def open(self, speaker: int, ref: str, relations: Sequence[str]) -> None:
        """An order with relations in place of their links."""
        self.exchange(
            speaker,
            ("GET", f"/v2.1/orders/{ref}?expand={','.join(relations)}", None, {}),
            lambda model: lists.opened(model, ref, relations),
            self.talk.expect_json,
        )

    def look_at_everything(self, speaker: int) -> None:
        """All that an organisation can see, against all that it should."""
        model = self.models[speaker]
        for path in ("/v2.1/orders", "/v2.1/guests"):
            self.browse_all(speaker, Asked(path, limit=3, expand="true"))
        for resource in model.resources:
            self.read(speaker, resource.path, partial(_itself, resource))
        for order in model.all(Order):
            self.open(speaker, order.ref, ("orderItems", "contacts", "consumers", "extensions"))
        for consumer in model.all(Consumer):
            self.browse_all(speaker, Asked(f"{consumer.path}/orderItems"))


def _itself(resource: Resource, _: Organisation) -> Resource:
    return resource

"""The server against the model: hypothesis makes up what two organisations do, step by step.

Every answer is what the model says, and in the end so is all that can be seen. A failure
prints the steps that lead to it, the fewest that hypothesis found. `make soak` goes on for
longer, with a seed of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final

import httpx
from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from tests.model_based import bodies, lists
from tests.model_based.answers import Written
from tests.model_based.lists import Asked
from tests.model_based.nouns import (
    Consumer,
    Contact,
    Guest,
    Item,
    Json,
    Order,
    Person,
    Resource,
    link,
)
from tests.model_based.organisations import Organisation
from tests.model_based.worlds import WORDS, Owner, World
from tests.store.engines import Another

CHANGED: Final = (Order, Item, Contact, Consumer, Guest)

FIRST_ORDER: Final = {
    "referenceId": "A1",
    "orderedAt": bodies.TIMES[0],
    "currencyCode": "EUR",
    "price": 1,
}
FIRST_ITEM: Final = {
    "type": "BOOK",
    "name": "Notes",
    "price": 1,
    "currencyCode": "EUR",
    "status": "PURCHASED",
}
FIRST_PERSON: Final = {"firstName": "Ada", "lastName": "Byron", "emails": ["ada@example.com"]}

Guard = str | int | None
Change = tuple[type[Resource], str, Json]
Post = tuple[int, str, Json, str, Callable[[Organisation, Json], Written]]

pick = st.integers(0, 99)
key = st.sampled_from((None, None, None, "k1", "k2"))
# None sends no If-Match; a number chooses among the tags that were seen of the resource.
guard = st.none() | st.none() | st.sampled_from(("*", "weak", "nonsense")) | st.integers(0, 9)


def changes(nouns: Sequence[type[Resource]]) -> st.SearchStrategy[Change]:
    """A noun, a method that changes one, and a body for it."""
    drawn: list[st.SearchStrategy[Change]] = [
        st.tuples(st.just(noun), st.just(method), make(WORDS[noun]))
        for noun in nouns
        for method, make in (("PUT", bodies.replacements), ("PATCH", bodies.changes))
    ]
    return st.one_of(drawn)


refused = changes(CHANGED).flatmap(
    lambda change: st.tuples(st.just(change), bodies.flawed(WORDS[change[0]]))
)
owner = st.sampled_from((Order, Item))
method = st.sampled_from(("PUT", "PATCH"))
part = st.fixed_dictionaries(
    {}, optional={"offset": bodies.OFFSETS, "limit": bodies.LIMITS, "expand": bodies.EXPANDS}
)


class Machine(RuleBasedStateMachine):
    """What clients of two organisations may do."""

    def __init__(self, another: Another) -> None:
        super().__init__()
        self.world = World(another)
        self.posts: list[Post] = []
        self.continued: list[tuple[int, str, Asked]] = []

    def teardown(self) -> None:
        try:
            if self.world.is_sound:
                for speaker in range(2):
                    self.world.look_at_everything(speaker)
                # What was answered under a key is answered again, or has gone with a guest.
                for speaker, path, body, key, effect in self.posts[:10]:
                    self.post(speaker, path, body, key, effect)
        finally:
            self.world.close()

    @rule(seconds=st.sampled_from((1, 7, 90_000)))
    def wait(self, seconds: int) -> None:
        self.world.now += timedelta(seconds=seconds)

    def post(
        self,
        speaker: int,
        path: str,
        body: Json,
        key: str | None,
        effect: Callable[[Organisation, Json], Written],
    ) -> None:
        headers = {} if key is None else {"Idempotency-Key": key}
        if key is not None:
            self.posts.append((speaker, path, body, key, effect))
        self.world.write(speaker, ("POST", path, body, headers), lambda model: effect(model, body))

    # Creating.

    @initialize()
    def begin(self) -> None:
        """Something to speak of: an order with one of everything under it, and a guest."""
        for speaker in range(2):
            self.create_order(speaker, FIRST_ORDER, None)
            self.create_item(speaker, FIRST_ITEM, None)
            self.create_contact(speaker, FIRST_PERSON, None, "k1")
            self.create_consumer(speaker, {"firstName": "Ada", "lastName": "Byron"}, [0], "k1")
            self.create_extension(Order, speaker, {"one": 1}, None)
            self.create_extension(Item, speaker, {"one": True, "two": "text"}, None)

    @rule(speaker=st.sampled_from((0, 0, 1)), body=bodies.new("order"), key=key)
    def create_order(self, speaker: int, body: Json, key: str | None) -> None:
        self.post(
            speaker, "/v2.1/orders", body, key, lambda model, body: model.create_order(body, key)
        )

    @rule(number=pick, body=bodies.new("item"), key=key)
    def create_item(self, number: int, body: Json, key: str | None) -> None:
        speaker, ref = self.world.one(Order, number)
        path = f"/v2.1/orders/{ref}/orderItems"
        self.post(speaker, path, body, key, lambda model, body: model.create_item(ref, body, key))

    @rule(number=pick, body=bodies.new("contact"), guest=pick | st.none(), key=key)
    def create_contact(self, number: int, body: Json, guest: int | None, key: str | None) -> None:
        speaker, ref = self.world.one(Order, number)
        if guest is not None and guest % 3 == 0:
            body = body | {"guest": link(f"/v2.1/guests/{self.world.one(Guest, guest)[1]}")}
        path = f"/v2.1/orders/{ref}/contacts"
        self.post(
            speaker,
            path,
            body,
            key,
            lambda model, body: model.create_person(Contact, ref, body, key),
        )

    @rule(
        number=pick,
        body=bodies.new("consumer"),
        items=st.none() | st.lists(pick, max_size=3),
        key=key,
    )
    def create_consumer(
        self, number: int, body: Json, items: list[int] | None, key: str | None
    ) -> None:
        speaker, ref = self.world.one(Order, number)
        if items is not None:
            body = body | {"orderItems": self.world.items_of(speaker, ref, items)}
        path = f"/v2.1/orders/{ref}/consumers"
        self.post(
            speaker,
            path,
            body,
            key,
            lambda model, body: model.create_person(Consumer, ref, body, key),
        )

    @rule(speaker=st.sampled_from((0, 0, 1)), body=bodies.new("guest"), key=key)
    def create_guest(self, speaker: int, body: Json, key: str | None) -> None:
        self.post(
            speaker, "/v2.1/guests", body, key, lambda model, body: model.create_guest(body, key)
        )

    @rule(noun=owner, number=pick, body=bodies.PAIRS, key=key)
    def create_extension(self, noun: Owner, number: int, body: Json, key: str | None) -> None:
        speaker, ref = self.world.one(noun, number)
        path = f"{noun.place}/{ref}/extensions/ext"
        self.post(
            speaker,
            path,
            body,
            key,
            lambda model, body: model.create_extension(noun, ref, body, key),
        )

    @rule(number=pick, other=st.sampled_from((False, False, True)))
    def repeat_a_post(self, number: int, other: bool) -> None:
        if self.posts:
            speaker, path, body, key, effect = self.posts[number % len(self.posts)]
            # The same attributes in another order are another body.
            body = dict(reversed(body.items())) if other else body
            self.post(speaker, path, body, key, effect)

    # Changing and deleting.

    @rule(number=pick, change=changes((Order, Item, Guest)), guard=guard)
    def change(self, number: int, change: Change, guard: Guard) -> None:
        noun, method, body = change
        speaker, ref = self.world.one(noun, number)
        self.send_change(speaker, noun, ref, method, body, guard)

    @rule(number=pick, change=changes((Contact, Consumer)), guard=guard)
    def change_person(self, number: int, change: Change, guard: Guard) -> None:
        noun, method, body = change
        speaker, ref = self.world.one(noun, number)
        self.send_change(speaker, noun, ref, method, body, guard)

    @rule(
        number=pick,
        noun=st.sampled_from((Contact, Consumer)),
        name=st.sampled_from(("firstName", "lastName")),
        value=st.sampled_from((None, *bodies.NAMES)),
    )
    def rename(self, number: int, noun: type[Person], name: str, value: str | None) -> None:
        speaker, ref = self.world.one(noun, number)
        self.send_change(speaker, noun, ref, "PATCH", {name: value}, None)

    @rule(
        number=pick,
        change=changes((Contact, Consumer)),
        guest=st.none() | pick,
        whole=st.booleans(),
    )
    def link_a_guest(self, number: int, change: Change, guest: int | None, whole: bool) -> None:
        """Or unlink it, perhaps with other changes."""
        noun, method, body = change
        speaker, ref = self.world.one(noun, number)
        linked = None if guest is None else link(f"/v2.1/guests/{self.world.one(Guest, guest)[1]}")
        rest = body if whole else {}
        self.send_change(speaker, noun, ref, method, {**rest, "guest": linked}, None)

    def send_change(
        self,
        speaker: int,
        noun: type[Resource],
        ref: str,
        method: str,
        body: Json,
        guard: Guard,
    ) -> None:
        headers, expected = self.world.guarded(self.world.found(speaker, noun, ref), guard)
        self.world.write(
            speaker,
            (method, f"{noun.place}/{ref}", body, headers),
            lambda model: model.change(noun, ref, method, body, expected),
        )

    @rule(number=pick, refused=refused, guard=guard)
    def send_what_is_refused(self, number: int, refused: tuple[Change, Json], guard: Guard) -> None:
        (noun, method, body), flaws = refused
        speaker, ref = self.world.one(noun, number)
        self.send_change(speaker, noun, ref, method, body | flaws, guard)

    @rule(number=pick, items=st.none() | st.lists(pick, max_size=3), method=method, guard=guard)
    def link_items(self, number: int, items: list[int] | None, method: str, guard: Guard) -> None:
        speaker, ref = self.world.one(Consumer, number)
        consumer = self.world.found(speaker, Consumer, ref)
        order = consumer.order.ref if isinstance(consumer, Consumer) else bodies.NOBODY
        wanted = None if items is None else self.world.items_of(speaker, order, items)
        self.send_change(speaker, Consumer, ref, method, {"orderItems": wanted}, guard)

    @rule(number=pick, noun=st.sampled_from(CHANGED), method=method)
    def send_back_what_was_read(self, number: int, noun: type[Resource], method: str) -> None:
        """What a client reads, it may send."""
        speaker, ref = self.world.one(noun, number)
        resource = self.world.found(speaker, noun, ref)
        if resource is not None:
            self.send_change(speaker, noun, ref, method, resource.document(), None)

    @rule(noun=owner, number=pick, method=method, body=bodies.PAIRS, guard=guard)
    def change_extension(
        self, noun: Owner, number: int, method: str, body: Json, guard: Guard
    ) -> None:
        speaker, ref = self.world.extended(noun, number)
        headers, expected = self.world.guarded(self.world.extension(speaker, ref), guard)
        self.world.write(
            speaker,
            (method, f"{noun.place}/{ref}/extensions/ext", body, headers),
            lambda model: model.change_extension(noun, ref, method, body, expected),
        )

    @rule(
        noun=owner,
        number=pick,
        keys=st.none() | st.lists(st.sampled_from(bodies.KEYS), min_size=1, max_size=3),
        separator=st.sampled_from(("|", ",", "%2C", "&name=")),
        guard=guard,
    )
    def clear_extension(
        self,
        noun: Owner,
        number: int,
        keys: list[str] | None,
        separator: str,
        guard: Guard,
    ) -> None:
        speaker, ref = self.world.extended(noun, number)
        headers, expected = self.world.guarded(self.world.extension(speaker, ref), guard)
        query = "" if keys is None else f"?name={separator.join(keys)}"
        self.world.write(
            speaker,
            ("DELETE", f"{noun.place}/{ref}/extensions/ext/fields{query}", None, headers),
            lambda model: model.clear(noun, ref, keys, expected),
        )

    @rule(noun=st.sampled_from(CHANGED), number=pick, guard=guard)
    def remove(self, noun: type[Resource], number: int, guard: Guard) -> None:
        speaker, ref = self.world.one(noun, number)
        headers, expected = self.world.guarded(self.world.found(speaker, noun, ref), guard)
        self.world.exchange(
            speaker,
            ("DELETE", f"{noun.place}/{ref}", None, headers),
            lambda model: model.remove(noun, ref, expected),
            lambda answer, _: expect_exactly(answer, 204, b""),
        )

    @rule(noun=owner, number=pick, guard=guard)
    def remove_extension(self, noun: Owner, number: int, guard: Guard) -> None:
        speaker, ref = self.world.extended(noun, number)
        headers, expected = self.world.guarded(self.world.extension(speaker, ref), guard)
        self.world.exchange(
            speaker,
            ("DELETE", f"{noun.place}/{ref}/extensions/ext", None, headers),
            lambda model: model.remove_extension(noun, ref, expected),
            lambda answer, _: expect_exactly(answer, 200, b"null"),
        )

    # Reading.

    @rule(
        noun=st.sampled_from(CHANGED),
        number=pick,
        seen=st.none() | pick,
        method=st.sampled_from(("GET", "GET", "HEAD")),
    )
    def read(self, noun: type[Resource], number: int, seen: int | None, method: str) -> None:
        speaker, ref = self.world.one(noun, number)
        path = f"{noun.place}/{ref}"
        self.world.read(speaker, path, lambda model: model.find(noun, ref), seen, method)

    @rule(noun=owner, number=pick)
    def read_extension(self, noun: Owner, number: int) -> None:
        speaker, ref = self.world.extended(noun, number)
        path = f"{noun.place}/{ref}/extensions/ext"
        self.world.read(speaker, path, lambda model: model.extension(noun, ref))

    @rule(number=pick, relations=bodies.RELATIONS)
    def open(self, number: int, relations: list[str]) -> None:
        speaker, ref = self.world.one(Order, number)
        self.world.open(speaker, ref, relations)

    @rule(
        speaker=st.sampled_from((0, 0, 1)),
        part=part,
        sort=bodies.SORTS,
        reference_id=st.sampled_from((None, None, "A1", "nothing")),
        guest=st.none() | pick,
    )
    def list_orders(
        self,
        speaker: int,
        part: Json,
        sort: str | None,
        reference_id: str | None,
        guest: int | None,
    ) -> None:
        filters = [] if reference_id is None else [("referenceId", reference_id)]
        if guest is not None:
            # At times another organisation's: its orders are none of this one's.
            filters.append(("guestRef", self.world.one(Guest, guest)[1]))
        self.browse(speaker, Asked("/v2.1/orders", tuple(filters), sort, **part))

    @rule(speaker=st.sampled_from((0, 0, 1)), part=part, filters=bodies.GUEST_FILTERS)
    def list_guests(self, speaker: int, part: Json, filters: dict[str, str]) -> None:
        self.browse(speaker, Asked("/v2.1/guests", tuple(filters.items()), **part))

    @rule(number=pick, part=part, relation=st.sampled_from(("extensions", *lists.RELATIONS)))
    def list_what_is_under_an_order(self, number: int, part: Json, relation: str) -> None:
        speaker, ref = self.world.one(Order, number)
        self.browse(speaker, Asked(f"/v2.1/orders/{ref}/{relation}", **part))

    @rule(number=pick, part=part)
    def list_what_a_consumer_consumes(self, number: int, part: Json) -> None:
        speaker, ref = self.world.one(Consumer, number)
        self.browse(speaker, Asked(f"/v2.1/orderConsumers/{ref}/orderItems", **part))

    @rule(number=pick, part=part)
    def list_the_extensions_of_an_item(self, number: int, part: Json) -> None:
        speaker, ref = self.world.one(Item, number)
        self.browse(speaker, Asked(f"/v2.1/orderItems/{ref}/extensions", **part))

    @rule(number=pick)
    def follow_next(self, number: int) -> None:
        """However long ago the page before was read."""
        if self.continued:
            speaker, href, asked = self.continued[number % len(self.continued)]
            self.browse(speaker, asked, href)

    def browse(self, speaker: int, asked: Asked, href: str = "") -> None:
        found = self.world.browse(speaker, asked, href)
        if found is not None:
            self.continued.append((speaker, *found))


def expect_exactly(answer: httpx.Response, status: int, content: bytes) -> None:
    assert (answer.status_code, answer.content) == (status, content), answer.text


# Bounded, and the same each time, unless a profile asks for more.
SOAKING = settings.get_current_profile_name() == "soak"
HOW_LONG = (
    settings.get_profile("soak")
    if SOAKING
    else settings(max_examples=120, stateful_step_count=50, deadline=None, derandomize=True)
)


def test_conformance(another: Another) -> None:
    class Here(Machine):
        def __init__(self) -> None:
            super().__init__(another)

    run_state_machine_as_test(Here, settings=HOW_LONG)

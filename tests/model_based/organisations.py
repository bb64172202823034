"""What one organisation's requests do: every write of the contract, over plain lists.

Whatever is refused raises Refused before anything has changed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from tests.model_based import attributes as reading, identity
from tests.model_based.answers import Answers, Tag, Written
from tests.model_based.attributes import Form, Refused
from tests.model_based.nouns import (
    Attributes,
    Consumer,
    Contact,
    Extension,
    Guest,
    Item,
    Json,
    Order,
    Person,
    Resource,
    moment,
    to_the_second,
)

Named = TypeVar("Named", bound=Resource)


FORMS: dict[type[Resource], Form] = {
    Order: reading.ORDER,
    Item: reading.ITEM,
    Contact: reading.PERSON,
    Consumer: reading.PERSON,
    Guest: reading.GUEST,
    Extension: reading.EXTENSION,
}


@dataclass
class Organisation:
    """All that is kept, in the order of creation. `name` is a fresh ref for a noun."""

    name: Callable[[type[Resource]], str]
    now: datetime
    resources: list[Resource] = field(default_factory=list)
    answers: Answers = field(default_factory=Answers)

    def all(self, noun: type[Named]) -> list[Named]:
        return [resource for resource in self.resources if isinstance(resource, noun)]

    def find(self, noun: type[Named], ref: str) -> Named:
        """Whatever isn't this organisation's isn't there."""
        for resource in self.all(noun):
            if resource.ref == ref:
                return resource
        raise Refused(404, f"{noun.noun} {ref} was not found.")

    # Creating.

    def create_order(self, body: Json, key: str | None) -> Written:
        reading.check(reading.ORDER, body, "POST")

        def effect() -> Resource:
            given = reading.created(reading.ORDER, body)
            at = moment(given["orderedAt"])
            same = [one for one in self.all(Order) if one.matches(given["referenceId"], at)]
            if not same:
                return self._add(Order, given)
            order = min(same, key=lambda one: (abs(one.ordered_at - at), one.ordered_at))
            fixed = {name: order.attributes[name] for name in reading.ORDER.fixed}
            order.change(self.now, order.attributes | given | fixed)
            return order

        return self._once("/v2.1/orders", key, body, Order, effect)

    def create_item(self, order_ref: str, body: Json, key: str | None) -> Written:
        reading.check(reading.ITEM, body, "POST")

        def effect() -> Resource:
            order = self.find(Order, order_ref)
            return self._add(Item, reading.created(reading.ITEM, body), order=order)

        return self._once(f"/v2.1/orders/{order_ref}/orderItems", key, body, Item, effect)

    def create_person(
        self, noun: type[Contact | Consumer], order_ref: str, body: Json, key: str | None
    ) -> Written:
        reading.check(reading.PERSON, body, "POST")

        def effect() -> Resource:
            order = self.find(Order, order_ref)
            guest = self._linked_guest(body)
            items = self._linked_items(order, body)
            person = self._new(noun, reading.created(reading.PERSON, body), order=order)
            person.guest = self._link(person, guest) if guest else self._identify(person)
            self.resources.append(person)
            if items is not None:
                self._consume(person, items)
            return person

        children = "contacts" if noun is Contact else "consumers"
        return self._once(f"/v2.1/orders/{order_ref}/{children}", key, body, noun, effect)

    def create_guest(self, body: Json, key: str | None) -> Written:
        """It never looks for a guest that is the same."""
        reading.check(reading.GUEST, body, "POST")
        given = reading.created(reading.GUEST, body)
        return self._once("/v2.1/guests", key, body, Guest, lambda: self._add(Guest, given))

    def create_extension(
        self, noun: type[Order | Item], owner_ref: str, body: Json, key: str | None
    ) -> Written:
        """New keys are added to one that is there already; no key may be."""
        reading.check(reading.EXTENSION, body, "POST")
        pairs = reading.created(reading.EXTENSION, body)

        def effect() -> Resource:
            owner = self.find(noun, owner_ref)
            extension = self._extension(owner)
            if extension is None:
                _check_count(pairs)
                return self._add(Extension, pairs, owner=owner)
            _check_count(extension.attributes | pairs)
            if taken := [name for name in pairs if name in extension.attributes]:
                raise Refused(409, " ".join(f"{name}: exists already." for name in taken))
            extension.change(self.now, extension.attributes | pairs)
            return extension

        path = f"{noun.place}/{owner_ref}/extensions/ext"
        return self._once(path, key, body, Extension, effect)

    # Changing.

    def change(
        self, noun: type[Resource], ref: str, method: str, body: Json, expected: set[Tag] | None
    ) -> Written:
        """PUT or PATCH of anything but an extension; `expected` is what If-Match names."""
        form = FORMS[noun]
        reading.check(form, body, method)
        resource = self.find(noun, ref)
        change = reading.replaced if method == "PUT" else reading.amended
        after = change(form, resource.attributes, body)
        guest = items = None
        if isinstance(resource, Person):
            items = self._linked_items(resource.order, body)
            guest = self._linked_guest(body)
            if body.get("orderItems", "") is None and method == "PATCH":
                items = []
        _check_tag(resource, expected)
        resource.attributes = after
        if isinstance(resource, Person):
            self._relink(resource, guest, body, method)
            if items is not None:
                self._consume(resource, items)
        resource.change(self.now)
        return self._written(resource)

    def change_extension(
        self,
        noun: type[Order | Item],
        owner_ref: str,
        method: str,
        body: Json,
        expected: set[Tag] | None,
    ) -> Written:
        reading.check(reading.EXTENSION, body, method)
        pairs = reading.created(reading.EXTENSION, body)
        extension = self.extension(noun, owner_ref)
        after = pairs if method == "PUT" else extension.attributes | pairs
        _check_count(after)
        _check_tag(extension, expected)
        extension.change(self.now, after)
        return self._written(extension)

    def clear(
        self,
        noun: type[Order | Item],
        owner_ref: str,
        keys: list[str] | None,
        expected: set[Tag] | None,
    ) -> Written:
        """Remove some keys, those that aren't there passed over, or all; the extension stays."""
        extension = self.extension(noun, owner_ref)
        _check_tag(extension, expected)
        gone = extension.attributes if keys is None else keys
        left = {name: value for name, value in extension.attributes.items() if name not in gone}
        extension.change(self.now, left)
        return self._written(extension)

    # Deleting.

    def remove(self, noun: type[Resource], ref: str, expected: set[Tag] | None) -> None:
        resource = self.find(noun, ref)
        _check_tag(resource, expected)
        if isinstance(resource, Guest):
            self.answers.forget(self._remove_guest(resource))
        else:
            self._drop(resource)

    def remove_extension(
        self, noun: type[Order | Item], owner_ref: str, expected: set[Tag] | None
    ) -> None:
        extension = self.extension(noun, owner_ref)
        _check_tag(extension, expected)
        self._drop(extension)

    def _remove_guest(self, guest: Guest) -> set[str]:
        """With the orders where no other guest is a contact, and from all others its contacts
        and consumers; the refs of what went."""
        own = [contact.order for contact in self.all(Contact) if contact.guest is guest]
        shared = [
            contact.order for contact in self.all(Contact) if contact.guest not in (guest, None)
        ]
        gone = {guest.ref}
        for order in self.all(Order):
            if order in own and order not in shared:
                gone |= self._drop(order)
        for person in [*self.all(Contact), *self.all(Consumer)]:
            if person.guest is guest:
                gone |= self._drop(person)
        self.resources.remove(guest)
        return gone

    def _drop(self, resource: Resource) -> set[str]:
        """Delete what isn't a guest, with all that is under it; the refs of what went."""
        under: list[Resource] = []
        if isinstance(resource, Order):
            under += [one for one in self.all(Item) if one.order is resource]
            under += [one for one in self.all(Person) if one.order is resource]
        if isinstance(resource, Order | Item):
            under += [one for one in self.all(Extension) if one.owner is resource]
        if isinstance(resource, Consumer):
            self._consume(resource, [])
        if isinstance(resource, Item):
            for consumer in self.all(Consumer):
                consumer.items = [item for item in consumer.items if item is not resource]
        gone = {resource.ref}
        for child in under:
            gone |= self._drop(child)
        self.resources.remove(resource)
        return gone

    # Parts.

    def extension(self, noun: type[Order | Item], owner_ref: str) -> Extension:
        extension = self._extension(self.find(noun, owner_ref))
        if extension is None:
            raise Refused(404, "Data extension ext was not found.")
        return extension

    def _extension(self, owner: Order | Item) -> Extension | None:
        return next((one for one in self.all(Extension) if one.owner is owner), None)

    def _new(self, noun: type[Named], attributes: Attributes, **relatives: Any) -> Named:
        time = to_the_second(self.now)
        return noun(
            ref=self.name(noun), created=time, modified=time, attributes=attributes, **relatives
        )

    def _add(self, noun: type[Resource], attributes: Attributes, **relatives: Any) -> Resource:
        resource = self._new(noun, attributes, **relatives)
        self.resources.append(resource)
        return resource

    def _written(self, resource: Resource) -> Written:
        return Written(resource, resource.document(), (resource.ref, resource.version))

    def _once(
        self,
        path: str,
        key: str | None,
        body: Json,
        noun: type[Resource],
        effect: Callable[[], Resource],
    ) -> Written:
        """A POST; with a key, what was answered to it before is answered again."""
        kept = self.answers.find(path, key, body, noun)
        return kept or self.answers.keep(path, key, body, self._written(effect()))

    # People.

    def _linked_guest(self, body: Json) -> Guest | None:
        sent = body.get("guest")
        if sent is None:
            return None
        ref = sent["href"].rpartition("/")[2]
        for guest in self.all(Guest):
            if guest.ref == ref:
                return guest
        raise Refused(400, f"guest: {ref} was not found.")

    def _linked_items(self, order: Order, body: Json) -> list[Item] | None:
        """None where the body leaves them as they are: without them, or as they were read."""
        sent = (body.get("orderItems") or {}).get("items")
        if sent is None:
            return None
        own = {item.ref: item for item in self.all(Item) if item.order is order}
        refs = [entry["ref"] for entry in sent]
        if strangers := [at for at, ref in enumerate(refs) if ref not in own]:
            problem = "is not an item of this order"
            raise Refused(400, " ".join(f"orderItems.items[{at}]: {problem}." for at in strangers))
        return [item for item in own.values() if item.ref in refs]

    def _consume(self, person: Person, items: list[Item]) -> None:
        """Being consumed or not is a change of the item."""
        assert isinstance(person, Consumer)
        for item in self.all(Item):
            is_linked = item in items
            if is_linked != (item in person.items):
                item.consumers += 1 if is_linked else -1
                item.change(self.now)
        person.items = items

    def _relink(self, person: Person, guest: Guest | None, body: Json, method: str) -> None:
        if "guest" in body and body["guest"] is None:
            person.guest = None
        elif guest is not None:
            person.guest = guest if guest is person.guest else self._link(person, guest)
        elif person.guest is None:
            brought = method == "PUT" or not {"emails", "email", "identifiers"}.isdisjoint(body)
            renamed = not {"firstName", "lastName"}.isdisjoint(body)
            known = identity.has_enough_identity(person.attributes, self.now)
            if brought or (renamed and not known):
                person.guest = self._identify(person)

    def _identify(self, person: Person) -> Guest | None:
        if not identity.has_enough_identity(person.attributes, self.now):
            if not isinstance(person, Consumer):
                return None
            found = identity.namesake(person, self.all(Contact))
            return self._link(person, found) if found else None
        guests = self.all(Guest)
        found = identity.match(person.attributes, guests, self.now)
        if found is None:
            added = self._add(Guest, identity.of_new_guest(person))
            assert isinstance(added, Guest)
            return added
        return self._link(person, found, identity.filled(found, person, guests, self.now))

    def _link(self, person: Person, guest: Guest, after: Attributes | None = None) -> Guest:
        """What a guest is known to be after this; nothing that it had is overwritten."""
        before = guest.attributes
        guest.attributes = after or before
        guest.attributes = identity.after_sight(guest, person)
        if guest.attributes != before:
            guest.change(self.now)
        return guest


def _check_count(pairs: Attributes) -> None:
    if len(pairs) > 100:
        raise Refused(400, f"body: would make {len(pairs)} pairs, more than 100.")


def _check_tag(resource: Resource, expected: set[Tag] | None) -> None:
    if expected is not None and (resource.ref, resource.version) not in expected:
        raise Refused(412, "If-Match: the resource is in another version.")

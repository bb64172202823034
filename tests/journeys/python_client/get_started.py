"""The guide's "Get started", by a client that was generated from openapi.json.

Run by test_generated_clients.py, which generates `orders_client`; takes the address of
the server, the client key and the API token.
"""

from __future__ import annotations

import base64
import datetime as dt
import sys
from http import HTTPStatus
from typing import TypeVar

from orders_client import AuthenticatedClient
from orders_client.api.guest import retrieve_guest
from orders_client.api.order import create_order, list_orders, partially_update_order
from orders_client.api.order_contact import create_order_contact
from orders_client.api.order_data_extension import (
    create_order_data_extension,
    delete_order_data_extension,
    delete_order_data_extension_fields,
    list_order_data_extensions,
    retrieve_order_data_extension,
)
from orders_client.models import (
    Channel,
    DataExtensionInput,
    Error,
    Guest,
    GuestType,
    Link,
    Order,
    OrderContact,
    OrderContactInput,
    OrderCreate,
    OrderDataExtension,
    OrderDataExtensionList,
    OrderList,
    OrderPatch,
    OrderSort,
    OrderStatus,
    Reference,
)

Answer = TypeVar("Answer")

ORDERED_AT = dt.datetime(2024, 11, 12, 9, 28, 41, tzinfo=dt.UTC)


def expect(kind: type[Answer], answer: object) -> Answer:
    if not isinstance(answer, kind):
        raise SystemExit(f"expected {kind.__name__}, got {answer!r}")
    return answer


def create(client: AuthenticatedClient) -> Order:
    body = OrderCreate(
        reference_id="WEB-20418",
        ordered_at=ORDERED_AT,
        currency_code="EUR",
        price=100.1,
        channel=Channel.WEB,
        status=OrderStatus.PURCHASED,
    )
    order = expect(Order, create_order.sync(client=client, body=body))
    assert order.href.endswith(f"/v2.1/orders/{order.ref}")
    assert order.ordered_at == ORDERED_AT
    assert order.price == 100.1
    assert order.status is OrderStatus.PURCHASED
    assert order.contacts.href == f"{order.href}/contacts"
    return order


def find_guest(client: AuthenticatedClient, order: Order) -> Guest:
    body = OrderContactInput(first_name="Mary", emails=["mary.byrne@example.com"])
    contact = expect(OrderContact, create_order_contact.sync(order.ref, client=client, body=body))
    assert contact.order.href == order.href
    assert contact.emails == ["mary.byrne@example.com"]
    guest_ref = expect(Link, contact.guest).href.rsplit("/", 1)[-1]
    guest = expect(Guest, retrieve_guest.sync(guest_ref, client=client))
    assert guest.ref == guest_ref
    assert guest.guest_type is GuestType.CUSTOMER
    assert guest.email == "mary.byrne@example.com"
    assert guest.first_seen == ORDERED_AT
    return guest


def list_orders_of(client: AuthenticatedClient, guest: Guest, order: Order) -> None:
    page = expect(OrderList, list_orders.sync(client=client, guest_ref=guest.ref))
    (reference,) = page.items
    assert expect(Reference, reference).ref == order.ref
    assert page.limit == 10
    page = expect(
        OrderList,
        list_orders.sync(
            client=client, guest_ref=guest.ref, expand=True, sort=OrderSort.ORDEREDATDESC
        ),
    )
    (whole,) = page.items
    assert expect(Order, whole).reference_id == "WEB-20418"


def extend(client: AuthenticatedClient, order: Order) -> None:
    body = DataExtensionInput()
    body["firstTimeOrder"] = True
    body["storeLocation"] = "London"
    body["totalUnits"] = 8
    body["totalDiscount"] = 99.9
    made = expect(
        OrderDataExtension,
        create_order_data_extension.sync(order.ref, "ext", client=client, body=body),
    )
    assert made.order.href == order.href
    extension = expect(
        OrderDataExtension, retrieve_order_data_extension.sync(order.ref, "ext", client=client)
    )
    assert extension.name == "ext"
    assert extension.key == "default"
    assert extension["firstTimeOrder"] is True
    assert extension["totalUnits"] == 8
    assert extension.additional_properties == body.additional_properties
    repeated = create_order_data_extension.sync(order.ref, "ext", client=client, body=body)
    assert expect(Error, repeated).status == HTTPStatus.CONFLICT
    page = expect(
        OrderDataExtensionList,
        list_order_data_extensions.sync(order.ref, client=client, expand=True),
    )
    assert expect(OrderDataExtension, page.items[0])["storeLocation"] == "London"
    left = delete_order_data_extension_fields.sync(
        order.ref, "ext", client=client, name=["storeLocation|totalUnits", "totalDiscount"]
    )
    assert expect(OrderDataExtension, left).additional_keys == ["firstTimeOrder"]
    gone = delete_order_data_extension.sync_detailed(order.ref, "ext", client=client)
    assert gone.status_code == HTTPStatus.OK
    assert gone.parsed is None


def amend(client: AuthenticatedClient, order: Order) -> None:
    body = OrderPatch(status=OrderStatus.REFUNDED, channel=None)
    amended = expect(Order, partially_update_order.sync(order.ref, client=client, body=body))
    assert amended.status is OrderStatus.REFUNDED
    assert "channel" not in amended.to_dict()


def main(address: str, client_key: str, api_token: str) -> None:
    token = base64.b64encode(f"{client_key}:{api_token}".encode()).decode()
    with AuthenticatedClient(base_url=address, token=token, prefix="Basic") as client:
        order = create(client)
        guest = find_guest(client, order)
        list_orders_of(client, guest, order)
        extend(client, order)
        amend(client, order)


if __name__ == "__main__":
    main(*sys.argv[1:])

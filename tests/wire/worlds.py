"""One of everything, and for each operation an address and a body that are right."""

from __future__ import annotations

from typing import Final

from tests.wire.clients import ITEM, Client

from orderfolio.wire import routes
from orderfolio.wire.routes import Route

NOBODY: Final = "01890000-0000-7000-8000-000000000000"
ALL: Final = list(routes.ROUTES)
WRITES: Final = [row for row in ALL if row.method != "GET"]
WITH_BODY: Final = [row for row in ALL if row.method in ("POST", "PUT", "PATCH")]
GUARDED: Final = [row for row in ALL if row.method in ("PUT", "PATCH", "DELETE")]
WITH_REF: Final = [row for row in ALL if "Ref}" in row.template]
READS: Final = [row for row in ALL if row.method == "GET"]


class World:
    """One of everything."""

    def __init__(self, client: Client) -> None:
        order = client.order()
        item = client.item(order)
        self.refs = {
            "{orderRef}": order,
            "{orderItemRef}": item,
            "{orderContactRef}": client.contact(order),
            "{orderConsumerRef}": client.consumer(order),
            "{guestRef}": client.guest(),
        }
        for owner in (f"/v2.1/orders/{order}", f"/v2.1/orderItems/{item}"):
            assert client.post(f"{owner}/extensions/ext", {"one": 1}).status_code == 201

    def path(self, route: Route, ref: str | None = None) -> str:
        """The operation's address: of what is there, or all of whose refs are `ref`."""
        path = route.template.replace("{dataExtensionName}", "ext")
        for name, own in self.refs.items():
            path = path.replace(name, ref or own)
        return path

    def body(self, route: Route) -> dict[str, object] | None:
        """One that is right for the operation."""
        if route not in WITH_BODY:
            return None
        if "/extensions/" in route.template:
            return {"two": 2}
        if route.method == "PATCH":
            return {}
        if route.template.endswith("/orders"):
            return {
                "referenceId": "R-2",
                "orderedAt": "2024-02-01T00:00:00Z",
                "currencyCode": "EUR",
                "price": 1,
            }
        if route.template.endswith("{orderRef}"):
            return {"currencyCode": "EUR", "price": 1}
        if "orderItem" in route.template:
            return dict(ITEM)
        return {"guestType": "visitor"} if "/guests" in route.template else {}

    def shown(self, client: Client) -> list[bytes]:
        paths = [self.path(route) for route in READS]
        return [client.get(path).content for path in paths]

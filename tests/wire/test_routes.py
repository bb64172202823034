"""The table of operations, without a server."""

from __future__ import annotations

import pytest

from orderfolio.wire import routes


class TestTable:
    def test_has_forty_five_operations_with_a_name_each(self) -> None:
        assert len({route.operation_id for route in routes.ROUTES}) == 45
        assert len({(route.method, route.template) for route in routes.ROUTES}) == 45

    @pytest.mark.parametrize("route", routes.ROUTES, ids=lambda route: str(route.operation_id))
    def test_leads_each_address_to_its_own_operation(self, route: routes.Route) -> None:
        path = route.template.replace("{dataExtensionName}", "ext").replace("Ref}", "}")
        found = routes.find(path.replace("{", "").replace("}", "").split("/"))
        assert found is not None
        assert found[0].handlers[route.method] is route.handler

    @pytest.mark.parametrize(
        "path",
        [
            "/v2.1",
            "/v2.1/",
            "/v2.1/orders/",
            "/v2.1/orders/a/",
            "/v2.1/orders//contacts",
            "/v2.1/orders/a/b",
            "/v2.1/orders/a/extensions/ext/fields/",
            "/v2.1/orderItems",
            "/v2.1/guests/a/orders",
            "/v2.1/ORDERS",
        ],
    )
    def test_leads_other_addresses_nowhere(self, path: str) -> None:
        assert routes.find(path.split("/")) is None

    def test_answers_head_wherever_get_is(self) -> None:
        found = routes.find(["", "v2.1", "orders"])
        assert found is not None
        assert found[0].allow == "GET, HEAD, POST"

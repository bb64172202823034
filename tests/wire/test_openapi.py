"""The description of the API, held against the standard and against itself.

Real answers are held against it by the journeys.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import resources
from typing import Any, NamedTuple

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import OpenAPIV31SpecValidator

from orderfolio.wire import routes

Document = dict[str, Any]

METHODS = ("get", "put", "post", "patch", "delete")
TEXT = resources.files("orderfolio.wire").joinpath("openapi.json").read_text(encoding="utf-8")
DOCUMENT: Document = json.loads(TEXT)
COMPONENTS: dict[str, Document] = DOCUMENT["components"]


class Operation(NamedTuple):
    path: str
    method: str
    definition: Document
    parameters: list[Document]

    @property
    def name(self) -> str:
        return str(self.definition["operationId"])

    @property
    def is_open(self) -> bool:
        return self.definition.get("security") == []


def resolved(node: Document) -> Document:
    """What a reference names; anything else is itself."""
    while "$ref" in node:
        target: Any = DOCUMENT
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node


def operations() -> list[Operation]:
    return [
        Operation(
            path,
            method,
            item[method],
            [
                resolved(parameter)
                for parameter in (*item.get("parameters", ()), *item[method].get("parameters", ()))
            ],
        )
        for path, item in DOCUMENT["paths"].items()
        for method in METHODS
        if method in item
    ]


OPERATIONS = operations()
CLOSED = [operation for operation in OPERATIONS if not operation.is_open]
each_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda it: it.name)
each_closed_operation = pytest.mark.parametrize("operation", CLOSED, ids=lambda it: it.name)


def responses(operation: Operation) -> dict[str, Document]:
    return {status: resolved(node) for status, node in operation.definition["responses"].items()}


def flaws(instance: object, schema: Document) -> list[str]:
    """What is wrong with `instance`, in words."""
    whole = {**schema, "components": COMPONENTS}
    validator = Draft202012Validator(whole, format_checker=FormatChecker())
    return [error.message for error in validator.iter_errors(instance)]


def media_types() -> Iterator[tuple[str, Document]]:
    """Each body that is described, of requests and of answers, with where it stands."""
    for operation in OPERATIONS:
        request = operation.definition.get("requestBody", {})
        for kind, media in request.get("content", {}).items():
            yield f"{operation.name} {kind}", media
        for status, response in responses(operation).items():
            for media in response.get("content", {}).values():
                yield f"{operation.name} {status}", media


def references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


class TestDocument:
    def test_it_is_openapi_3_1(self) -> None:
        assert DOCUMENT["openapi"].startswith("3.1.")
        OpenAPIV31SpecValidator(DOCUMENT).validate()

    def test_it_describes_45_operations_and_the_service(self) -> None:
        assert len(CLOSED) == 45
        assert {operation.path for operation in OPERATIONS if operation.is_open} == {
            "/healthz",
            "/readyz",
            "/openapi.json",
        }

    def test_operation_ids_are_unique(self) -> None:
        names = [operation.name for operation in OPERATIONS]
        assert len(names) == len(set(names))

    def test_every_component_is_used(self) -> None:
        used = set(references(DOCUMENT))
        unused = [
            f"{kind}/{name}"
            for kind, entries in COMPONENTS.items()
            for name in entries
            if kind != "securitySchemes" and f"#/components/{kind}/{name}" not in used
        ]
        assert unused == []

    def test_every_tag_is_explained_and_used(self) -> None:
        explained = {tag["name"] for tag in DOCUMENT["tags"] if tag["description"]}
        used = {tag for operation in OPERATIONS for tag in operation.definition["tags"]}
        assert explained == used

    def test_no_key_is_given_twice(self) -> None:
        def unique(pairs: list[tuple[str, object]]) -> Document:
            keys = [key for key, _ in pairs]
            assert len(keys) == len(set(keys)), keys
            return dict(pairs)

        json.loads(TEXT, object_pairs_hook=unique)


class TestOperations:
    @each_operation
    def test_each_says_what_it_is_for(self, operation: Operation) -> None:
        assert operation.definition["summary"]
        assert operation.definition["description"]
        assert len(operation.definition["tags"]) == 1

    @each_operation
    def test_path_parameters_are_those_of_the_path(self, operation: Operation) -> None:
        described = {it["name"] for it in operation.parameters if it["in"] == "path"}
        assert described == {
            part[1:-1] for part in operation.path.split("/") if part.startswith("{")
        }

    @each_closed_operation
    def test_each_asks_for_credentials(self, operation: Operation) -> None:
        assert "security" not in operation.definition
        assert DOCUMENT["security"] == [{"basic": []}]
        assert "WWW-Authenticate" in responses(operation)["401"]["headers"]

    @each_closed_operation
    def test_each_lists_what_any_request_can_meet(self, operation: Operation) -> None:
        common = {"400", "401", "406", "408", "414", "429", "431", "500", "503"}
        assert common <= set(responses(operation))

    @each_closed_operation
    def test_writes_can_be_forbidden(self, operation: Operation) -> None:
        assert ("403" in responses(operation)) == (operation.method != "get")

    @each_closed_operation
    def test_bodies_can_be_refused(self, operation: Operation) -> None:
        has_body = "requestBody" in operation.definition
        assert ("413" in responses(operation)) == has_body
        assert ("415" in responses(operation)) == has_body

    @each_closed_operation
    def test_changes_can_be_guarded(self, operation: Operation) -> None:
        names = {it["name"] for it in operation.parameters}
        assert ("If-Match" in names) == (operation.method in {"put", "patch", "delete"})
        assert ("412" in responses(operation)) == ("If-Match" in names)
        assert ("304" in responses(operation)) == ("If-None-Match" in names)
        assert ("Idempotency-Key" in names) == (operation.method == "post")
        assert ("409" in responses(operation)) == (operation.method == "post")

    @each_operation
    def test_every_answer_names_its_request(self, operation: Operation) -> None:
        for status, response in responses(operation).items():
            assert "X-Request-Id" in response["headers"], status

    @each_operation
    def test_every_answer_but_an_empty_one_has_a_schema(self, operation: Operation) -> None:
        for status, response in responses(operation).items():
            assert ("content" in response) == (status not in {"204", "304"}), status

    @each_closed_operation
    def test_what_is_created_has_an_address(self, operation: Operation) -> None:
        created = responses(operation).get("201")
        assert (created is not None) == (operation.method == "post")
        if created is not None:
            assert {"Location", "ETag", "Idempotent-Replayed"} <= set(created["headers"])


class TestSchemas:
    @pytest.mark.parametrize("name", sorted(COMPONENTS["schemas"]))
    def test_each_is_a_schema(self, name: str) -> None:
        Draft202012Validator.check_schema(COMPONENTS["schemas"][name])

    @pytest.mark.parametrize(
        "name",
        [
            name
            for name in COMPONENTS["schemas"]
            if name.endswith(("Create", "Replacement", "Patch"))
        ],
    )
    def test_bodies_admit_no_unknown_attribute(self, name: str) -> None:
        assert any("unknown" in flaw for flaw in flaws({"unknown": 1}, COMPONENTS["schemas"][name]))

    @pytest.mark.parametrize(
        ("name", "instance"),
        [
            ("Number", 12345678901234567890),
            ("Number", 100.10),
            ("Number", -0.5),
            ("NullableText", None),
            ("ExtensionValue", "20%"),
            ("ExtensionValue", True),
            ("DataExtensionInput", {"name": "ext", "key": "default", "storeLocation": "London"}),
            ("DataExtensionInput", {f"k{number}": number for number in range(100)}),
            ("OrderPatch", {"status": None}),
            ("DataExtensionInput", {"name": None, "ref": None, "order": {"href": "/o"}}),
            ("OrderPatch", {"contacts": {"href": "/c", "items": [{"ref": "1"}]}}),
            ("OrderConsumerInput", {"orderItems": {"items": [{"ref": "1"}, {"href": "/i"}]}}),
            ("OrderConsumerInput", {"orderItems": {"href": "/i"}, "guest": None}),
        ],
    )
    def test_it_admits_what_is_right(self, name: str, instance: object) -> None:
        assert flaws(instance, COMPONENTS["schemas"][name]) == []

    @pytest.mark.parametrize(
        ("name", "instance"),
        [
            ("Number", 10**38),
            ("Number", 5e-324),
            ("Number", "100.10"),
            ("Text", "a\x00b"),
            ("Text", "a" * 16385),
            ("ShortText", ""),
            ("ShortText", "a" * 256),
            ("CurrencyCode", "eur"),
            ("CurrencyCode", "EUR\n"),
            ("ExtensionValue", None),
            ("ExtensionValue", [1]),
            ("DataExtensionInput", {"First": 1}),
            ("DataExtensionInput", {"name": "other"}),
            ("DataExtensionInput", {f"k{number}": number for number in range(109)}),
            ("OrderCreate", {"referenceId": "1", "orderedAt": "2024-11-12T09:28:41Z"}),
            ("OrderPatch", {"price": None}),
            ("OrderItemPatch", {"type": "FLIGHT"}),
            ("OrderItemPatch", {"name": "n" * 129}),
            ("OrderCreate", {"contacts": {"href": "/c", "items": []}}),
            ("OrderPatch", {"contacts": {}}),
            ("OrderConsumerInput", {"orderItems": {}}),
            ("OrderConsumerInput", {"orderItems": {"items": [{}]}}),
            ("GuestPatch", {"guestType": "stranger"}),
        ],
    )
    def test_it_refuses_what_is_wrong(self, name: str, instance: object) -> None:
        assert flaws(instance, COMPONENTS["schemas"][name]) != []


class TestExamples:
    def test_every_example_holds_its_schema(self) -> None:
        wrong = {
            f"{where}, {name}": found
            for where, media in media_types()
            for name, value in self.examples(media)
            if (found := flaws(value, media["schema"]))
        }
        assert wrong == {}

    def test_every_example_of_a_parameter_holds_its_schema(self) -> None:
        wrong = {
            name: found
            for name, parameter in COMPONENTS["parameters"].items()
            for _, value in self.examples(parameter)
            if (found := flaws(value, parameter["schema"]))
        }
        assert wrong == {}

    @each_closed_operation
    def test_every_request_body_has_one(self, operation: Operation) -> None:
        for media in operation.definition.get("requestBody", {}).get("content", {}).values():
            assert list(self.examples(media))

    @staticmethod
    def examples(media: Document) -> Iterator[tuple[str, object]]:
        if "example" in media:
            yield "example", media["example"]
        for name, example in media.get("examples", {}).items():
            yield name, resolved(example)["value"]


class TestLinks:
    def test_every_link_leads_to_an_operation_and_fills_its_path(self) -> None:
        known = {operation.name: operation for operation in OPERATIONS}
        for name, link in COMPONENTS["links"].items():
            target = known[link["operationId"]]
            declared = {it["name"] for it in target.parameters}
            given = {key.rpartition(".")[2] for key in link.get("parameters", {})}
            assert given <= declared, name

    def test_what_is_created_leads_to_all_that_can_be_done_with_it(self) -> None:
        assert self.targets("createOrder") == {
            "retrieveOrder",
            "updateOrder",
            "partiallyUpdateOrder",
            "deleteOrder",
            "createOrderItem",
            "listOrderItems",
            "createOrderContact",
            "listOrderContacts",
            "createOrderConsumer",
            "listOrderConsumers",
            "createOrderDataExtension",
            "listOrderDataExtensions",
        }
        assert "retrieveGuest" in self.targets("createOrderContact")
        assert "listOrders" in self.targets("createGuest")

    @staticmethod
    def targets(name: str) -> set[str]:
        operation = next(it for it in OPERATIONS if it.name == name)
        links = responses(operation)["201"]["links"].values()
        return {str(resolved(link)["operationId"]) for link in links}


class TestRoutes:
    def test_what_is_described_is_what_is_served(self) -> None:
        described = {(it.method.upper(), it.path, it.name) for it in CLOSED}
        served = {(it.method, it.template, it.operation_id) for it in routes.ROUTES}
        assert described == served
        assert len(routes.ROUTES) == len(served)

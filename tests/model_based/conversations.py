"""Requests in the model's words, and answers held against what the model says.

The model's refs are names. What the server calls a new resource is learned from the first
answer that shows it, and no two names may ever mean the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

import httpx
import msgspec
from tests.model_based.answers import Tag, Written
from tests.model_based.attributes import Flawed, Refused
from tests.model_based.nouns import BASE, Json, Resource
from tests.wire.clients import Client

NAME = re.compile(r"(?:order|item|contact|consumer|guest|extension)-\d+")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")

_encode = msgspec.json.Encoder(decimal_format="number").encode


class Conversation:
    """What is known of one server's refs and tags."""

    def __init__(self) -> None:
        self._refs: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self.tags: dict[Tag, str] = {}
        self._tagged: dict[str, Tag] = {}

    def send(
        self,
        client: Client,
        method: str,
        path: str,
        body: Json | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        content = None if body is None else self._to_refs(written(body)).encode()
        return client.send(method, self._to_refs(path), content=content, headers=headers)

    def tags_of(self, resource: Resource) -> list[Tag]:
        return [tag for tag in self.tags if tag[0] == resource.ref]

    # What an answer must be.

    def expect_written(self, answer: httpx.Response, status: int, write: Written) -> None:
        self.expect_resource(answer, status, write.document, write.tag)
        assert ("idempotent-replayed" in answer.headers) is write.replayed
        if status == 201:
            location = self._to_names(answer.headers["location"])
            assert location == write.document["href"]

    def expect_resource(
        self, answer: httpx.Response, status: int, document: Json, tag: Tag
    ) -> None:
        self.expect_json(answer, document, status)
        self._expect_tag(answer, tag)

    def expect_unmodified(self, answer: httpx.Response, tag: Tag) -> None:
        assert (answer.status_code, answer.content) == (304, b"")
        self._expect_tag(answer, tag)

    def expect_json(self, answer: httpx.Response, expected: object, status: int = 200) -> None:
        assert answer.status_code == status, answer.text
        actual = json.loads(answer.content, parse_float=Decimal)
        self._learn(expected, actual)
        assert comparable(self._named(actual)) == comparable(expected)

    def expect_refusal(self, answer: httpx.Response, refused: Refused) -> None:
        assert answer.status_code == refused.status, (answer.text, refused.message)
        if answer.request.method == "HEAD":
            assert answer.content == b""
            return
        body = answer.json()
        assert list(body) == ["status", "code", "message", "developerMessage", "moreInfoUrl"]
        assert body["status"] == body["code"] == refused.status
        assert self._to_names(body["message"]) == refused.message

    # Names and refs.

    def _expect_tag(self, answer: httpx.Response, tag: Tag) -> None:
        """A tag stands for one version of one resource, and each version has but one."""
        text = answer.headers["etag"]
        assert self.tags.setdefault(tag, text) == text
        assert self._tagged.setdefault(text, tag) == tag

    def _learn(self, expected: object, actual: object) -> None:
        if isinstance(expected, dict) and isinstance(actual, dict):
            for name in expected.keys() & actual.keys():
                self._learn(expected[name], actual[name])
        elif isinstance(expected, list) and isinstance(actual, list):
            for one, other in zip(expected, actual, strict=False):
                self._learn(one, other)
        elif isinstance(expected, str) and isinstance(actual, str):
            names, refs = NAME.findall(expected), UUID.findall(actual)
            for name, ref in zip(names, refs, strict=False):
                if name not in self._refs and ref not in self._names:
                    self._refs[name] = ref
                    self._names[ref] = name

    def _to_refs(self, text: str) -> str:
        return NAME.sub(lambda match: self._refs[match[0]], text)

    def _to_names(self, text: str) -> str:
        return UUID.sub(lambda match: self._names.get(match[0], match[0]), text)

    def _named(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self._named(member) for name, member in value.items()}
        if isinstance(value, list):
            return [self._named(member) for member in value]
        return self._to_names(value) if isinstance(value, str) else value


def comparable(value: Any) -> Any:
    """JSON so that equal means equal: true isn't 1, 2.50 is 2.5, a query is what it says,
    and `after` is the server's own affair."""
    if isinstance(value, dict):
        return {name: comparable(member) for name, member in value.items()}
    if isinstance(value, list):
        return [comparable(member) for member in value]
    if isinstance(value, str) and value.startswith(BASE) and "?" in value:
        path, _, query = value.partition("?")
        return path, [pair for pair in parse_qsl(query) if pair[0] != "after"]
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return "number", Decimal(value)
    return value


def written(body: Json) -> str:
    """A body as JSON, decimals as numbers, what is flawed as it is sent."""
    plain = {
        name: value.value if isinstance(value, Flawed) else value for name, value in body.items()
    }
    return _encode(plain).decode()

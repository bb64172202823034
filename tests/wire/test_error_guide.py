"""The error guide tells the truth: its requests are sent, and answered as it says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.wire.clients import BASE, ORDER, READER, Client

GUIDE = Path(__file__).parents[2] / "docs" / "errors.md"
# The order that the guide's requests are about, and the server that it shows.
SHOWN_REF = "01893a3c-9c5e-7aaa-8bbb-1c2d3e4f5a6b"
SHOWN_BASE = "http://127.0.0.1:8080"


class Example(NamedTuple):
    """A request that the guide shows, and the refusal beneath it."""

    code: str
    method: str
    path: str
    headers: dict[str, str]
    body: str
    answer: dict[str, Any]


def examples() -> list[Example]:
    found = []
    for section in re.split(r"^## ", GUIDE.read_text("utf-8"), flags=re.MULTILINE)[1:]:
        code = section.split("\n", 1)[0]
        request = re.search(r"^```http\n(.*?)^```", section, re.DOTALL | re.MULTILINE)
        answer = re.search(r"^```json\n(.*?)^```", section, re.DOTALL | re.MULTILINE)
        if request is None:
            continue
        assert answer is not None, code
        head, _, body = request[1].partition("\n\n")
        first, *lines = head.strip().split("\n")
        method, path = first.split(" ", 1)
        headers = dict(line.split(": ", 1) for line in lines)
        found.append(Example(code, method, path, headers, body.strip(), json.loads(answer[1])))
    return found


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.code)
def test_the_request_is_refused_as_the_guide_says(
    client: Client, strict: Client, example: Example
) -> None:
    ref = client.order()
    client.post(f"/v2.1/orders/{ref}/extensions/ext", {"giftWrap": True})
    key = {"Idempotency-Key": "import-2026-01-31-row-17"}
    client.post("/v2.1/orders", {**ORDER, "referenceId": "B-1"}, headers=key)
    sender = {
        "unauthorized": client.as_(None),
        "read-only": client.as_(READER),
        "strict-mode": strict,
    }.get(example.code, client)
    answer = sender.send(
        example.method,
        example.path.replace(SHOWN_REF, ref),
        content=example.body.encode() or None,
        headers=example.headers,
    )
    shown = json.dumps(example.answer).replace(SHOWN_BASE, BASE).replace(SHOWN_REF, ref)
    assert answer.json() == json.loads(shown)
    assert answer.json()["moreInfoUrl"] == f"{BASE}/errors#{example.code}"

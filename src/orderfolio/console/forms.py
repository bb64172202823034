"""What a form sends, within a size and a time; and the questions that an address asks."""

from __future__ import annotations

import asyncio
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request

LIMIT_BYTES: Final = 64 * 1024
TIMEOUT_SECONDS: Final = 30
_FIELDS: Final = 100


class BadForm(Exception):
    """Not a form, or too much of one."""


async def read(request: Request) -> dict[str, str]:
    """The fields of a form, the last of each name. Raises BadForm."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise BadForm
    body = bytearray()
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            async for piece in request.stream():
                body += piece
                if len(body) > LIMIT_BYTES:
                    raise BadForm
    except (TimeoutError, ClientDisconnect) as error:
        raise BadForm from error
    return _parse(bytes(body))


def query(request: Request) -> dict[str, str]:
    """The parameters of the address, the last of each name. Raises BadForm."""
    return _parse(request.scope["query_string"])


def _parse(text: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(
            text.decode("ascii"), keep_blank_values=True, max_num_fields=_FIELDS, errors="strict"
        )
    except ValueError as error:
        raise BadForm from error
    if any("\x00" in value for _, value in pairs):
        raise BadForm
    return dict(pairs)

"""HTTP Basic: the client key as user name, the API token as password."""

from __future__ import annotations

import base64
import binascii

from orderfolio.operations import credentials
from orderfolio.operations.credentials import Access
from orderfolio.store.contract import Store


async def authenticate(store: Store, authorization: str | None) -> Access | None:
    """What the header's credentials open; None where there are none, or they are wrong."""
    pair = read_basic(authorization)
    if pair is None:
        return None
    return await store.read(credentials.authenticate, *pair)


def read_basic(authorization: str | None) -> tuple[str, str] | None:
    """Client key and API token as the header gives them; None where it isn't `Basic`."""
    if authorization is None or authorization[:6].lower() != "basic ":
        return None
    try:
        decoded = base64.b64decode(authorization[6:].strip(), validate=True).decode()
    except (binascii.Error, UnicodeError, ValueError):
        return None
    client_key, colon, api_token = decoded.partition(":")
    return (client_key, api_token) if colon else None

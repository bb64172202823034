"""Changes: what a client wants to be different, by the model's field names.

None removes an optional field. Values are valid already; fields not named stay.
"""

from __future__ import annotations

from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import fields, replace

Changes = dict[str, Any]
Described = TypeVar("Described", bound=Struct)


def apply(described: Described, changes: Changes) -> Described:
    return replace(described, **changes)


def complete(kind: type[Struct], changes: Changes) -> Changes:
    """`changes` as a replacement of everything: optional fields not named are removed."""
    optional = {field.name: None for field in fields(kind) if not field.required}
    return {**optional, **changes}

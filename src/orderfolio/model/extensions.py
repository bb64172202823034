"""Data extensions: the flat pairs that an order or an item carries beside its attributes."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from typing import Final

NAME: Final = "ext"
KEY: Final = "default"
PAIRS: Final = 100

Value = str | bool | Decimal
Pairs = dict[str, Value]


class Owner(Enum):
    """What can carry an extension."""

    ORDER = "order"
    ITEM = "item"

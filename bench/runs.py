"""A run: what is wanted of it, and for how long."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

# All that a row can be about.
NAMES: Final = ("start", "get", "post", "page", "offset", "growth", "load", "console")


class Run(Struct, frozen=True, kw_only=True):
    """Loads are applied in `rounds` of so many seconds, that of the row "load" once. `folder`
    is for whatever is made, on a disk whose sync takes `sync_us`; `say` tells people what is
    being done."""

    wanted: Sequence[str]
    orders: int
    rounds: int
    seconds: int
    load_minutes: float
    folder: Path
    sync_us: float
    say: Callable[[str], None]

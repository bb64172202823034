"""Everything that reads bytes from outside, by name: each takes any bytes, and an oracle in it
raises where what comes of them isn't what was declared."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from tests.fuzz import bodies, headers, heads, queries, values

CORPUS: Final = Path(__file__).parent / "corpus"

Target = Callable[[bytes], None]
TARGETS: Final[dict[str, Target]] = {
    "bodies": bodies.parsing,
    "attributes": bodies.reading,
    "queries": queries.reading,
    "cursors": queries.unsealing,
    "authorization": headers.authorization,
    "tags": headers.tagged,
    "forwarded": headers.forwarded,
    "types": headers.types,
    "times": values.times,
    "decimals": values.decimals,
    "heads": heads.connection,
}

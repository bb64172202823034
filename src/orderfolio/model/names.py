"""Names: what people call an organisation, a client key, a user or a rule."""

from __future__ import annotations

from typing import Final

LONGEST: Final = 255


def is_name(text: str) -> bool:
    """Whether it is one line that can be seen: printable, without blanks around it."""
    return text.isprintable() and text == text.strip() and 0 < len(text) <= LONGEST

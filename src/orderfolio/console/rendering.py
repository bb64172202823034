"""Templates: everything that is put into one is escaped, and nothing unknown is passed over."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined

from orderfolio.console import formats
from orderfolio.model import refs


def create_templates() -> Environment:
    templates = Environment(
        loader=PackageLoader("orderfolio.console", "templates/console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    for function in (
        *(formats.amount, formats.count, formats.utc, formats.exactly, formats.label),
        *(refs.spell, formats.pair_value, formats.mood, formats.plural),
    ):
        templates.filters[function.__name__] = function
    templates.globals["asset"] = asset
    return templates


@cache
def asset(name: str) -> str:
    """The address of a shipped file; it changes with the file, so that none is stale."""
    content = (files("orderfolio.console") / "static" / name).read_bytes()
    return f"/static/{name}?{sha256(content).hexdigest()[:12]}"

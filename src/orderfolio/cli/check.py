"""`orderfolio check`: whether the database holds together."""

from __future__ import annotations

from typing import Any

import click

from orderfolio import assembly
from orderfolio.cli.parameters import json_option, settled, show, where

UNSOUND = 1


@click.command()
@where
@json_option
def check(as_json: bool, **options: Any) -> int:
    """Look the database over, while a server may go on using it."""
    settings = settled(options)
    found = assembly.check(settings)
    path = settings.database.name
    lines: list[str] = []
    problems: list[dict[str, object]] = []
    for problem in found:
        whose = problem.organisation is not None and f"organisation {problem.organisation},"
        place = " ".join(word for word in (whose, problem.noun, problem.ref) if word)
        lines.append(f"{place}: {problem.text}")
        problems.append(
            {
                "organisation": problem.organisation,
                "noun": problem.noun,
                "ref": problem.ref,
                "problem": problem.text,
            }
        )
    show(
        as_json,
        {"database": path, "sound": not found, "problems": problems},
        *(lines or [f"The database {path} is sound."]),
    )
    return UNSOUND if found else 0

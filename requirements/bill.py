"""The software bill of materials: what is locked for the program, in CycloneDX's JSON.

`make sbom` writes it. Names, versions and hashes are those of the lock file; licences are what
the installed packages say of themselves. It asks nobody, and gives the same bytes each time.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
import uuid
from importlib.metadata import metadata
from pathlib import Path
from typing import Any, Final, NamedTuple

ROOT: Final = Path(__file__).parents[1]
LOCK: Final = ROOT / "requirements" / "runtime.txt"

_PINNED: Final = re.compile(r"([A-Za-z0-9._-]+)==([^\s;\\]+)\s*(?:;\s*([^\\]+?)\s*)?\\?")
_HASH: Final = re.compile(r"\s+--hash=sha256:([0-9a-f]{64})\s*\\?")
_CLASSIFIER: Final = re.compile(r"License :: OSI Approved(?: :: (.+))?")


class Locked(NamedTuple):
    """A line of the lock file; `marker` says where it is needed, "" for everywhere."""

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]


def read_lock(text: str) -> list[Locked]:
    """What a lock file holds. Raises ValueError at a line that is neither a version nor a hash."""
    found: list[Locked] = []
    for line in text.splitlines():
        if (pinned := _PINNED.fullmatch(line)) is not None:
            found.append(Locked(pinned[1], pinned[2], pinned[3] or "", ()))
        elif found and (digest := _HASH.fullmatch(line)) is not None:
            last = found.pop()
            found.append(last._replace(hashes=(*last.hashes, digest[1])))
        elif line.strip() and not line.startswith("#"):
            raise ValueError(f"neither a version nor a hash: {line}")
    return found


def licences(name: str) -> list[dict[str, Any]]:
    """What the installed package says that it is licensed under, as CycloneDX spells it."""
    told = metadata(name)
    if expressions := told.get_all("License-Expression"):
        return [{"expression": expressions[0]}]
    classified = [_CLASSIFIER.fullmatch(line) for line in told.get_all("Classifier") or ()]
    names = [match[1] for match in classified if match is not None and match[1]]
    # Where neither is there: the first line of what may be the whole text of a licence.
    names = names or [text.splitlines()[0] for text in told.get_all("License") or () if text]
    return [{"license": {"name": one}} for one in names]


def bill(locked: list[Locked]) -> dict[str, Any]:
    """A CycloneDX 1.6 document of the program and of what it needs."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    components = [_component(one) for one in locked]
    content = json.dumps([project["version"], components])
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": uuid.uuid5(uuid.NAMESPACE_URL, content).urn,
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": _purl(project["name"], project["version"]),
                "name": project["name"],
                "version": project["version"],
                "purl": _purl(project["name"], project["version"]),
                "licenses": [{"expression": project["license"]}],
            }
        },
        "components": components,
    }


def _component(one: Locked) -> dict[str, Any]:
    component = {
        "type": "library",
        "bom-ref": _purl(one.name, one.version),
        "name": one.name,
        "version": one.version,
        "purl": _purl(one.name, one.version),
        "licenses": licences(one.name),
        # Those of each file that the version was published as: any of them may be installed.
        "hashes": [{"alg": "SHA-256", "content": digest} for digest in one.hashes],
    }
    if one.marker:
        component["properties"] = [{"name": "python:marker", "value": one.marker}]
    return component


def _purl(name: str, version: str) -> str:
    return f"pkg:pypi/{name.lower().replace('_', '-')}@{version}"


def main() -> None:
    document = bill(read_lock(LOCK.read_text("utf-8")))
    sys.stdout.write(json.dumps(document, indent=2) + "\n")


if __name__ == "__main__":
    main()

"""Typed clients, generated from openapi.json by public generators, run "Get started"."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.journeys.tools import leave_out, need

import orderfolio

Server = tuple[str, str, str]  # address, client key, API token

HERE = Path(__file__).parent
DESCRIPTION = Path(orderfolio.__file__).parent / "wire" / "openapi.json"


def run(*command: str | Path, folder: Path, search: Path | None = None) -> None:
    """Run a command with the tools of this environment; its output is the failure's text."""
    environ = os.environ | {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    }
    if search is not None:
        environ |= {"PYTHONPATH": str(search), "MYPYPATH": str(search)}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    assert done.returncode == 0, done.stdout.decode(errors="replace")


@pytest.fixture(scope="module")
def python_client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("python_client")
    run(
        *("openapi-python-client", "generate", "--path", DESCRIPTION, "--meta", "none"),
        *("--output-path", folder / "orders_client", "--fail-on-warning"),
        folder=folder,
    )
    return folder


@pytest.fixture(scope="module")
def typescript_client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    for tool in ("node", "npm"):
        need(tool, "run the TypeScript client")
    folder = tmp_path_factory.mktemp("typescript_client")
    shutil.copytree(HERE / "typescript_client", folder, dirs_exist_ok=True)
    try:
        run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", folder=folder)
    except AssertionError as error:
        leave_out(f"npm could not fetch the TypeScript client's packages: {error}.")
    run("npx", "--no", "openapi-typescript", DESCRIPTION, "-o", "schema.d.ts", folder=folder)
    return folder


class TestPython:
    """openapi-python-client, over httpx and attrs."""

    def test_get_started_is_typed(self, python_client: Path) -> None:
        run(
            *(sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent"),
            *("--config-file=", HERE / "python_client" / "get_started.py"),
            folder=python_client,
            search=python_client,
        )

    def test_get_started_runs(self, python_client: Path, server: Server) -> None:
        script = HERE / "python_client" / "get_started.py"
        run(sys.executable, script, *server, folder=python_client, search=python_client)


class TestTypeScript:
    """openapi-typescript for the types, openapi-fetch for the requests."""

    def test_get_started_is_typed_and_runs(self, typescript_client: Path, server: Server) -> None:
        run("npx", "--no", "tsc", "--noEmitOnError", folder=typescript_client)
        run("node", "built/get_started.js", *server, folder=typescript_client)

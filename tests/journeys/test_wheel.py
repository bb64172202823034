"""The built wheel, alone in a clean environment: it serves, with all of its pages."""

from __future__ import annotations

import re
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import httpx
import pytest
from tests.journeys.programs import Served, serving

ROOT: Final = Path(__file__).parents[2]
# Installing is a matter of the line; this only ends what hangs.
PATIENCE_SECONDS: Final = 600


def run(folder: Path, *command: str | Path) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` of an environment with the wheel and what it asks for, at the locked versions."""
    folder = tmp_path_factory.mktemp("wheel")
    build = (sys.executable, "-m", "build", "--wheel", "--no-isolation")
    run(folder, *build, "--outdir", folder, ROOT)
    [wheel] = folder.glob("*.whl")
    venv.create(folder / "venv", with_pip=True)
    scripts = folder / "venv" / "bin"
    install = (scripts / "python", "-m", "pip", "--disable-pip-version-check", "install", "--quiet")
    locked = ROOT / "requirements" / "runtime.txt"
    run(folder, *install, "--require-hashes", "--requirement", locked)
    # It finds all that it requires there already, or this fails.
    run(folder, *install, "--no-index", wheel)
    return scripts


@pytest.fixture
def served(environment: Path, tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path, program=[str(environment / "orderfolio")]) as served:
        yield served
        assert served.stop() == 0, served.log


def test_it_serves_with_its_pages(served: Served) -> None:
    with httpx.Client(base_url=served.url) as client:
        assert client.get("/openapi.json").json()["openapi"].startswith("3.1")
        assert '<h2 id="validation">' in client.get("/errors").text
        page = client.get("/docs").text
        for address in re.findall(r'<(?:link|script)[^>]*(?:href|src)="([^"]+)"', page):
            assert client.get(f"/{address}").status_code == 200, address
        answer = client.get("/v2.1/orders", auth=served.credentials)
        assert (answer.status_code, answer.json()["items"]) == (200, [])


def test_its_commands_run(environment: Path, tmp_path: Path) -> None:
    version = run(tmp_path, environment / "orderfolio", "--version")
    assert re.fullmatch(r"orderfolio \d+\.\d+\.\d+\n", version)
    run(tmp_path, environment / "orderfolio", "migrate")
    assert (tmp_path / "orderfolio.db").is_file()

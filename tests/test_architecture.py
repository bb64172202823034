"""The rules of the picture in ARCHITECTURE.md, held over the syntax trees of the source."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[1]
PACKAGE: Final = ROOT / "src" / "orderfolio"

BOOKS: Final = sorted(
    path
    for pattern in ("*.md", "*.toml", "Makefile", ".ci/*", "docs/**/*.md", "requirements/*")
    for path in ROOT.glob(pattern)
    if path.is_file()
)

# Who may import whom. `store.contract` stands for what every engine shares with its callers.
CONTRACT: Final = {"store.contract", "store.deadlines", "store.queries", "store.records"}
MAY_IMPORT: Final[dict[str, set[str]]] = {
    "errors": set(),
    "logs": set(),
    "settings": {"errors"},
    "model": {"errors", "model"},
    "store": {"errors", "model", "store"},
    "operations": {"errors", "model", "operations", *CONTRACT},
    "housekeeping": {"errors", "model", "operations", *CONTRACT},
    "wire": {"errors", "model", "operations", "wire", *CONTRACT},
    "console": {"errors", "model", "operations", "console", *CONTRACT},
    "databases": {"errors", "settings", "store", *CONTRACT},
    "telemetry": {"errors", "telemetry", "wire.watching", *CONTRACT},
    "serving": {
        "console",
        "databases",
        "errors",
        "housekeeping",
        "model",
        "operations",
        "settings",
        "store",
        "telemetry",
        "wire",
        *CONTRACT,
    },
    "crews": {
        "crews",
        "databases",
        "errors",
        "logs",
        "operations",
        "serving",
        "settings",
        "telemetry",
        "wire",
    },
    "assembly": {
        "crews",
        "databases",
        "housekeeping",
        "logs",
        "model",
        "operations",
        "serving",
        "settings",
        "store",
        "wire",
        *CONTRACT,
    },
    "cli": {
        "assembly",
        "cli",
        "databases",
        "errors",
        "model",
        "operations",
        "settings",
        "store.queries",
        "store.records",
    },
    "__main__": {"cli"},
}

# What may be done is said with few words; where they don't fit, the word and why.
VERBS: Final = {"create", "fetch", "find", "browse", "replace", "amend", "remove", "clear"}
OTHER_VERBS: Final = {
    "add": "a rule goes into a list that is there",
    "advance": "a step of a deletion that takes many",
    "advance_any": "a step of whichever deletion is under way",
    "authenticate": "asks whether a pair opens something, and what",
    "close": "the first step of removing an organisation",
    "digest": "no operation: what is kept of a token, or of a password",
    "draw": "no operation: a new random pair",
    "ensure": "creates, replaces or leaves, so that it holds afterwards",
    "explain": "tells what `identify` would do, and why",
    "fold": "sums counts up",
    "forget": "lets go of what was kept long enough",
    "identify": "finds or creates, as the identity rules say",
    "link": "ties what a consumer consumes",
    "new_guest": "no operation: a person as a guest's first form",
    "of_guest": "an overview of one",
    "of_shop": "an overview of one",
    "once": "an operation whose answer is kept for its repeats",
    "preview": "tells what a deletion would take",
    "preview_named": "the same, by the organisation's name",
    "record": "what happened goes beside what is there, and replaces none of it",
    "recount": "brings a derived quantity up to date",
    "rename": "a name is not an attribute that is replaced",
    "revoke": "what a credential opened ends, too",
    "rotate": "a token is drawn, not given",
    "settle": "makes what is derived of persons hold again",
    "verify": "no operation: holds a password against what is kept of one",
}

# Documentation examples, a machine's own address, and the service that is spoken to.
HOSTS: Final = re.compile(
    r"127\.0\.0\.1|192\.0\.2\.1|\w+|(?:\w+\.)?(?:test|invalid|example)"
    r"|(?:\w+\.)?example\.(?:com|org|net)|api-engage-\w+\.sitecorecloud\.io"
)

# 200 and 500 are also round numbers, which anybody may need.
STATUSES: Final = {201, 202, 204, 304, 307, 308, 503} | set(range(400, 432))
SQL: Final = re.compile(
    r"\b(SELECT\s.*\sFROM|INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|CREATE\s+TABLE|PRAGMA)\b",
    re.DOTALL,
)
WIRE_SPELLING: Final = re.compile(r"[a-z]+(?:[A-Z][a-z0-9]+)+")
# Classes that were looked at twice, and what they may grow to: one thread, one queue, one state.
LOOKED_AT_TWICE: Final = {"Writer": 280}
# Calls and marks of pytest; whoever leaves something out does it by way of the tool that does.
WAYS_OF_LEAVING_OUT: Final = {"skip", "skipif", "importorskip", "xfail"}
LEAVING_OUT: Final = {"tests/journeys/tools.py", "tests/journeys/test_tools.py"}
SHAPELESS: Final = {"util", "utils", "helper", "helpers", "common", "base", "manager", "misc"}


def modules(*below: str) -> list[Path]:
    return sorted(
        path for part in below or ("",) for path in (PACKAGE / part).rglob("*.py") if path.is_file()
    )


def suites() -> list[Path]:
    return sorted((ROOT / "tests").rglob("*.py"))


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def area(path: Path) -> str:
    """The noun of the picture that a module belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imports(path: Path) -> Iterator[str]:
    """Modules of the package that this one imports, without the package's name."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom) and node.module == "orderfolio":
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("orderfolio."):
            stem = str(node.module).removeprefix("orderfolio.")
            if stem == "store":
                yield from (f"store.{alias.name}" for alias in node.names)
            else:
                yield stem
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.startswith("orderfolio."):
                    yield alias.name.removeprefix("orderfolio.")


def prose(module: ast.Module) -> set[int]:
    """The ids of the nodes that are docstrings or annotations' texts: words, not values."""
    found: set[int] = set()
    for node in ast.walk(module):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            found.add(id(node.value))
    return found


def constants(path: Path) -> Iterator[tuple[int, object]]:
    """The line and value of each constant that isn't prose."""
    module = tree(path)
    words = prose(module)
    for node in ast.walk(module):
        if isinstance(node, ast.Constant) and id(node) not in words:
            yield node.lineno, node.value


def outside(*areas: str) -> list[Path]:
    return [path for path in modules() if area(path) not in areas]


class TestLayers:
    @pytest.mark.parametrize("path", modules(), ids=name)
    def test_imports_point_leftwards_only(self, path: Path) -> None:
        if path == PACKAGE / "__init__.py":
            assert list(imports(path)) == []
            return
        allowed = MAY_IMPORT[area(path)]
        for imported in imports(path):
            noun = imported.split(".", 1)[0]
            assert noun in allowed or imported in allowed, f"imports {imported}"

    def test_databases_alone_knows_the_engines(self) -> None:
        knowing = {
            area(path)
            for path in modules()
            if any(
                imported.startswith(("store.sqlite", "store.postgres"))
                for imported in imports(path)
            )
        }
        assert knowing == {"store", "databases"}

    def test_the_model_reads_no_clock_and_does_no_input_or_output(self) -> None:
        forbidden = {"os", "time", "asyncio", "socket", "random", "secrets", "pathlib", "logging"}
        for path in modules("model"):
            for node in ast.walk(tree(path)):
                found: list[str] = []
                if isinstance(node, ast.Import):
                    found = [alias.name for alias in node.names]
                elif isinstance(node, ast.ImportFrom):
                    found = [str(node.module)]
                elif isinstance(node, ast.Attribute) and node.attr in {"now", "today", "utcnow"}:
                    pytest.fail(f"{name(path)}:{node.lineno} reads a clock")
                assert not forbidden.intersection(found), name(path)

    def test_the_model_is_never_async(self) -> None:
        for path in modules("model"):
            waiting = (ast.AsyncFunctionDef, ast.Await)
            assert not any(isinstance(node, waiting) for node in ast.walk(tree(path))), name(path)

    def test_an_operation_is_a_free_function_over_an_open_transaction(self) -> None:
        for path in modules("operations"):
            for node in tree(path).body:
                if isinstance(node, ast.AsyncFunctionDef) and not node.name.startswith("_"):
                    arguments = node.args.posonlyargs + node.args.args
                    assert arguments, f"{name(path)}:{node.lineno}"
                    assert arguments[0].arg == "tx", f"{name(path)}:{node.lineno}"


class TestConfinement:
    def test_sql_is_written_under_store_only(self) -> None:
        found = [
            f"{name(path)}:{line}"
            for path in outside("store")
            for line, value in constants(path)
            if isinstance(value, str) and SQL.search(value)
        ]
        assert found == []

    def test_status_numbers_are_known_under_wire_and_console_only(self) -> None:
        found = [
            f"{name(path)}:{line} {value}"
            for path in outside("wire", "console")
            for line, value in constants(path)
            if isinstance(value, int) and not isinstance(value, bool) and value in STATUSES
        ]
        assert found == []

    def test_the_wire_s_spelling_is_known_at_the_edges_only(self) -> None:
        # The commands' `--json` is spelt as the API is.
        found = [
            f"{name(path)}:{line} {value}"
            for path in outside("wire", "console", "cli")
            for line, value in constants(path)
            if isinstance(value, str) and WIRE_SPELLING.fullmatch(value)
        ]
        assert found == []

    def test_the_environment_is_read_in_settings_only(self) -> None:
        found = [
            f"{name(path)}:{node.lineno}"
            for path in outside("settings")
            for node in ast.walk(tree(path))
            if (isinstance(node, ast.Attribute) and node.attr in {"environ", "environb", "getenv"})
            or (isinstance(node, ast.Name) and node.id in {"environ", "environb", "getenv"})
        ]
        assert found == []

    def test_nobody_but_the_store_commits(self) -> None:
        found = [
            f"{name(path)}:{node.lineno}"
            for path in outside("store")
            for node in ast.walk(tree(path))
            if isinstance(node, ast.Attribute) and node.attr in {"commit", "rollback"}
        ]
        assert found == []

    def test_tests_are_left_out_in_one_place_which_fails_in_a_complete_run(self) -> None:
        found = [
            f"{name(path)}:{node.lineno}"
            for path in suites()
            if name(path) not in LEAVING_OUT
            for node in ast.walk(tree(path))
            if isinstance(node, ast.Attribute) and node.attr in WAYS_OF_LEAVING_OUT
        ]
        assert found == []


class TestNames:
    def test_what_may_be_done_is_said_in_the_words_of_a_closed_list(self) -> None:
        said = {
            node.name
            for path in modules("operations")
            for node in tree(path).body
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and not node.name.startswith("_")
        }
        other = {word for word in said if word.split("_")[0] not in VERBS}
        assert other == set(OTHER_VERBS)

    @pytest.mark.parametrize("path", [*modules(), *suites(), *BOOKS], ids=name)
    def test_no_host_is_named_but_examples(self, path: Path) -> None:
        text = path.read_text("utf-8")
        for host in re.findall(r"https?://(?:[^\s/@'\"]*@)?\[?([A-Za-z0-9.-]+)", text):
            assert HOSTS.fullmatch(host.rstrip(".")), host

    def test_no_module_has_a_name_that_says_nothing(self) -> None:
        named = [path for path in (*modules(), *suites()) if path.stem in SHAPELESS]
        assert named == []

    def test_every_module_says_what_lives_in_it(self) -> None:
        silent = [
            name(path)
            for path in (*modules(), *suites())
            if path.stat().st_size and ast.get_docstring(tree(path)) is None
        ]
        assert silent == []


class TestSizes:
    @pytest.mark.parametrize("path", [*modules(), *suites()], ids=name)
    def test_files_functions_and_classes_stay_small(self, path: Path) -> None:
        assert len(path.read_text("utf-8").splitlines()) <= 500
        for node in ast.walk(tree(path)):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                continue
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if not isinstance(node, ast.ClassDef):
                assert lines <= 70, f"{node.name} has {lines} lines"
            elif path.is_relative_to(PACKAGE):
                assert lines <= LOOKED_AT_TWICE.get(node.name, 200), (
                    f"{node.name} has {lines} lines"
                )

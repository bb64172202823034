"""The books keep up with the program: what can be set, typed or refused has its words."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click
import pytest

from orderfolio.cli.programs import program
from orderfolio.console import guide
from orderfolio.errors import OrderfolioError
from orderfolio.settings import SETTINGS, Setting

ROOT: Final = Path(__file__).parents[1]
SOURCE: Final = ROOT / "src" / "orderfolio"
BOOKS: Final = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])

# Where the code of a refusal stands among the arguments of what makes one.
CODE_POSITION: Final = {"Refusal": 1, "wrong": 2, "reject": 2, "Flaw": 3, "add": 3}


def sections(text: str) -> dict[str, str]:
    """Second-level headings, each with the text below it."""
    parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def anchors(text: str) -> set[str]:
    """What the headings of a page can be linked to by."""
    plain = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", plain, flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def commands(group: click.Group, *path: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, *path, name)
        else:
            yield (*path, name), command


COMMANDS: Final = list(commands(program))
SPELT: Final = [" ".join(path) for path, _ in COMMANDS]


def codes() -> set[str]:
    """Every code that a refusal can carry, read from the source."""
    found = {error.code for error in _below(OrderfolioError)}
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                found.update(_code_of(node))
    return found


def _code_of(call: ast.Call) -> Iterator[str]:
    called = (
        call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    )
    position = CODE_POSITION.get(called)
    if position is None:
        return
    named = [keyword.value for keyword in call.keywords if keyword.arg == "code"]
    for value in [*call.args[position : position + 1], *named]:
        text = value.value if isinstance(value, ast.Constant) else None
        if isinstance(text, str) and re.fullmatch(r"[a-z]+(-[a-z]+)*", text):
            yield text


def _below(root: type[OrderfolioError]) -> Iterator[type[OrderfolioError]]:
    yield root
    for child in root.__subclasses__():
        yield from _below(child)


class TestSettings:
    PAGE = sections((ROOT / "docs" / "settings.md").read_text("utf-8"))

    @pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: str(setting.name))
    def test_each_has_its_heading_with_option_and_variable(self, setting: Setting) -> None:
        section = self.PAGE[setting.name]
        assert f"`{setting.option}" in section
        assert f"`{setting.variable}`" in section

    def test_no_heading_is_left_of_one_that_is_gone(self) -> None:
        assert set(self.PAGE) == {"config", *(setting.name for setting in SETTINGS)}

    def test_defaults_are_the_true_ones(self) -> None:
        for setting in SETTINGS:
            stated = re.search(r"default: `([^`]+)`", self.PAGE[setting.name])
            if stated is not None:
                value = setting.default
                shown = str(value).lower() if isinstance(value, bool) else str(value)
                assert stated[1] == shown, setting.name
            else:
                assert setting.default in {None, (), "."}, setting.name


class TestCommands:
    PAGE = sections((ROOT / "docs" / "commands.md").read_text("utf-8"))

    @pytest.mark.parametrize(("path", "command"), COMMANDS, ids=SPELT)
    def test_each_explains_itself_and_its_options(
        self, path: tuple[str, ...], command: click.Command
    ) -> None:
        assert command.help, path
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.help, (path, parameter.name)

    @pytest.mark.parametrize(("path", "command"), COMMANDS, ids=SPELT)
    def test_each_has_its_heading_with_its_own_options(
        self, path: tuple[str, ...], command: click.Command
    ) -> None:
        section = self.PAGE[" ".join(path)]
        shared = {"--config", *(setting.option for setting in SETTINGS)}
        for parameter in command.params:
            if isinstance(parameter, click.Option) and not shared.intersection(parameter.opts):
                assert f"`{parameter.opts[0]}" in section, parameter.opts[0]
            elif isinstance(parameter, click.Argument):
                assert str(parameter.name).upper() in section, parameter.name

    def test_no_heading_is_left_of_one_that_is_gone(self) -> None:
        assert set(self.PAGE) == set(SPELT)


class TestErrors:
    PAGE = sections(guide.read())

    def test_each_code_has_its_heading(self) -> None:
        assert codes() - set(self.PAGE) == set()

    def test_no_heading_is_left_of_one_that_is_gone(self) -> None:
        assert set(self.PAGE) - codes() == set()

    def test_the_codes_were_found(self) -> None:
        assert {"validation", "unauthorized", "malformed-json", "not-found", "conflict"} <= codes()

    @pytest.mark.parametrize("code", guide.anchors(guide.read()))
    def test_each_section_shows_an_answer_and_a_way_out(self, code: str) -> None:
        section = self.PAGE[code]
        assert "**How to fix it:**" in section
        [example] = re.findall(r"```json\n(.*?)```", section, flags=re.DOTALL)
        body = json.loads(example)
        assert body["moreInfoUrl"].endswith(f"/errors#{code}")
        members = ["status", "code", "message", "developerMessage", "moreInfoUrl"]
        assert list(body) == [m for m in members if body["code"] != 401 or m != "developerMessage"]
        assert body["status"] == (body["code"] if body["code"] != 401 else "UNAUTHORIZED")
        assert str(body["code"]) in section.split("```", 1)[0]


class TestReadme:
    TEXT = (ROOT / "README.md").read_text("utf-8")

    def test_the_commands_that_it_types_are_there(self) -> None:
        shell = "".join(re.findall(r"```sh\n(.*?)```", self.TEXT, re.DOTALL))
        typed = re.findall(r"^(?:\.venv/bin/)?orderfolio (.+)$", shell, re.MULTILINE)
        assert typed
        for line in typed:
            assert any(line.startswith(spelt) for spelt in SPELT), line

    def test_the_targets_that_it_makes_are_there(self) -> None:
        targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
        made = re.findall(r"^make (\w+)", self.TEXT, re.MULTILINE)
        assert {"run", "test"} <= set(made) <= set(targets)

    def test_the_settings_that_it_names_are_there(self) -> None:
        named = set(re.findall(r"ORDERFOLIO_[A-Z_]+", self.TEXT))
        assert named <= {setting.variable for setting in SETTINGS}


class TestBooks:
    @pytest.mark.parametrize("book", BOOKS, ids=lambda path: str(path.relative_to(ROOT)))
    def test_links_between_them_lead_somewhere(self, book: Path) -> None:
        text = re.sub(r"```.*?```", "", book.read_text("utf-8"), flags=re.DOTALL)
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            if "://" in target or target.startswith("/"):
                continue
            address, _, anchor = target.partition("#")
            page = (book.parent / address) if address else book
            assert page.exists(), target
            if anchor and page.suffix == ".md":
                assert anchor in anchors(page.read_text("utf-8")), target

    @pytest.mark.parametrize("book", BOOKS, ids=lambda path: str(path.relative_to(ROOT)))
    def test_tests_that_they_name_are_there(self, book: Path) -> None:
        text = book.read_text("utf-8")
        for path, names in re.findall(r"`(tests/[\w/]+\.py)((?:::\w+)*)`", text):
            written = (ROOT / path).read_text("utf-8")
            for name in names.split("::")[1:]:
                assert re.search(rf"\b(?:def|class) {name}\b", written), (path, name)

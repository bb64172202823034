"""The error guide: one Markdown text, read by people in docs/ and served as a page."""

import html
from importlib.resources import files
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token


def read() -> str:
    """The guide's text. A wheel carries it inside the package, a checkout in docs/."""
    packaged = files("orderfolio.console") / "guide" / "errors.md"
    if packaged.is_file():
        return packaged.read_text("utf-8")
    return (Path(__file__).parents[3] / "docs" / "errors.md").read_text("utf-8")


def anchors(text: str) -> list[str]:
    """The second-level headings, which are the codes that `moreInfoUrl` names."""
    tokens = _parser().parse(text)
    return [
        tokens[position + 1].content
        for position, token in enumerate(tokens)
        if token.type == "heading_open" and token.tag == "h2"
    ]


def render(text: str) -> str:
    """The guide as HTML; each section can be linked to by its heading."""
    parser = _parser()
    tokens = parser.parse(text)
    for position, token in enumerate(tokens):
        if token.type == "heading_open" and token.tag == "h2":
            token.attrSet("id", tokens[position + 1].content)
        elif token.type == "link_open":
            _retarget(token)
    return str(parser.renderer.render(tokens, parser.options, {}))


def contents(text: str) -> str:
    """The list of sections."""
    links = (f'<li><a href="#{name}">{name}</a></li>' for name in map(html.escape, anchors(text)))
    return "<ul>" + "".join(links) + "</ul>"


def _parser() -> MarkdownIt:
    # No raw HTML: the page's policy would refuse what it might load.
    return MarkdownIt("commonmark", {"html": False}).enable("table")


def _retarget(link: Token) -> None:
    """In docs/ the guide links to itself by file name, as other pages there do."""
    target = str(link.attrGet("href") or "")
    if target.startswith("errors.md#"):
        link.attrSet("href", target.removeprefix("errors.md"))

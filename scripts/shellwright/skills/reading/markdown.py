"""The structure of a skill's Markdown: headings, code, the first paragraph."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from shellwright.skills.document import Code
from shellwright.skills.reading.commands import commands_only, is_shell, looks_like_commands

MAX_CODE = 500
_MAX_LINE = 300
_LANGUAGES = {
    "py": "python",
    "python3": "python",
    "js": "javascript",
    "node": "javascript",
    "mjs": "javascript",
    "ts": "typescript",
    "rb": "ruby",
    "ps1": "powershell",
    "pwsh": "powershell",
    "bat": "batch",
    "cmd": "batch",
    "yml": "yaml",
    "md": "markdown",
}
_SPAN = re.compile(r"(`+) ?([^`\n]{1,500}?) ?\1")
_LANGUAGE = re.compile(r"\{?\.?([A-Za-z0-9_+#-]{1,30})")
_LINK = re.compile(r"!?\[([^\[\]]{0,300})\]\([^()\s]{0,500}\)")


@dataclass(frozen=True)
class Markdown:
    """What a text is made of. `title` is its first heading of level one, or empty."""

    title: str
    paragraph: str
    headings: tuple[str, ...]
    code: tuple[Code, ...]


def read_markdown(text: str, programs: Collection[str] = ()) -> Markdown:
    """The structure of `text`. `programs` are names that are known to be programs, which helps to
    tell commands from other code that names no language. What nests too deep is left out."""
    title = paragraph = heading = ""
    headings: list[str] = []
    code: list[Code] = []
    tokens = _tokens(text)
    for place, token in enumerate(tokens):
        before = tokens[place - 1].type if place > 0 else ""
        if token.type == "inline" and before == "heading_open":
            heading = plain(token.content)
            if heading:
                headings.append(heading)
            if tokens[place - 1].tag == "h1" and not title:
                title = heading
        elif token.type == "inline" and before == "paragraph_open":
            if not paragraph and tokens[place - 1].level == 0:
                paragraph = plain(token.content)
            is_item = place > 1 and tokens[place - 2].type == "list_item_open"
            span = _SPAN.fullmatch(token.content.strip()) if is_item else None
            if span and looks_like_commands(span[2], programs):
                code.append(Code("sh", span[2] + "\n", heading))
        elif token.type in ("fence", "code_block"):
            block = _block(token, heading, programs)
            if block.text.strip():
                code.append(block)
        if len(code) >= MAX_CODE:
            break
    return Markdown(title, paragraph, tuple(headings), tuple(code))


def language(name: str) -> str:
    """The name that a language goes by here; `sh` for every kind of shell."""
    match = _LANGUAGE.match(name.strip())
    if match is None:
        return ""
    found = match[1].lower()
    return "sh" if is_shell(found) else _LANGUAGES.get(found, found)


def plain(text: str) -> str:
    """A line of Markdown without its marks, at most 300 characters per heading."""
    words = " ".join(text.split())[:2000]
    words = _LINK.sub(r"\1", words)
    return re.sub(r"[*`]+|(?<!\w)__?|__?(?!\w)", "", words).strip()


def _block(token: Token, heading: str, programs: Collection[str]) -> Code:
    name = language(token.info) if token.type == "fence" else ""
    text = token.content
    if not name and looks_like_commands(commands_only(text), programs):
        name = "sh"
    return Code(name, commands_only(text) if name == "sh" else text, heading)


@cache
def _parser() -> MarkdownIt:
    # What is within a line is not parsed, and links to references are not needed: both can take
    # time that grows with the square of the text.
    return MarkdownIt("commonmark", {"maxNesting": 12}).disable(
        ["inline", "text_join", "reference"]
    )


def _tokens(text: str) -> list[Token]:
    try:
        return _parser().parse(text)
    except RecursionError:
        return []

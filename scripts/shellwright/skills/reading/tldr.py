"""tldr pages: a program, what it is for, and a handful of examples with placeholders."""

from __future__ import annotations

import re

from shellwright.skills.document import Code, Document
from shellwright.skills.found import FoundSkill
from shellwright.skills.reading.document import calls_of, shortened, valid_name
from shellwright.skills.reading.markdown import plain
from shellwright.skills.reading.specification import MAX_DESCRIPTION
from shellwright.skills.reading.text import decode

_MAX_EXAMPLES = 50
_PLACEHOLDER = re.compile(r"(?<!\\)\{\{(.{1,300}?)\}\}(?!\})")
_CHOICE = re.compile(r"\[([^\[\]|]*(?:\|[^\[\]|]*)+)\]")
_OPTIONAL = re.compile(r"\[[^\[\]]*\]")
_NOT_DESCRIPTION = ("more information:", "see also:", "note: see")


def read_page(found: FoundSkill) -> Document:
    """A tldr page as a document. Its examples are shell code under their explanations; in them,
    `{{[-x|--long]}}` is the long option and any other placeholder a plain word."""
    text, problems = decode(found.files[0].content) if found.files else ("", ("page: missing",))
    stem = found.path.rpartition("/")[2].removesuffix(".md")
    title, explanation = "", ""
    about: list[str] = []
    code: list[Code] = []
    for line in (line.strip() for line in text.split("\n")):
        if line.startswith("# ") and not title:
            title = plain(line[2:])
        elif line.startswith(">"):
            words = plain(line[1:])
            if words and not words.lower().startswith(_NOT_DESCRIPTION):
                about.append(words)
        elif line.startswith("- "):
            explanation = plain(line[2:]).rstrip(":")
        elif len(line) > 2 and line[0] == line[-1] == "`" and len(code) < _MAX_EXAMPLES:
            code.append(Code("sh", example(line[1:-1].strip()) + "\n", explanation))
    return Document(
        name=valid_name(stem) or valid_name(title) or "page",
        title=title[:200] or stem,
        description=shortened(" ".join(about), MAX_DESCRIPTION),
        body=text.strip() + "\n",
        code=tuple(code),
        calls=calls_of(tuple(code)),
        headings=(title,) if title else (),
        cut="the page" if len(code) >= _MAX_EXAMPLES else "",
        problems=problems if code else (*problems, "page: no examples"),
    )


def example(command: str) -> str:
    """A page's command as a shell would see it, with its placeholders filled in."""
    parts: list[str] = []
    quoted = False
    end = 0
    for match in _PLACEHOLDER.finditer(command):
        before = command[end : match.start()]
        parts.append(before)
        quoted ^= (before.count("'") + before.count('"') - before.count('\\"')) % 2 == 1
        parts.append(_filled(match[1], quoted))
        end = match.end()
    parts.append(command[end:])
    return "".join(parts).replace(r"\{\{", "{{").replace(r"\}\}", "}}")


def blanks(text: str) -> frozenset[str]:
    """What a page leaves to its reader to fill in, in the words that `example` puts there."""
    return frozenset(
        word
        for match in _PLACEHOLDER.finditer(text)
        for word in _filled(match[1], False).split()
        if not word.startswith("-")
    )


def _filled(words: str, quoted: bool) -> str:
    choice = _CHOICE.fullmatch(words)
    if choice:
        long = [option for option in choice[1].split("|") if option.startswith("--")]
        return (long or choice[1].split("|"))[-1]
    words = _OPTIONAL.sub("", words).strip() or words
    if quoted:
        return words.partition("|")[0]
    if words.endswith("..."):
        # `file1 file2 ...` stands for any number of words; two will do.
        return " ".join(word.partition("|")[0] for word in words[:-3].split()) or "word"
    if "|" in words and " | " not in words:
        words = words.partition("|")[0]
    if " " in words and not re.search(r"[\"'/=$]|(?:^| )-", words):
        return "_".join(words.split())
    return words

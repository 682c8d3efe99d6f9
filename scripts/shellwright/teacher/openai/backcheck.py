"""The back-check: does a rewritten instruction still ask for the same, and for nothing else?

What a model writes is untrusted. Everything here is decided by rules, none of which asks a model.
They see literals, not meaning: a rewrite that turns a condition round in words of its own passes.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from shellwright.teacher.openai import literals, terms
from shellwright.teacher.openai.commands import mentions

# Bounds on the length of a rewrite, in characters: as parts of the original, and in all.
_SHORTEST, _LONGEST, _SLACK = 0.5, 2.0, 200
_MOST_CHARS = 20_000
_LAST_LATIN = 0x24F
_SHOWN_CHARS = 120
_EDGE_CHARS = 250

_MARKUP = (
    (re.compile(r"```|~~~"), "a code block"),
    (re.compile(r"^#{1,6}\s", re.MULTILINE), "a heading"),
    (re.compile(r"\*\*[^*\n]+\*\*|__[^_\n]+__(?!\w)"), "bold text"),
    (
        re.compile(r"^[ \t]*\|.*\|[ \t]*$|^[ \t|:]*-{3,}[ \t|:-]*$", re.MULTILINE),
        "a table or a rule",
    ),
    (re.compile(r"\[[^\]\n]{1,200}\]\([^)\n]{1,200}\)"), "a link"),
)
_TAG = re.compile(r"</?[A-Za-z][\w-]*(?:\s[^<>\n]*)?/?>")
_THING = r"(?:request|instructions?|version|task|text|prompt|message|rewrite|rewording)"
_PREFACE = re.compile(
    rf"\W*(?:(?:sure|certainly|absolutely|of course|got it|understood)\b\s*[,.!:]"
    rf"|here(?:'s|’s| is| are)\s+(?:the|an?|your|my)\s+(?:[\w-]+\s+){{0,3}}{_THING}\b"
    rf"|(?:the\s+)?(?:rewritten|revised|reworded|new|updated|final)\s+{_THING}\b\W*[:\n]"
    rf"|{_THING}\s*:)",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"let me know if you(?:['’]d| would| want| need| prefer)|hope (?:this|that|it) helps"
    r"|feel free to (?:ask|adjust|reach|change|edit)|would you like me to"
    r"|\bi(?:['’]ve| have) kept\b",
    re.IGNORECASE,
)
_IDENTITY = re.compile(
    r"\bas an? (?:ai|artificial|language|helpful)\b|\blanguage model\b|\bai (?:assistant|model)\b"
    r"|\bllms?\b|\bchatgpt\b|\bgpt[- ]?\d\w*|\bopenai\b|\banthropic\b|\bclaude\b|\bgemini\b"
    r"|\bqwen\w*|\bdeepseek\b|\bllama\b|\bmistral\b|\bkimi\b|\bgrok\b|\bglm\b|\bhosted_vllm\b|\balibaba\b"
    r"|\bmoonshot\b|\bknowledge cut-?off\b|\bi (?:cannot|can['’]t) (?:assist|help|comply)\b"
    r"|\bi['’]m sorry\b|\[redacted\]",
    re.IGNORECASE,
)
_EDITING = re.compile(
    r"\brewrit\w*|\breword\w*|\brephras\w*|\bparaphras\w*|\bverbatim\b|\bverifier\b|\bgrader\b"
    r"|\b(?:original|above) (?:request|instruction|text|wording)\b|\bhidden tests?\b"
    r"|\btest suite\b|\bunit tests?\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Violation:
    """A reason why a rewrite cannot be used: a short `kind` to count by, and what it is about."""

    kind: str
    detail: str

    def sentence(self) -> str:
        """Return the violation as the model is told it."""
        return f"- {_SENTENCES[self.kind].format(self.detail)}"


_SENTENCES = {
    "empty": "There is no text{}.",
    "cut_off": "The text was cut off before its end{}. Write less, or think less before writing.",
    "filtered": "The text was withheld by a content filter{}.",
    "unchanged": "It is the request as it was{}. Put it in other words.",
    "too_short": "It is too short: {}.",
    "too_long": "It is too long: {}.",
    "odd_character": "It has characters that do not belong into plain English text: {}.",
    "missing_fact": "This fact is not in it exactly as given: {}",
    "missing_term": "The request says this and your text does not: {}",
    "new_path": "This path is not in the request: {}",
    "new_file": "This file name is not in the request: {}",
    "new_number": "This number is not in the request: {}",
    "new_name": "This name is not in the request: {}",
    "new_format": "This format is not in the request: {}",
    "reversed": "This is the opposite of what the request says; use its own word: {}",
    "new_quotation": "This stands in backticks or quotes but not in the request: {}",
    "command": "This tells how the work is to be done, which the request does not: {}",
    "markup": "It has formatting that is not wanted: {}.",
    "own_words": "It has words to me instead of the request alone: {}",
    "identity": "It speaks of the writer or of a product: {}",
    "editing": "It speaks of the editing or of how the work is examined: {}",
}


def length_bounds(original: str) -> tuple[int, int]:
    """Return the least and the most characters that a rewrite of `original` may have."""
    longest = min(_MOST_CHARS, int(len(original) * _LONGEST) + _SLACK)
    return int(len(original) * _SHORTEST), longest


def check_rewrite(
    original: str, text: str, facts: Sequence[str], tools: Iterable[str]
) -> list[Violation]:
    """Return why `text` cannot stand for `original`; an empty list when it can.

    `facts` are the literals that must stand in it, `tools` the names of the programs that solve the
    task. What `original` has itself is never a violation.
    """
    if not text.strip():
        return [Violation("empty", "")]
    shortest, longest = length_bounds(original)
    if len(text) > longest:
        # Nothing else is looked at, so that the work per answer is bounded.
        return [Violation("too_long", f"{len(text)} characters, at most {longest} are allowed")]
    found: list[Violation] = []
    if len(text) < shortest:
        detail = f"{len(text)} characters, at least {shortest} are needed"
        found.append(Violation("too_short", detail))
    if " ".join(text.split()).casefold() == " ".join(original.split()).casefold():
        found.append(Violation("unchanged", ""))
    found += _odd_characters(original, text)
    found += [
        Violation("missing_fact", _shown(fact))
        for fact in facts
        if fact and not literals.stands(fact, text, original)
    ]
    for kind, found_here in (
        ("missing_term", terms.missing(original, text)),
        ("new_path", literals.new_paths(original, text)),
        ("new_file", literals.new_files(original, text)),
        ("new_number", literals.new_numbers(original, text)),
        ("new_name", literals.new_names(original, text)),
        ("new_format", terms.new_formats(original, text)),
        ("reversed", terms.reversed_words(original, text)),
        ("new_quotation", literals.new_quotations(original, text)),
        ("command", mentions(text, tools := tuple(tools)) - mentions(original, tools)),
    ):
        found += [Violation(kind, _shown(each)) for each in sorted(found_here)]
    found += _markup(original, text)
    found += _own_words(original, text)
    return found


def _odd_characters(original: str, text: str) -> Iterator[Violation]:
    """Control, formatting and private characters, odd spaces, letters of other scripts."""
    odd = sorted({c for c in text if c not in " \n" and _is_odd(c)} - set(original))
    if odd:
        shown = ", ".join(f"U+{ord(c):04X}" for c in odd[:10])
        yield Violation("odd_character", shown)


def _is_odd(character: str) -> bool:
    category = unicodedata.category(character)
    if category.startswith("L"):
        return ord(character) > _LAST_LATIN
    return category[0] in "CZ" or character == "�"


def _markup(original: str, text: str) -> Iterator[Violation]:
    for regex, name in _MARKUP:
        if regex.search(text) and not regex.search(original):
            yield Violation("markup", name)
    for tag in sorted(set(_TAG.findall(text)) - set(_TAG.findall(original))):
        yield Violation("markup", _shown(tag))
    if _wrapped(text) and not _wrapped(original):
        yield Violation("markup", "quotation marks around the whole")


def _wrapped(text: str) -> bool:
    text = text.strip()
    return text[:1] + text[-1:] in ('""', "''", "“”", "``") and text[0] not in text[1:-1]


def _own_words(original: str, text: str) -> Iterator[Violation]:
    for regex, part, kind in (
        (_PREFACE, text[:_EDGE_CHARS], "own_words"),
        (_CLOSING, text[-_EDGE_CHARS:], "own_words"),
        (_IDENTITY, text, "identity"),
        (_EDITING, text, "editing"),
    ):
        match = regex.match(part) if regex is _PREFACE else regex.search(part)
        if match and match.group().casefold() not in original.casefold():
            yield Violation(kind, _shown(match.group()))


def _shown(text: str) -> str:
    """Return a piece of untrusted text as it may stand in a message or a lineage."""
    line = "".join(c if c.isprintable() else f"<U+{ord(c):04X}>" for c in text.strip())
    return line if len(line) <= _SHOWN_CHARS else line[: _SHOWN_CHARS - 1] + "…"

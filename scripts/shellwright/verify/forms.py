"""Wrong outputs of a right form, for tests that are code of their own and may look at anything.

The harness's own checks compare all that they are told of. Of other tests nobody knows what they
compare: here are outputs that they must notice, and outputs by which it is seen what they let pass.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from shellwright.verify.asked import asked
from shellwright.verify.case import Case
from shellwright.verify.mutants import Answer, Mutant, permuted
from shellwright.verify.spoiling import Change
from shellwright.verify.values import is_json, is_text, revalued, revalued_once, shifted

#: Of an output whose content matters each of these is noticed: all of its values are others.
OTHER_VALUES = ("altered", "revalued", "shifted")
MOST_FORMS = 4  # files of a task


@dataclass
class Tried:
    """What came of the mutants of a task.

    tolerated: changes that tests may leave unnoticed, and did. form_only: files of which the tests
    accept other values. shape_only: they do so of all files. regrades: what they said of the right
    solution when all had been put back.
    """

    mutants: list[Mutant] = field(default_factory=list)
    tolerated: list[str] = field(default_factory=list)
    form_only: list[str] = field(default_factory=list)
    shape_only: bool = False
    regrades: list[Answer] = field(default_factory=list)


def formed(case: Case, path: str, content: bytes) -> Iterator[Change]:
    """Changes of an output that keep its form, or the form of its lines.

    A change that makes nothing else of it, or the same as one before, is none.
    """
    wanted = set(asked(case.text("instruction.md"), path, content))
    versions = [
        ("revalued", revalued(content)),
        ("shifted", shifted(content)),
        ("cut", cut(content)),
        ("appended", appended(content, revalued(last(content)))),
        ("duplicated", appended(content, last(content))),
        ("permuted", permuted(content) if "permuted" in wanted else content),
        ("one_value", revalued_once(content)),
    ]
    seen = {content}
    for kind, wrong in versions:
        if wrong not in seen:
            free = kind in ("appended", "duplicated", "one_value") and kind not in wanted
            yield Change(f"{kind} {path}", kind, path, wrong, free)
        seen.add(wrong)


def came_of(told: Sequence[tuple[Change, Answer]], *, loose: bool, harness: bool) -> Tried:
    """What came of changed outputs.

    What a log says, or a name that anybody may choose, is no matter of tests: so other values may
    go unnoticed in one output, if they are noticed in another. That of all outputs nothing matters
    is not to be believed. loose: the tests are code of their own. harness: they are graded by this
    project's harness, whose author knows what each check compares.
    """
    noticed: dict[str, bool] = {}
    for change, answer in told:
        if change.kind in OTHER_VALUES:
            noticed[change.path] = noticed.get(change.path, True) and answer.noticed
    form_only = [path for path, each in noticed.items() if not each] if loose else []
    tried = Tried(form_only=form_only, shape_only=bool(form_only) and not any(noticed.values()))
    for change, answer in told:
        elsewhere = loose and change.kind in OTHER_VALUES and not tried.shape_only
        free = change.free or (elsewhere and not (harness and change.kind == "altered"))
        if free and not answer.noticed:
            tried.tolerated.append(change.name)
        else:
            tried.mutants.append(Mutant.of(change.name, change.kind, answer))
    return tried


def cut(content: bytes) -> bytes:
    """The first half of the lines of a text, or of the items of a JSON array."""
    items = json_items(content)
    if items is not None:
        return dumped(items[: (len(items) + 1) // 2]) if len(items) > 1 else content
    lines = lines_of(content)
    kept = lines[: (len(lines) + 1) // 2]
    return b"".join(kept) if len(lines) > 1 else content


def last(content: bytes) -> bytes:
    """The last line of a text, without its end, or the last item of a JSON array; b"" for none."""
    items = json_items(content)
    if items is not None:
        return dumped(items[-1]).rstrip(b"\n") if items else b""
    lines = [line for line in lines_of(content) if line.strip()]
    return lines[-1].rstrip(b"\r\n") if lines else b""


def appended(content: bytes, more: bytes) -> bytes:
    """The text with one more line, or the JSON array with one more item; as it was for b""."""
    items = json_items(content)
    if not more:
        return content
    if items is not None:
        return dumped([*items, json.loads(more)])
    lines = lines_of(content)
    ended = content if content.endswith(b"\n") else content + b"\n"
    return ended + more + (b"\n" if content.endswith(b"\n") else b"") if lines else content


def lines_of(content: bytes) -> list[bytes]:
    """The lines of a text with their ends; none in what is no text, or one thing as a whole."""
    whole = not is_text(content) or is_json(content) or content.lstrip()[:1] == b"<"
    return [] if whole else content.splitlines(keepends=True)


def json_items(content: bytes) -> list[Any] | None:
    """The items of a JSON array; None when a content is none."""
    if content.lstrip()[:1] != b"[" or not is_json(content):
        return None
    items = json.loads(content)
    return items if isinstance(items, list) else None


def dumped(value: Any) -> bytes:
    """A value as JSON."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace") + b"\n"

"""Checks: what the verifier of a task asserts, as data.

A check names one of the assertion helpers that travel in every bundle (`tests/checks.py`) with
its arguments; the bundle writer renders it as one readable test function.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

#: The harness takes a tolerance for a share of the number, too: with 1 any number is near enough.
WIDE = 1.0


@dataclass(frozen=True)
class Check:
    """One assertion of the verifier.

    `function` is a helper of the harness; `arguments` are its keyword arguments (literals only);
    `about` becomes the docstring of the test; `paths` are the files that it looks at. A guard
    holds before the work begins and must still hold afterwards: it carries no weight, and the
    reward is 0 when it is broken. `expected` holds files for the verifier's `expected/` folder.
    A tolerance that says nothing is a ValueError.
    """

    function: str
    arguments: Mapping[str, Any]
    about: str
    paths: tuple[str, ...]
    weight: float = 1.0
    guard: bool = False
    expected: Mapping[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        tolerance = self.arguments.get("tolerance", 0.0)
        if not 0 <= tolerance < WIDE:
            raise ValueError(
                f"{self.function} of {', '.join(self.paths)}: a tolerance of {tolerance:g}; "
                f"it must be at least 0 and less than {WIDE:g}, or any number is near enough"
            )


def slug(path: str) -> str:
    """A file name for the expected content of a path: `/app/out/a.csv` becomes `app_out_a.csv`."""
    return path.strip("/").replace("/", "_")


def text_equals(path: str, text: str, *, about: str = "", weight: float = 1.0) -> Check:
    """The file holds exactly this text (one final newline may be missing or extra)."""
    name = slug(path)
    return Check(
        "text_equals",
        {"path": path, "expected": name},
        about or f"{path} holds exactly the expected text.",
        (path,),
        weight,
        expected={name: text.encode()},
    )


def csv_equals(
    path: str,
    text: str,
    *,
    delimiter: str = ",",
    ordered: bool = True,
    tolerance: float = 0.0,
    about: str = "",
    weight: float = 1.0,
) -> Check:
    """The delimited file has the expected header and rows; quoting style is free."""
    name = slug(path)
    arguments: dict[str, Any] = {"path": path, "expected": name, "delimiter": delimiter}
    if not ordered:
        arguments["ordered"] = False
    if tolerance:
        arguments["tolerance"] = tolerance
    default = f"{path} has the expected columns and rows{', in order' if ordered else ''}."
    return Check(
        "csv_equals", arguments, about or default, (path,), weight, expected={name: text.encode()}
    )


def json_equals(
    path: str, text: str, *, tolerance: float = 0.0, about: str = "", weight: float = 1.0
) -> Check:
    """The JSON file holds the expected value; the order of keys and white space are free."""
    name = slug(path)
    arguments: dict[str, Any] = {"path": path, "expected": name}
    if tolerance:
        arguments["tolerance"] = tolerance
    return Check(
        "json_equals",
        arguments,
        about or f"{path} holds the expected JSON value.",
        (path,),
        weight,
        expected={name: text.encode()},
    )


def jsonl_equals(
    path: str, text: str, *, ordered: bool = True, about: str = "", weight: float = 1.0
) -> Check:
    """The file holds the expected JSON values, one a line."""
    name = slug(path)
    arguments: dict[str, Any] = {"path": path, "expected": name}
    if not ordered:
        arguments["ordered"] = False
    return Check(
        "jsonl_equals",
        arguments,
        about or f"{path} holds the expected JSON values, one a line.",
        (path,),
        weight,
        expected={name: text.encode()},
    )


def custom(
    function: str,
    *,
    about: str,
    paths: Sequence[str],
    weight: float = 1.0,
    guard: bool = False,
    files: Mapping[str, bytes] | None = None,
    **arguments: Any,
) -> Check:
    """Any helper of the harness by name, for outcomes that no constructor here covers.

    `files` are the contents for the verifier's `expected/` folder; the other keywords are the
    helper's own arguments.
    """
    return Check(function, arguments, about, tuple(paths), weight, guard, files or {})

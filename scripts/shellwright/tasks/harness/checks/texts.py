"""Checks of what a file says: text, lines, CSV, JSON and raw bytes."""

import csv
import io
import json
import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

from .reading import decode, excerpt, expected_bytes, fail, read_bytes

MISSING = "(nothing)"
DEPTH_LIMIT = 100


def bytes_equal(path: str, expected: str) -> None:
    """The file holds exactly the bytes of expected/<expected>."""
    __tracebackhide__ = True
    found, wanted = read_bytes(path), expected_bytes(expected)
    if found != wanted:
        offset = first_difference(found, wanted)
        fail(
            f"{path}: {len(found)} bytes, expected {len(wanted)}; they differ from offset "
            f"{offset}: {found[offset : offset + 16]!r}, expected {wanted[offset : offset + 16]!r}"
        )


def text_equals(path: str, expected: str, *, trailing_newline: str = "any") -> None:
    """The file holds the text of expected/<expected>.

    trailing_newline: "any" ignores how many newlines end the text, "required" wants exactly one,
    "exact" compares them too.
    """
    __tracebackhide__ = True
    compare_text(path, read_bytes(path), expected_bytes(expected), trailing_newline)


def compare_text(subject: str, found: bytes, wanted: bytes, trailing_newline: str) -> None:
    """Fail unless two texts agree; `subject` names the found one in the message."""
    __tracebackhide__ = True
    if trailing_newline not in ("any", "required", "exact"):
        raise ValueError(f"trailing_newline: {trailing_newline!r} is not any, required or exact")
    if trailing_newline == "required" and found != found.rstrip(b"\n") + b"\n":
        fail(f"{subject}: must end with exactly one newline, ends with {found[-8:]!r}")
    if trailing_newline != "exact":
        found, wanted = found.rstrip(b"\n"), wanted.rstrip(b"\n")
    if found == wanted:
        return
    compare_sequences(subject, "line", found.split(b"\n"), wanted.split(b"\n"))


def lines_equal(path: str, expected: str, *, ordered: bool = True) -> None:
    """The file has the lines of expected/<expected>, in that order unless ordered is false."""
    __tracebackhide__ = True
    found = read_bytes(path).rstrip(b"\n").split(b"\n")
    wanted = expected_bytes(expected).rstrip(b"\n").split(b"\n")
    if ordered:
        compare_sequences(path, "line", found, wanted)
    else:
        compare_bags(path, "line", found, wanted)


def csv_equals(
    path: str, expected: str, *, delimiter: str = ",", ordered: bool = True, tolerance: float = 0.0
) -> None:
    """The file is CSV with the header and rows of expected/<expected>.

    Quoting does not matter, cell text does. With a tolerance > 0, cells that are both numbers may
    differ by so much (absolutely or relatively), and the order of the rows must be the same.
    """
    __tracebackhide__ = True
    found = parse_csv(path, decode(path, read_bytes(path)), delimiter)
    wanted = parse_csv(expected, expected_bytes(expected).decode("utf-8"), delimiter)
    if found[:1] != wanted[:1]:
        header = excerpt(found[0]) if found else MISSING
        fail(f"{path}: header {header}, expected {excerpt(wanted[0])}")
    if tolerance > 0:
        found = [row_like(row, model, tolerance) for row, model in pair_rows(found, wanted)]
    if ordered:
        compare_sequences(path, "row", found[1:], wanted[1:])
    else:
        compare_bags(path, "row", [tuple(row) for row in found[1:]], [tuple(r) for r in wanted[1:]])


def parse_csv(subject: str, text: str, delimiter: str) -> list[list[str]]:
    """The rows of a CSV text without blank lines; malformed quoting fails the check."""
    __tracebackhide__ = True
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        return [row for row in reader if row]
    except csv.Error as error:
        fail(f"{subject}: not well-formed CSV: {error}")


def pair_rows(found: list[list[str]], wanted: list[list[str]]) -> list[tuple[list[str], list[str]]]:
    """Each found row with the wanted row at its place, or with itself beyond the end."""
    return [(row, wanted[i] if i < len(wanted) else row) for i, row in enumerate(found)]


def row_like(row: list[str], model: list[str], tolerance: float) -> list[str]:
    """The row, with those cells taken from the model that are the same number within tolerance."""
    if len(row) != len(model):
        return row
    return [
        theirs if close_numbers(ours, theirs, tolerance) else ours
        for ours, theirs in zip(row, model, strict=True)
    ]


def close_numbers(left: str, right: str, tolerance: float) -> bool:
    """Whether two cells are finite numbers within the tolerance."""
    try:
        a, b = float(left), float(right)
    except ValueError:
        return False
    return math.isclose(a, b, rel_tol=tolerance, abs_tol=tolerance)


def json_equals(
    path: str, expected: str, *, tolerance: float = 0.0, ordered_lists: bool = True
) -> None:
    """The file is one JSON value equal to expected/<expected>.

    The order of keys does not matter; that of list items does unless ordered_lists is false.
    Numbers may differ by the tolerance, absolutely or relatively.
    """
    __tracebackhide__ = True
    found = parse_json(path, decode(path, read_bytes(path)))
    wanted = parse_json(expected, expected_bytes(expected).decode("utf-8"))
    problem = json_difference(found, wanted, "$", tolerance, ordered_lists)
    if problem:
        fail(f"{path}: {problem}")


def jsonl_equals(path: str, expected: str, *, ordered: bool = True, tolerance: float = 0.0) -> None:
    """The file has one JSON value a line, equal to those of expected/<expected>.

    Blank lines are ignored; the order of the lines matters unless ordered is false.
    """
    __tracebackhide__ = True
    found = parse_lines(path, decode(path, read_bytes(path)))
    wanted = parse_lines(expected, expected_bytes(expected).decode("utf-8"))
    if len(found) != len(wanted):
        fail(f"{path}: {len(found)} records, expected {len(wanted)}")
    if not ordered:
        found, wanted = sorted(found, key=canonical), sorted(wanted, key=canonical)
    for number, (ours, theirs) in enumerate(zip(found, wanted, strict=True), start=1):
        problem = json_difference(ours, theirs, f"record {number}", tolerance, True)
        if problem:
            fail(f"{path}: {problem}")


def parse_lines(subject: str, text: str) -> list[Any]:
    """The JSON value of each line that is not blank."""
    __tracebackhide__ = True
    lines = text.split("\n")
    return [
        parse_json(f"{subject}, line {number}", line)
        for number, line in enumerate(lines, start=1)
        if line.strip()
    ]


def parse_json(subject: str, text: str) -> Any:
    """One strict JSON value: no NaN, no repeated keys, no bottomless nesting."""
    __tracebackhide__ = True
    try:
        value = json.loads(text, parse_constant=refuse_constant, object_pairs_hook=unique_keys)
    except (ValueError, RecursionError) as error:
        fail(f"{subject}: not JSON: {error}")
    return value


def refuse_constant(name: str) -> float:
    """NaN and the infinities are not JSON."""
    raise ValueError(f"{name} is not a JSON number")


def unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys are distinct."""
    result = dict(pairs)
    if len(result) != len(pairs):
        repeated = [key for key, count in Counter(k for k, _ in pairs).items() if count > 1]
        raise ValueError(f"repeated keys {excerpt(repeated)}")
    return result


def json_difference(
    found: Any, wanted: Any, place: str, tolerance: float, ordered: bool, depth: int = 0
) -> str:
    """Where and how two JSON values differ, or an empty text."""
    if depth > DEPTH_LIMIT:
        return f"{place}: nested deeper than {DEPTH_LIMIT}"
    if is_number(found) and is_number(wanted):
        # int/float of the same value are the same JSON number; huge integers must not overflow.
        try:
            close = tolerance > 0 and math.isclose(
                found, wanted, rel_tol=tolerance, abs_tol=tolerance
            )
        except OverflowError:
            close = False
        return "" if found == wanted or close else mismatch(place, found, wanted)
    if type(found) is not type(wanted):
        return mismatch(place, found, wanted)
    if isinstance(wanted, dict):
        if found.keys() != wanted.keys():
            missing = sorted(wanted.keys() - found.keys())
            extra = sorted(found.keys() - wanted.keys())
            return f"{place}: missing keys {excerpt(missing)}, unexpected keys {excerpt(extra)}"
        parts = [(f"{place}.{key}", found[key], wanted[key]) for key in wanted]
    elif isinstance(wanted, list):
        if len(found) != len(wanted):
            return f"{place}: {len(found)} items, expected {len(wanted)}"
        if not ordered:
            found, wanted = sorted(found, key=canonical), sorted(wanted, key=canonical)
        pairs = enumerate(zip(found, wanted, strict=True))
        parts = [(f"{place}[{index}]", ours, theirs) for index, (ours, theirs) in pairs]
    else:
        return "" if found == wanted else mismatch(place, found, wanted)
    problems = (
        json_difference(ours, theirs, inner, tolerance, ordered, depth + 1)
        for inner, ours, theirs in parts
    )
    return next((problem for problem in problems if problem), "")


def is_number(value: object) -> bool:
    """Whether a JSON value is a number; true and false are not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def mismatch(place: str, found: object, wanted: object) -> str:
    """The sentence about two values that should be one."""
    return f"{place}: found {excerpt(found)}, expected {excerpt(wanted)}"


def canonical(value: Any) -> str:
    """A text that orders JSON values independently of their keys' order."""
    return json.dumps(value, sort_keys=True)


def first_difference(left: bytes, right: bytes) -> int:
    """The first offset at which two byte strings differ."""
    pairs = zip(left, right, strict=False)
    return next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(left), len(right)))


def compare_sequences(
    subject: str, word: str, found: Sequence[object], wanted: Sequence[object]
) -> None:
    """Fail at the first place at which two sequences differ."""
    __tracebackhide__ = True
    for index in range(max(len(found), len(wanted))):
        ours = found[index] if index < len(found) else MISSING
        theirs = wanted[index] if index < len(wanted) else MISSING
        if ours != theirs:
            counts = f"{len(found)} {word}s, expected {len(wanted)}"
            fail(f"{subject}: {mismatch(f'{word} {index + 1}', ours, theirs)} ({counts})")


def compare_bags(
    subject: str, word: str, found: Sequence[object], wanted: Sequence[object]
) -> None:
    """Fail unless two sequences have the same items the same number of times."""
    __tracebackhide__ = True
    extra, missing = Counter(found) - Counter(wanted), Counter(wanted) - Counter(found)
    if extra or missing:
        fail(
            f"{subject}: {missing.total()} {word}s missing, e.g. {excerpt(next(iter(missing), ''))}"
            f"; {extra.total()} unexpected, e.g. {excerpt(next(iter(extra), ''))}"
        )

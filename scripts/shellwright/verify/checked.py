"""Which outputs the harness's checks in a test file compare, and how closely."""

import ast
from collections.abc import Iterator, Sequence

from shellwright.syntax import parse

#: The harness's checks that compare a file line by line, in order unless they are told otherwise.
IN_ORDER = ("bytes_equal", "text_equals", "lines_equal", "csv_equals", "jsonl_equals")
#: Those that compare a whole file with an expected one.
WHOLE = (*IN_ORDER, "json_equals")
#: Those that notice any other letter or digit, unless they are given a tolerance.
EXACT = (*WHOLE, "sha256_is", "unchanged")


def ordered_outputs(tests: str) -> set[str]:
    """The paths of which a check of a test file compares the lines in order."""
    return {
        path
        for path, given in checked(tests, IN_ORDER)
        if "ordered" not in given or not is_false(given["ordered"])
    }


def exact_outputs(tests: str) -> set[str]:
    """The paths of which a check of a test file notices each other letter and digit."""
    return {path for path, given in checked(tests, EXACT) if is_false(given.get("tolerance"))}


def compared_whole(tests: str) -> dict[str, str]:
    """The expected files that a delivered file must equal as a whole, with that file's path."""
    return {
        str(expected.value): path
        for path, given in checked(tests, WHOLE)
        if isinstance(expected := given.get("expected"), ast.Constant)
    }


def is_false(given: ast.expr | None) -> bool:
    """Whether an argument is not given, or written down as 0 or False."""
    return given is None or (isinstance(given, ast.Constant) and not given.value)


def checked(tests: str, checks: Sequence[str]) -> Iterator[tuple[str, dict[str | None, ast.expr]]]:
    """The path and the named arguments of each call of such checks in a test file.

    A test file that does not parse has none: lint has refused it before.
    """
    try:
        tree = parse(tests)
    except SyntaxError:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in checks:
            given = {word.arg: word.value for word in node.keywords}
            path = given.get("path")
            if isinstance(path, ast.Constant):
                yield str(path.value), given

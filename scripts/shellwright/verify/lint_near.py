"""Tolerances of the tests' Python that are so wide that any number is near enough."""

import ast
import re
from typing import Any

from shellwright.verify.lint_names import MOST_LINKS, Names

WIDE = 1e6  # a distance between numbers that no test means
#: Of numbers that nobody has written down: bytes or microseconds may well differ by a million.
WIDEST = 1e9
MOST = 1e300  # a larger one counts as this
WHOLE = 1.0  # a share of the number itself
NANOSECONDS = re.compile(r"_ns\b")
#: What compares two numbers, and where it takes the tolerances: the relative and the absolute one.
NEAR: dict[str, tuple[tuple[str, int | None], tuple[str, int | None]]] = {
    "math.isclose": (("rel_tol", None), ("abs_tol", None)),
    "numpy.isclose": (("rtol", 2), ("atol", 3)),
    "numpy.allclose": (("rtol", 2), ("atol", 3)),
    "assert_allclose": (("rtol", 2), ("atol", 3)),
    "assertAlmostEqual": (("", None), ("delta", None)),
}
APPROX = (("rel", 1), ("abs", 2))
#: Checks of this project's harness take one number for both tolerances.
HARNESS = ("checks.csv_equals", "checks.json_equals", "checks.jsonl_equals")


def equals_all(value: ast.expr, names: Names) -> bool:
    """Whether a value equals whatever it is compared with, or any number near it at all."""
    if names.of(value).endswith("mock.ANY"):
        return True
    if not isinstance(value, ast.Call) or names.of(value.func) != "pytest.approx":
        return False
    return says_nothing(value, APPROX, value.args[:1], names)


def near_anything(test: ast.expr, names: Names) -> bool:
    """Whether an expression asks of two numbers to be near each other, and any two are."""
    if isinstance(test, ast.Call):
        name = names.of(test.func)
        return name in NEAR and says_nothing(test, NEAR[name], test.args[:2], names)
    if not isinstance(test, ast.Compare) or len(test.ops) != 1:
        return False
    left, how, right = test.left, test.ops[0], test.comparators[0]
    if isinstance(how, ast.Gt | ast.GtE):
        left, right = right, left
    elif not isinstance(how, ast.Lt | ast.LtE):
        return False
    distance = isinstance(left, ast.Call) and names.of(left.func) in ("abs", "math.fabs")
    if not isinstance(left, ast.Call) or not distance or len(left.args) != 1:
        return False
    between, limit = left.args[0], number(right, names)
    if not isinstance(between, ast.BinOp) or not isinstance(between.op, ast.Sub) or limit is None:
        return False
    written = written_down([between.left, between.right], names)
    if written is None and (limit < WIDEST or NANOSECONDS.search(ast.unparse(test))):
        return False
    return limit >= max(WIDE, written or 0)


def accepts_any(call: ast.Call, names: Names) -> bool:
    """Whether a check of the harness has a tolerance within which any number lies."""
    given = (number(word.value, names) for word in call.keywords if word.arg == "tolerance")
    return names.of(call.func) in HARNESS and any(n is not None and n >= WHOLE for n in given)


def says_nothing(
    call: ast.Call,
    taken: tuple[tuple[str, int | None], tuple[str, int | None]],
    sides: list[ast.expr],
    names: Names,
) -> bool:
    """Whether a tolerance of a call is wider than what it compares."""
    share, distance = (number(argument(call, *which), names) for which in taken)
    if share is not None and share >= WHOLE:
        return True
    return distance is not None and distance >= max(WIDE, written_down(sides, names) or 0)


def argument(call: ast.Call, word: str, place: int | None) -> ast.expr | None:
    """What a call is given by a keyword, or at a place."""
    if place is not None and place < len(call.args):
        return call.args[place]
    return next((each.value for each in call.keywords if each.arg == word), None)


def written_down(sides: list[ast.expr], names: Names) -> float | None:
    """The largest of the numbers among these, without its sign; None if there is none."""
    found = (number(side, names) for side in sides)
    return max((abs(value) for value in found if value is not None), default=None)


def number(value: ast.expr | None, names: Names) -> float | None:
    """The number that an expression is, or that it names; None for all else."""
    for _ in range(MOST_LINKS):
        if not isinstance(value, ast.Name):
            break
        value = names.values.get(value.id)
    known = None if value is None else constant(value)
    return float(max(-MOST, min(known, MOST))) if isinstance(known, int | float) else None


def constant(value: ast.expr) -> Any:
    """The value of a constant or of one with a sign; an object equal to nothing for all else."""
    if isinstance(value, ast.UnaryOp) and isinstance(value.op, ast.USub):
        number = constant(value.operand)
        return -number if isinstance(number, int | float) else number
    return value.value if isinstance(value, ast.Constant) else object()

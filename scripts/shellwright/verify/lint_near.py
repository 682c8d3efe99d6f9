"""Tolerances of the tests' Python that are so wide that any number is near enough."""

import ast
import operator
from typing import Any

from shellwright.verify.lint_names import MOST_LINKS, Names

WIDE = 1e6  # a distance between numbers that no test means
#: Of numbers that nobody has written down: energies and bytes may well differ by billions.
WIDEST = 1e100
MOST = 1e300  # a larger one counts as this
WHOLE = 1.0  # a share of the number itself
FOLDS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
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
    return limit >= far_from([between.left, between.right], names)


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
    return distance is not None and distance >= far_from(sides, names)


def argument(call: ast.Call, word: str, place: int | None) -> ast.expr | None:
    """What a call is given by a keyword, or at a place."""
    if place is not None and place < len(call.args):
        return call.args[place]
    return next((each.value for each in call.keywords if each.arg == word), None)


def far_from(sides: list[ast.expr], names: Names) -> float:
    """How far a number may be from these before any number is near enough.

    Where none of them is written down, or only a 0, nobody can tell how large they are.
    """
    found = [abs(value) for side in sides for value in written_down(side, names)]
    return max(WIDE, *found) if any(found) else WIDEST


def written_down(side: ast.expr, names: Names) -> list[float]:
    """The number that a value is, or the numbers of a list or a dictionary; none for all else."""
    value = names.values.get(side.id, side) if isinstance(side, ast.Name) else side
    parts = [value]
    if isinstance(value, ast.List | ast.Tuple):
        parts = value.elts
    elif isinstance(value, ast.Dict):
        parts = value.values
    found = [number(part, names) for part in parts]
    return [] if None in found else [each for each in found if each is not None]


def number(value: ast.expr | None, names: Names, deep: int = MOST_LINKS) -> float | None:
    """The number that an expression is, gives or names; None for all else."""
    if value is None or not deep:
        return None
    if isinstance(value, ast.Name):
        return number(names.values.get(value.id), names, deep - 1)
    if isinstance(value, ast.BinOp) and type(value.op) in FOLDS:
        left, right = (number(side, names, deep - 1) for side in (value.left, value.right))
        if left is None or right is None:
            return None
        try:
            return float(FOLDS[type(value.op)](left, right))
        except (ArithmeticError, TypeError):
            return None
    known = constant(value)
    return float(max(-MOST, min(known, MOST))) if isinstance(known, int | float) else None


def constant(value: ast.expr) -> Any:
    """The value of a constant or of one with a sign; an object equal to nothing for all else."""
    if isinstance(value, ast.UnaryOp) and isinstance(value.op, ast.USub):
        number = constant(value.operand)
        return -number if isinstance(number, int | float) else number
    return value.value if isinstance(value, ast.Constant) else object()

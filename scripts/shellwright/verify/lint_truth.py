"""Whether an asserted expression is true whatever was done, or as soon as there is something."""

import ast
import operator
import re
from collections.abc import Callable, Set
from typing import Any

from shellwright.verify.lint_names import MOST_LINKS, Names
from shellwright.verify.lint_near import constant, equals_all, near_anything

EXISTENCE = re.compile(r"(^|\.)(exists|lexists|isfile|isdir|is_file|is_dir|present)$")
LISTS = re.compile(r"(^|\.)(i?glob|rglob|listdir|scandir|iterdir)$")
#: What passes on whether there is anything in what it is given.
PASSES_ON = {"bool", "any", "list", "sorted", "set", "tuple", "len"}
READS = re.compile(r"(^|[\w)]\.|^pathlib\.)(open|Path|read|read_text|read_bytes|strip|splitlines)$")
WHOLE = {"str", "bytes"}  # what reading a file gives, whatever it holds
SIZE = re.compile(r"(^|\.)(len\(\)|st_size|getsize\(\)|count\(\))$")
READ = re.compile(r"\.(read|read_text|read_bytes|strip|decode|lower)$")
ENDS_OF_TEXT = re.compile(r"\.(startswith|endswith)$")
PATTERNS = {"re.search", "re.match"}
MATCHES_ALL = ("", ".*", ".*?", "^", "$", "^.*", ".*$", "^.*$", "(?s).*")
FORMS = re.compile(r"%[-#0-9 +.*]*[a-zA-Z]")
PURE = {"len", "str", "int", "sorted", "set", "list"}  # give the same of the same
PATHS = {"Path", "pathlib.Path"}
LAZY = {"map", "filter", "zip"}  # what these give is true, even of nothing
SAME: dict[str, ast.cmpop] = {
    "assertEqual": ast.Eq(),
    "assertIs": ast.Is(),
    "assertIn": ast.In(),
    "assertGreaterEqual": ast.GtE(),
    "assertGreater": ast.Gt(),
    "assertLessEqual": ast.LtE(),
    "assertLess": ast.Lt(),
}
COMPARED: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.In: lambda part, whole: part in whole,
}
MIRRORED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.Gt,
    ast.LtE: ast.GtE,
    ast.NotEq: ast.NotEq,
}


def holds(call: ast.Call, name: str) -> ast.expr | None:
    """What one of unittest's assertions asserts; None for those that are not told apart."""
    which = name.rpartition(".")[2]
    if which == "assertTrue" and call.args:
        message = constant(call.args[1]) if len(call.args) > 1 else ""
        word = isinstance(message, str) and message and " " not in message
        # A value in the place of the message was meant to be compared with.
        if word or isinstance(message, int | float):
            return ast.Compare(call.args[0], [ast.IsNot()], [ast.Constant(None)])
        return call.args[0]
    if which == "assertIsNotNone" and call.args:
        return ast.Compare(call.args[0], [ast.IsNot()], [ast.Constant(None)])
    if which == "assertRegex" and len(call.args) >= 2:
        search = ast.Attribute(ast.Name("re"), "search")
        return ast.Call(search, [call.args[1], call.args[0]], [])
    if which in ("assertAlmostEqual", "assert_allclose") and len(call.args) >= 2:
        return ast.Call(ast.Name(which), call.args, call.keywords)
    if which in SAME and len(call.args) >= 2:
        return ast.Compare(call.args[0], [SAME[which]], [call.args[1]])
    return None


def existence(test: ast.expr, names: Names, links: int = MOST_LINKS) -> bool:
    """Whether an asserted expression only asks whether something exists.

    So does what holds for any text, of what a file holds.
    """
    if isinstance(test, ast.BoolOp):
        return all(existence(value, names, links) for value in test.values)
    if isinstance(test, ast.Name) and test.id in names.values and links:
        return existence(names.values[test.id], names, links - 1)
    if near_anything(test, names):
        return True
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        left, how, right = test.left, test.ops[0], test.comparators[0]
        if isinstance(how, ast.In):
            any_text = constant(left) == "" and is_read(right, names)
            return any_text or existence(right, names, links)
        if isinstance(how, ast.Eq | ast.Is) and is_type(left, right):
            return True
        if isinstance(how, ast.Eq) and any(equals_all(side, names) for side in (left, right)):
            return True
        if at_least_one(how, right):
            none = constant(right) is None and is_read(left, names)
            return none or existence(left, names, links)
        return False
    if not isinstance(test, ast.Call):
        return False
    name = names.of(test.func)
    given = constant(test.args[0]) if test.args else None
    if (ENDS_OF_TEXT.search(name) and given == "") or (name in PATTERNS and given in MATCHES_ALL):
        return True
    if name == "isinstance" and len(test.args) == 2:
        kinds = test.args[1].elts if isinstance(test.args[1], ast.Tuple) else test.args[1:]
        return all(isinstance(kind, ast.Name) and kind.id in WHOLE for kind in kinds)
    if name in PASSES_ON and len(test.args) == 1:
        return existence(test.args[0], names, links)
    return bool(EXISTENCE.search(name) or LISTS.search(name))


def asks_for(test: ast.expr, names: Names) -> bool:
    """Whether an expression, or a value that it names, asks for a file by its name."""
    parts = [*ast.walk(test)]
    known = (names.values.get(part.id) for part in parts if isinstance(part, ast.Name))
    parts += [part for value in filter(None, known) for part in ast.walk(value)]
    called = (names.of(part.func) for part in parts if isinstance(part, ast.Call))
    return any(EXISTENCE.search(name) or LISTS.search(name) for name in called)


def is_read(value: ast.expr, names: Names) -> bool:
    """Whether an expression is the text of a file, or stands for one."""
    value = names.values.get(value.id, value) if isinstance(value, ast.Name) else value
    return isinstance(value, ast.Call) and READ.search(names.of(value.func)) is not None


def is_type(left: ast.expr, right: ast.expr) -> bool:
    """Whether a comparison asks for the type that reading a file gives."""
    asks = isinstance(left, ast.Call) and ast.unparse(left.func) == "type"
    return asks and isinstance(right, ast.Name) and right.id in WHOLE


def at_least_one(how: ast.cmpop, right: ast.expr) -> bool:
    """Whether a comparison only says of a truth that it holds, or of a number that it is not 0."""
    value = constant(right)
    if isinstance(how, ast.Eq | ast.Is):
        return value is True
    if isinstance(how, ast.NotEq | ast.IsNot):
        return value is False or value is None or value == 0
    return (isinstance(how, ast.Gt) and value == 0) or (isinstance(how, ast.GtE) and value == 1)


def truth(test: ast.expr, functions: Set[str] = frozenset()) -> bool | None:
    """Whether an expression is true whatever was done, or never; None where that depends.

    functions: the names that stand for a function or a class, which are true if nobody calls them.
    """
    if isinstance(test, ast.Name) and test.id in functions:
        return True
    if isinstance(test, ast.Constant):
        return bool(test.value)
    if isinstance(test, ast.Tuple | ast.List | ast.Set):
        return bool(test.elts)  # such as `assert (x == 1, "message")`
    if isinstance(test, ast.Dict):
        return bool(test.keys)
    if isinstance(test, ast.BinOp):
        return True if has_words(test) else None
    if isinstance(test, ast.Call):
        lazy = isinstance(test.func, ast.Name) and test.func.id in LAZY
        return True if lazy or of_each(test) or is_path(test, functions) else None
    if isinstance(test, ast.Lambda | ast.GeneratorExp):
        return True  # which nobody calls, and nobody goes through
    if isinstance(test, ast.JoinedStr):
        words = any(isinstance(part, ast.Constant) and part.value for part in test.values)
        return True if words else None
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        if isinstance(test.operand, ast.Compare) and unlike_itself(test.operand):
            return True
        held = truth(test.operand, functions)
        return None if held is None else not held
    if isinstance(test, ast.BoolOp):
        parts = {truth(value, functions) for value in test.values}
        decides = isinstance(test.op, ast.Or)
        if decides and either_way(test.values):
            return True
        if decides in parts:
            return decides
        return None if None in parts else not decides
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        return compared(test.left, test.ops[0], test.comparators[0])
    return None


def either_way(values: list[ast.expr]) -> bool:
    """Whether one of several asks whether something is in another thing, and one whether not."""
    asked: dict[type[ast.cmpop], set[str]] = {ast.In: set(), ast.NotIn: set()}
    for value in values:
        if isinstance(value, ast.Compare) and len(value.ops) == 1 and type(value.ops[0]) in asked:
            sides = ast.dump(value.left) + ast.dump(value.comparators[0])
            asked[type(value.ops[0])].add(sides)
    return bool(asked[ast.In] & asked[ast.NotIn])


def has_words(text: ast.BinOp) -> bool:
    """Whether a text that is put together has words of its own, so that it is never empty."""
    if isinstance(text.op, ast.Mod):
        form = constant(text.left)
        return isinstance(form, str) and FORMS.sub("", form) != ""
    parts = (constant(text.left), constant(text.right))
    return isinstance(text.op, ast.Add) and any(isinstance(part, str) and part for part in parts)


def is_path(call: ast.Call, functions: Set[str]) -> bool:
    """Whether a call makes one of pathlib's paths, which is true without its file, too."""
    name = ast.unparse(call.func)
    return name in PATHS and name not in functions


def of_each(call: ast.Call) -> bool:
    """Whether a call asks of each of several whether something holds that always does."""
    asks = isinstance(call.func, ast.Name) and call.func.id == "all" and len(call.args) == 1
    each = call.args[0] if asks else None
    return isinstance(each, ast.GeneratorExp | ast.ListComp) and truth(each.elt) is True


def unlike_itself(test: ast.Compare) -> bool:
    """Whether a comparison asks whether something differs from itself."""
    differs = isinstance(test.ops[0], ast.NotEq | ast.IsNot | ast.Lt | ast.Gt)
    same = ast.dump(test.left) == ast.dump(test.comparators[0])
    return len(test.ops) == 1 and differs and same and is_value(test.left)


def compared(left: ast.expr, how: ast.cmpop, right: ast.expr) -> bool | None:
    """Whether a comparison of constants, or of something with itself, holds."""
    if is_value(left) and ast.dump(left) == ast.dump(right):
        return True if isinstance(how, ast.Eq | ast.Is | ast.LtE | ast.GtE) else None
    if isinstance(how, ast.In) and isinstance(right, ast.List | ast.Tuple | ast.Set):
        held = {ast.dump(part) for part in right.elts}
        return True if is_value(left) and ast.dump(left) in held else None
    if isinstance(left, ast.Constant) and isinstance(right, ast.Constant) and type(how) in COMPARED:
        try:
            return bool(COMPARED[type(how)](left.value, right.value))
        except TypeError:
            return None
    if never_negative(left) and isinstance(how, ast.GtE | ast.Gt | ast.NotEq):
        limit = constant(right)
        negative = isinstance(limit, int | float) and limit < 0
        return True if negative or (isinstance(how, ast.GtE) and limit == 0) else None
    if never_negative(right) and type(how) in MIRRORED:
        return compared(right, MIRRORED[type(how)](), left)
    return None


def is_value(node: ast.expr) -> bool:
    """Whether an expression is a name, or what a file holds: the same whenever it is asked for."""
    calls = (ast.unparse(part.func) for part in ast.walk(node) if isinstance(part, ast.Call))
    same = all(READS.search(name) or name in PURE for name in calls)
    return not isinstance(node, ast.Constant) and same


def never_negative(value: ast.expr) -> bool:
    """Whether an expression is the length or the size of something."""
    plain = ast.unparse(value.func) + "()" if isinstance(value, ast.Call) else ast.unparse(value)
    return SIZE.search(plain) is not None

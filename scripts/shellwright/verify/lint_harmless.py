"""Calls of the clock, of chance and of skips on which no result depends."""

import ast
import re
from collections.abc import Iterator

from shellwright.verify.lint_names import Names, given

#: Calls that give each time another name.
FRESH = {"uuid.uuid1", "uuid.uuid4", "os.getpid", "secrets.token_hex"}
JOINS = {"pathlib.Path", "pathlib.PurePath", "os.path.join"}
#: Clocks whose moments can be taken from one another.
CLOCKS = {
    *("time.time", "time.time_ns", "time.clock_gettime", "time.clock_gettime_ns"),
    *("datetime.datetime.now", "datetime.datetime.utcnow"),
}
MOST_ROUNDS = 20  # of names that stand for moments of other names
#: What these give where the tests run.
LINUX = {
    "sys.platform": "linux",
    "os.name": "posix",
    "platform.system()": "Linux",
}
SKIPS_UNLESS = {
    "pytest.mark.skipif": False,
    "unittest.skipIf": False,
    "unittest.skipUnless": True,
}
FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
Parents = dict[int, ast.AST]


def parents_of(tree: ast.AST) -> Parents:
    """What each node lies in, by the node's identity."""
    return {id(child): node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}


def other_systems(tree: ast.Module, names: Names) -> set[int]:
    """The names of skips, as identities of nodes, that only skip on another system than Linux."""
    return {
        id(node.func)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and node.args
        for unless in [SKIPS_UNLESS.get(names.of(node.func))]
        if unless is not None and on_linux(node.args[0], names) is unless
    }


def on_linux(condition: ast.expr, names: Names) -> bool | None:
    """Whether a condition about the system holds on Linux; None for another one."""
    if isinstance(condition, ast.Call) and isinstance(condition.func, ast.Attribute):
        system = LINUX.get(names.of(condition.func.value))
        start = condition.args[0] if len(condition.args) == 1 else None
        if system and condition.func.attr == "startswith" and isinstance(start, ast.Constant):
            return system.startswith(str(start.value))
    if isinstance(condition, ast.Compare) and len(condition.ops) == 1:
        system, other = LINUX.get(names.of(condition.left)), condition.comparators[0]
        if system and isinstance(other, ast.Constant):
            if isinstance(condition.ops[0], ast.Eq):
                return system == other.value
            if isinstance(condition.ops[0], ast.NotEq):
                return system != other.value
    return None


def seeded(tree: ast.Module, names: Names, draws: re.Pattern[str]) -> set[int]:
    """The draws, as identities of nodes, that come after a constant seed of their own scope.

    None where the file has another seed as well, which may undo the constant one.
    """
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    seeds = [node for node in calls if names.of(node.func) == "random.seed"]
    if not all(is_constant(node) for node in seeds):
        return set()
    ids = set(map(id, seeds))
    found: set[int] = set()
    for scope in (node for node in ast.walk(tree) if isinstance(node, (ast.Module, *FUNCTION))):
        own = (part for part in scope.body if isinstance(part, ast.Expr))
        first = next((part.lineno for part in own if id(part.value) in ids), None)
        if first is not None:
            inside = (node for node in ast.walk(scope) if isinstance(node, ast.Call))
            after = (node for node in inside if node.lineno > first)
            found |= {id(node) for node in after if draws.fullmatch(names.of(node.func))}
    return found


def is_constant(seed: ast.Call) -> bool:
    """Whether a call gives a seed that is written down."""
    first = seed.args[0] if len(seed.args) == 1 and not seed.keywords else None
    return isinstance(first, ast.Constant) and first.value is not None


def names_a_file(call: ast.Call, name: str, parents: Parents, names: Names) -> bool:
    """Whether a call only makes a part of a path: in a text that is joined to one, or is one."""
    node: ast.AST = call
    while isinstance(above := parents.get(id(node)), ast.Attribute | ast.Subscript):
        node = above
    text = parents.get(id(above))
    if name not in FRESH or not isinstance(above, ast.FormattedValue):
        return False
    begins = text.values[0] if isinstance(text, ast.JoinedStr) else None
    if isinstance(begins, ast.Constant) and str(begins.value).startswith("/tmp/"):
        return True
    user = parents.get(id(text))
    if isinstance(user, ast.BinOp):
        return isinstance(user.op, ast.Div) and user.right is text
    return isinstance(user, ast.Call) and names.of(user.func) in JOINS


def for_waiting(tree: ast.Module, parents: Parents, names: Names) -> set[int]:
    """The calls, as identities of nodes, of a clock of which only differences are made use of.

    A moment is what the clock says, such a one and something more, or a name that is given nothing
    else. It may be taken from another moment, or be compared with one.
    """
    every = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    calls = [node for node in every if names.of(node.func) in CLOCKS]
    if not calls:
        return set()
    clocks = set(map(id, calls))
    uses = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    candidates = dict(moment_names(tree, uses))

    def is_moment(node: ast.AST) -> bool:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return is_moment(node.left) != is_moment(node.right)
        named = isinstance(node, ast.Name) and node.id in candidates
        return named or id(node) in clocks

    def is_used_well(node: ast.AST) -> bool:
        above = parents.get(id(node))
        if isinstance(above, ast.BinOp) and isinstance(above.op, ast.Add):
            return is_moment(above) and is_used_well(above)
        if isinstance(above, ast.BinOp) and isinstance(above.op, ast.Sub):
            return is_moment(above.left) and is_moment(above.right)
        if isinstance(above, ast.Compare):
            return all(map(is_moment, [above.left, *above.comparators]))
        targets = above.targets if isinstance(above, ast.Assign) else []
        return bool(targets) and all(map(is_moment, targets))

    for _ in range(MOST_ROUNDS):
        bad = {name for name, values in candidates.items() if not all(map(is_moment, values))}
        bad |= {
            use.id
            for use in uses
            if use.id in candidates and isinstance(use.ctx, ast.Load) and not is_used_well(use)
        }
        if not bad:
            return {id(call) for call in calls if is_used_well(call)}
        for name in bad:
            del candidates[name]
    return set()


def moment_names(tree: ast.Module, uses: list[ast.Name]) -> Iterator[tuple[str, list[ast.expr]]]:
    """The names that only plain assignments give values to, with these."""
    values: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree):
        for name, value in given(node):
            values.setdefault(name, []).append(value)
    arguments = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    stored: dict[str, int] = {}
    for use in uses:
        stored[use.id] = stored.get(use.id, 0) + (not isinstance(use.ctx, ast.Load))
    for name, given_values in values.items():
        if name not in arguments and stored.get(name) == len(given_values):
            yield name, given_values

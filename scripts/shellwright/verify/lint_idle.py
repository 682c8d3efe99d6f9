"""Lint of assertions that never run: for each file of an empty folder, or if a file is there."""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence, Set

from shellwright.verify.case import Case
from shellwright.verify.findings import Finding
from shellwright.verify.lint_asserts import Shown, Test, asserted, named_in, reached_kinds, tries
from shellwright.verify.lint_grading import left_out
from shellwright.verify.lint_limits import in_container, members
from shellwright.verify.lint_names import MOST_LINKS, Names
from shellwright.verify.lint_truth import EXISTENCE, LISTS, truth
from shellwright.verify.named import paths_of

#: What gives the items of a list on, so that there is nothing to go through in none.
PASSES_ON = {"sorted", "list", "set", "tuple", "reversed", "enumerate", "filter"}
LISTERS = {"os.listdir", "os.scandir", "glob.glob", "glob.iglob"}
MAKES = re.compile(r"\.(mkdir|makedirs|touch|write_text|write_bytes|symlink_to|copy\w*|move)$")
MODULES = re.compile(r"(?:os|glob|shutil)\.")
WILD = re.compile(r"/[^/]*[*?\[].*")


def lint_idle(
    case: Case,
    path: str,
    tree: ast.Module,
    tests: Sequence[Test],
    names: Names,
    functions: Mapping[str, Shown],
) -> Iterator[Finding]:
    """Findings about assertions of a file of tests that nothing makes run."""
    yield from missing_files(case, path, tree, names)
    for test in tests:
        for folder in empty_folders(case, path, tree, test, names, functions):
            message = f"{test.node.name} only asserts for each file of {folder}, if there is one"
            remedy = "Assert first which files are there."
            yield Finding("vacuous-test", path, test.node.lineno, message, remedy)


def missing_files(case: Case, path: str, tree: ast.Module, names: Names) -> Iterator[Finding]:
    """Findings about what is asserted if a file of the tests is there that the bundle lacks."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    makes = (call for call in calls if MAKES.search(names.of(call.func)))
    made = {place for call in makes for place in of(call, names)}
    scripts = [case.text(file) for file in case.below("tests") if file.endswith(".sh")]
    for node in ast.walk(tree):
        if not isinstance(node, ast.If):
            continue
        decides = any(tries(part, names) for part in ast.walk(node))
        leaves = any(isinstance(part, ast.Return) for part in node.body)
        for call in ast.walk(node.test) if decides or leaves else ():
            if not isinstance(call, ast.Call) or not EXISTENCE.search(names.of(call.func)):
                continue
            for place in of(call, names):
                last = place.rpartition("/")[2]
                known = place in made or any(last in script for script in scripts)
                if place.startswith("/tests/") and not known and not below(case, place):
                    message = f"asks whether {place} is there, which the bundle does not bring"
                    yield left_out(path, node.lineno, message)


def of(call: ast.Call, names: Names) -> list[str]:
    """The paths, written down as a whole, that a call asks for, lists or makes."""
    if isinstance(call.func, ast.Attribute) and not MODULES.match(names.of(call.func)):
        subject: ast.expr | None = call.func.value
    else:
        subject = call.args[0] if call.args else None
    if subject is None or any(isinstance(part, ast.JoinedStr) for part in parts_of(subject, names)):
        return []
    text = subject.value if isinstance(subject, ast.Constant) else ""
    if isinstance(text, str) and WILD.search(text):
        return [WILD.sub("", text)] if text.startswith("/") else []
    return [place.rstrip("/") for place in paths_of(subject, names)]


def parts_of(node: ast.AST, names: Names) -> list[ast.AST]:
    """The parts of an expression, and those of the values that it names."""
    parts: list[ast.AST] = []
    pending, seen = [node], set[str]()
    while pending:
        for part in ast.walk(pending.pop()):
            parts.append(part)
            if isinstance(part, ast.Name) and part.id in names.values and part.id not in seen:
                seen.add(part.id)
                pending.append(names.values[part.id])
    return parts


def empty_folders(
    case: Case,
    path: str,
    tree: ast.Module,
    test: Test,
    names: Names,
    functions: Mapping[str, Shown],
) -> list[str]:
    """The folders over whose files a test goes to assert anything at all, if nothing else tells
    that there are any: neither the task's files nor any other place of the tests."""
    loops = [node for node in ast.walk(test.node) if isinstance(node, ast.For)]
    listed = {id(loop): folders_of(loop.iter, names) for loop in loops}
    loops = [loop for loop in loops if listed[id(loop)]]
    inside = {id(part) for loop in loops for part in ast.walk(loop)}
    asserts = [
        node
        for node in ast.walk(test.node)
        if any(asserted(node, names)) or calls_one(node, names, functions)
    ]
    if not asserts or not all(id(node) in inside and may_hold(node) for node in asserts):
        return []
    listing = [part for loop in loops for part in parts_of(loop.iter, names)]
    used = {id(part) for part in listing} | inside
    own = {part.id for part in listing if isinstance(part, ast.Name)} & names.values.keys()
    others = [case.text(file) for file in case.below("tests") if file != path]
    return [
        folder
        for folder in {folder: 0 for loop in loops for folder in listed[id(loop)]}
        if not below(case, folder) and not spoken_of(folder, tree, used, own, others)
    ]


def folders_of(listing: ast.expr, names: Names) -> list[str]:
    """The folders whose files an expression lists; none for any other expression."""
    for _ in range(MOST_LINKS):
        if isinstance(listing, ast.Name) and listing.id in names.values:
            listing = names.values[listing.id]
        elif isinstance(listing, ast.Call) and names.of(listing.func) in PASSES_ON and listing.args:
            listing = listing.args[-1]
    if not isinstance(listing, ast.Call):
        return []
    name = names.of(listing.func)
    lists = name in LISTERS or (isinstance(listing.func, ast.Attribute) and LISTS.search(name))
    return of(listing, names) if lists else []


def calls_one(node: ast.AST, names: Names, functions: Mapping[str, Shown]) -> bool:
    """Whether a node calls, or hands on, a function of the tests that asserts something."""
    own = (functions[name] for name in named_in(node, names) if name in functions)
    return any(reached_kinds(shown, functions) for shown in own)


def may_hold(node: ast.AST) -> bool:
    """Whether an assertion may hold: one that never does says that there is no such file."""
    if isinstance(node, ast.Call):
        return not ast.unparse(node.func).endswith("fail")
    return not isinstance(node, ast.Raise) and not (
        isinstance(node, ast.Assert) and truth(node.test) is False
    )


def below(case: Case, place: str) -> bool:
    """Whether the bundle gives a file, or any below it; an image that is built may have made it."""
    given = {in_container(member.name) for member, _ in members(case.fixture)}
    given |= {"/" + path for path in case.below("tests")}
    told = place in case.text("environment/Dockerfile")
    return told or any(file == place or file.startswith(place + "/") for file in given)


def spoken_of(
    folder: str, tree: ast.Module, used: Set[int], own: Set[str], others: Sequence[str]
) -> bool:
    """Whether the tests speak of a folder elsewhere: in other files, or outside of these parts.

    own: the names that stand for the folder or a list of its files.
    """
    whole = re.compile(re.escape(folder) + r"(?![\w-])")
    described = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if id(node) in used or id(node) in described:
            continue
        if isinstance(node, ast.Constant) and whole.search(str(node.value)):
            return True
        if isinstance(node, ast.Name) and node.id in own and isinstance(node.ctx, ast.Load):
            return True
    return any(whole.search(text) for text in others)

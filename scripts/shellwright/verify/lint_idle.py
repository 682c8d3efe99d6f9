"""Lint of assertions that never run: for each file of an empty folder, or if a file is there."""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from functools import cached_property
from itertools import islice
from pathlib import PurePosixPath

from shellwright.verify.case import Case
from shellwright.verify.findings import Finding
from shellwright.verify.fixture import in_container, members
from shellwright.verify.lint_asserts import Shown, Test, asserted, named_in, reached_kinds, tries
from shellwright.verify.lint_calls import RUNNERS
from shellwright.verify.lint_grading import left_out
from shellwright.verify.lint_names import MOST_LINKS, MOST_PARTS, Names
from shellwright.verify.lint_truth import EXISTENCE, LISTS, truth
from shellwright.verify.named import paths_of

#: What gives the items of a list on, so that there is nothing to go through in none.
PASSES_ON = {"sorted", "list", "set", "tuple", "reversed", "enumerate", "filter"}
LISTERS = {"os.listdir", "os.scandir", "glob.glob", "glob.iglob"}
MAKES = re.compile(r"\.(mkdir|makedirs|touch|write_text|write_bytes|symlink_to|copy\w*|move)$")
MODULES = re.compile(r"(?:os|glob|shutil)\.")
#: What says of an assertion that something must not be so.
FORBIDS = re.compile(r"(^|\.)assert(Not\w+|False)$")
WRITES = re.compile(r"[wax][bt+]*$")  # a mode of open()
MOST_FOLDERS = 50  # that tests go through, and files that they ask for; no more are looked at
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
    told = Told(case, path, tree)
    yield from missing_files(path, tree, names, told)
    found = (
        (test, folder) for test in tests for folder in empty_folders(test, names, functions, told)
    )
    for test, folder in found:
        message = f"{test.node.name} only asserts for each file of {folder}, if there is one"
        remedy = "Assert first which files are there."
        yield Finding("vacuous-test", path, test.node.lineno, message, remedy)


class Told:
    """What a bundle gives, and what its tests speak of, each read once and only if asked for."""

    def __init__(self, case: Case, path: str, tree: ast.Module) -> None:
        self._case, self._path, self._tree = case, path, tree
        self.left = MOST_FOLDERS

    @cached_property
    def scripts(self) -> list[str]:
        """The texts of the tests' shell scripts."""
        return [self._case.text(file) for file in self._case.below("tests") if file[-3:] == ".sh"]

    @cached_property
    def given(self) -> set[str]:
        """The files of the input and of the tests, and the folders above them."""
        files = {in_container(member.name) for member, _ in members(self._case.fixture)}
        files |= {"/" + path for path in self._case.below("tests")}
        return files | {str(above) for file in files for above in PurePosixPath(file).parents}

    @cached_property
    def others(self) -> list[str]:
        """The texts of the other files of the tests."""
        return [self._case.text(file) for file in self._case.below("tests") if file != self._path]

    @cached_property
    def parts(self) -> list[ast.Constant | ast.Name]:
        """The texts and the names that the file reads, without the texts that only describe it."""
        every = [*ast.walk(self._tree)]
        described = {id(node.value) for node in every if isinstance(node, ast.Expr)}
        return [
            node
            for node in every
            if (isinstance(node, ast.Constant) and isinstance(node.value, str | bytes))
            or (isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load))
            if id(node) not in described
        ]

    def has(self, place: str) -> bool:
        """Whether the bundle gives a file, or any below it; a built image may have made it."""
        return place in self._case.text("environment/Dockerfile") or place in self.given

    def speaks_of(self, folder: str, used: Set[int], own: Set[str]) -> bool:
        """Whether the tests speak of a folder elsewhere: in other files, or outside of used parts.

        A text that is its last part may be put together to it. own: the names that stand for the
        folder or a list of its files.
        """
        whole = re.compile(re.escape(folder) + r"(?![\w-])")
        last = folder.rpartition("/")[2]
        for node in self.parts:
            if id(node) in used:
                continue
            if isinstance(node, ast.Name):
                if node.id in own:
                    return True
            elif whole.search(str(node.value)) or str(node.value).strip("./") == last:
                return True
        return any(whole.search(text) for text in self.others)


def missing_files(path: str, tree: ast.Module, names: Names, told: Told) -> Iterator[Finding]:
    """Findings about what is asserted if a file of the tests is there that the bundle lacks."""
    asked: list[tuple[int, ast.Call]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and len(asked) < MOST_FOLDERS:
            asks = [part for part in ast.walk(node.test) if isinstance(part, ast.Call)]
            asks = [call for call in asks if EXISTENCE.search(names.of(call.func))]
            leaves = any(isinstance(part, ast.Return) and gives_nothing(part) for part in node.body)
            if asks and (leaves or any(tries(part, names) for part in ast.walk(node))):
                asked += [(node.lineno, call) for call in asks]
    places = [(line, place) for line, call in asked for place in of(call, names)]
    lacks = [(line, p) for line, p in places if p.startswith("/tests/") and not told.has(p)]
    if not lacks:
        return
    makes = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and made_by(node, names)]
    parts = parts_of(makes, names)
    made = [str(part.value) for part in parts if isinstance(part, ast.Constant)]
    for line, place in lacks:
        last = place.rpartition("/")[2]
        if not any(last in text for text in (*made, *told.scripts)):
            yield left_out(
                path, line, f"asks whether {place} is there, which the bundle does not bring"
            )


def gives_nothing(node: ast.Return) -> bool:
    """Whether a function ends with nothing, or with a value that nobody has worked out."""
    return node.value is None or isinstance(node.value, ast.Constant)


def made_by(call: ast.Call, names: Names) -> bool:
    """Whether a call may make the files that it names."""
    name = names.of(call.func)
    if name.rpartition(".")[2] == "open":
        given = [*call.args, *(word.value for word in call.keywords)]
        return any(isinstance(a, ast.Constant) and WRITES.match(str(a.value)) for a in given)
    return bool(MAKES.search(name) or RUNNERS.match(name))


def of(call: ast.Call, names: Names) -> list[str]:
    """The paths, written down as a whole, that a call asks for, lists or makes."""
    if isinstance(call.func, ast.Attribute) and not MODULES.match(names.of(call.func)):
        subject: ast.expr | None = call.func.value
    else:
        subject = call.args[0] if call.args else None
    if subject is None:
        return []
    parts = [*islice(parts_of([subject], names), MOST_PARTS)]
    if len(parts) == MOST_PARTS or any(isinstance(part, ast.JoinedStr) for part in parts):
        return []
    text = subject.value if isinstance(subject, ast.Constant) else ""
    if isinstance(text, str) and WILD.search(text):
        return [WILD.sub("", text)] if text.startswith("/") else []
    return [place.rstrip("/") for place in paths_of(subject, names)]


def parts_of(nodes: Iterable[ast.AST], names: Names) -> Iterator[ast.AST]:
    """The parts of expressions, and those of the values that they name, each of these once."""
    pending, seen = [*nodes], set[str]()
    while pending:
        for part in ast.walk(pending.pop()):
            yield part
            if isinstance(part, ast.Name) and part.id in names.values and part.id not in seen:
                seen.add(part.id)
                pending.append(names.values[part.id])


def empty_folders(
    test: Test, names: Names, functions: Mapping[str, Shown], told: Told
) -> Iterator[str]:
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
    if not asserts or all(map(forbids, asserts)):
        return
    if not all(id(node) in inside and may_hold(node) for node in asserts):
        return
    listing = [*parts_of([loop.iter for loop in loops], names)]
    used = {id(part) for part in listing} | inside
    own = {part.id for part in listing if isinstance(part, ast.Name)} & names.values.keys()
    for folder in {folder: 0 for loop in loops for folder in listed[id(loop)]}:
        told.left -= 1
        if told.left >= 0 and not told.has(folder) and not told.speaks_of(folder, used, own):
            yield folder


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


def forbids(node: ast.AST) -> bool:
    """Whether an assertion only says how something must not be, as where there may be no file."""
    if isinstance(node, ast.Call):
        return FORBIDS.search(ast.unparse(node.func)) is not None
    test = node.test if isinstance(node, ast.Assert) else None
    if isinstance(test, ast.Compare):
        return all(isinstance(how, ast.NotEq | ast.NotIn) for how in test.ops)
    return isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)

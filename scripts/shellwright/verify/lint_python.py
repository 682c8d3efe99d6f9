"""Lint of the tests' Python, by its syntax tree alone: nothing is imported or run."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from shellwright.verify.findings import Finding

SKIPS = {
    "pytest.skip",
    "pytest.xfail",
    "pytest.importorskip",
    "pytest.mark.skip",
    "pytest.mark.skipif",
    "pytest.mark.xfail",
    "unittest.skip",
    "unittest.skipIf",
    "unittest.skipUnless",
    "unittest.SkipTest",
}
CLOCKS = {
    "time.time",
    "time.time_ns",
    "time.localtime",
    "time.gmtime",
    "time.ctime",
    "time.strftime",
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.datetime.today",
    "datetime.date.today",
}
# Functions that read the clock only when they are called without a time.
CLOCK_DEFAULTS = {"time.localtime": 1, "time.gmtime": 1, "time.ctime": 1, "time.strftime": 2}
RANDOM = re.compile(r"(random\.(?!Random$|seed$)\w+|secrets\.\w+|uuid\.uuid[14]|os\.urandom)")
NETWORK = {"requests", "httpx", "aiohttp", "urllib3", "ftplib", "smtplib", "telnetlib"}
NETWORK_CALLS = {"urllib.request.urlopen", "urllib.request.urlretrieve"}
NETWORK_CALLS |= {"http.client.HTTPConnection", "http.client.HTTPSConnection"}
NETWORK_CALLS |= {"socket.create_connection", "socket.getaddrinfo", "socket.gethostbyname"}
LOOPBACK = re.compile(r"localhost|127\.0\.0\.1|::1|0\.0\.0\.0")
RUNNERS = re.compile(r"(subprocess\.\w+|os\.(system|popen|exec\w*|spawn\w*)|.*command_prints)$")
FETCHES = re.compile(
    r"\b(curl|wget)\b(?!.*(localhost|127\.0\.0\.1))|\b(pip3?|uv|npm|gem|cargo|apt|apt-get)\s+"
    r"(\w+\s+)?install\b|\bgit\s+clone\s+(https?|ssh|git)[:@]"
)
EXISTENCE = re.compile(r"(^|\.)(exists|lexists|isfile|isdir|is_file|is_dir|present)$")


@dataclass(frozen=True)
class Test:
    """A test function: its syntax tree, and whether it is marked as a guard."""

    node: ast.FunctionDef | ast.AsyncFunctionDef
    guard: bool


def lint_python(path: str, text: str) -> tuple[list[Finding], int]:
    """Findings in one file of tests, and the number of tests in it."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None) or 1
        remedy = "Correct the syntax; a file that cannot be collected grades nothing."
        return [Finding("test-syntax", path, line, f"not valid Python: {error}", remedy)], 0
    names = Names(tree)
    tests = list(tests_in(tree))
    findings = [*calls(path, tree, names), *imports(path, tree, text)]
    functions = {n.name: n for n in tree.body if isinstance(n, ast.FunctionDef)}
    if not path.endswith("test_initial_state.py"):
        for test in tests:
            findings += assertions(path, test, names, functions)
    return findings, len(tests)


class Names:
    """What the names of a module stand for, as dotted paths."""

    def __init__(self, tree: ast.Module) -> None:
        self.known: dict[str, str] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    name = alias.asname or alias.name.split(".")[0]
                    self.known[name] = alias.name if alias.asname else name
            elif isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    self.known[alias.asname or alias.name] = f"{node.module}.{alias.name}"

    def of(self, node: ast.expr) -> str:
        """The dotted name of an expression, "" for one that has none."""
        if isinstance(node, ast.Name):
            return self.known.get(node.id, node.id)
        if isinstance(node, ast.Attribute):
            base = self.of(node.value)
            return f"{base}.{node.attr}" if base else f"?.{node.attr}"
        return self.of(node.func) + "()" if isinstance(node, ast.Call) else ""


def tests_in(tree: ast.Module) -> Iterator[Test]:
    """The tests that pytest would collect: test functions, and those of Test classes."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if node.name.startswith("test"):
                yield Test(node, is_guard(node))
        elif isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef) and inner.name.startswith("test"):
                    yield Test(inner, is_guard(inner))


def is_guard(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a test carries the harness's guard mark."""
    return any(ast.unparse(d).split(".")[-1] == "guard" for d in node.decorator_list)


def calls(path: str, tree: ast.Module, names: Names) -> Iterator[Finding]:
    """Findings about what is called or named: skips, clocks, chance and network."""
    loopback = LOOPBACK.search(ast.unparse(tree)) is not None
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name) and names.of(node) in SKIPS:
            yield Finding(
                *("skip-counts-as-pass", path, node.lineno, f"uses {names.of(node)}"),
                "Let the test fail instead: a skipped check has shown nothing.",
            )
        if not isinstance(node, ast.Call):
            continue
        name = names.of(node.func)
        given = len(node.args) + len(node.keywords)
        if name in CLOCKS and given < CLOCK_DEFAULTS.get(name, 99):
            yield Finding(
                *("wall-clock", path, node.lineno, f"reads the clock through {name}"),
                "Compare with fixed times; tests must give the same result on any day.",
            )
        elif RANDOM.fullmatch(name):
            yield Finding(
                *("chance", path, node.lineno, f"draws at random through {name}"),
                "Use fixed values, or random.Random with a constant seed.",
            )
        elif name in NETWORK_CALLS and not loopback:
            yield network(path, node.lineno, f"opens a connection through {name}")
        elif RUNNERS.match(name) and (command := fetching(node)):
            yield network(path, node.lineno, f"runs {command!r}")


def fetching(call: ast.Call) -> str:
    """The command in a call's arguments that fetches something from the network, or ""."""
    for argument in [*call.args, *(keyword.value for keyword in call.keywords)]:
        words = [n.value for n in ast.walk(argument) if isinstance(n, ast.Constant)]
        line = " ".join(word for word in words if isinstance(word, str))
        if found := FETCHES.search(line):
            return found[0]
    return ""


def imports(path: str, tree: ast.Module, text: str) -> Iterator[Finding]:
    """Findings about imported network libraries; one that only talks to loopback is no finding."""
    if LOOPBACK.search(text):
        return
    for node in ast.walk(tree):
        modules: list[str] = []
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules = [node.module]
        for module in modules:
            if module.split(".")[0] in NETWORK:
                yield network(path, getattr(node, "lineno", 1), f"imports {module}")


def network(path: str, line: int, message: str) -> Finding:
    """A finding about use of the network."""
    remedy = "Grade without the network: put what is needed into tests/ or the image."
    return Finding("network-in-tests", path, line, message, remedy)


def assertions(
    path: str, test: Test, names: Names, functions: Mapping[str, ast.FunctionDef]
) -> Iterator[Finding]:
    """Findings about a test that asserts nothing, or nothing but existence."""
    nodes = reachable(test.node, functions)
    kinds = {kind for node in nodes for kind in asserted(node, names)}
    name, line = test.node.name, test.node.lineno
    if not kinds:
        remedy = "Assert what must hold, or remove the test."
        yield Finding("asserts-nothing", path, line, f"{name} asserts nothing", remedy)
    elif kinds == {"existence"} and not test.guard:
        yield Finding(
            *("existence-only", path, line, f"{name} only asserts that something exists"),
            "Assert its content; an empty file exists too.",
        )


def reachable(test: ast.AST, functions: Mapping[str, ast.FunctionDef]) -> Iterator[ast.AST]:
    """The nodes of a test and of the module's own functions that it calls, directly or not."""
    seen: set[str] = set()
    pending = [test]
    while pending:
        for node in ast.walk(pending.pop()):
            yield node
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                name = node.func.id
                if name in functions and name not in seen:
                    seen.add(name)
                    pending.append(functions[name])


def asserted(node: ast.AST, names: Names) -> Iterator[str]:
    """What a node asserts: "existence", "content", or nothing."""
    if isinstance(node, ast.Assert):
        if isinstance(node.test, ast.Constant):
            return
        yield "existence" if existence(node.test, names) else "content"
    elif isinstance(node, ast.Raise):
        yield "content"
    elif isinstance(node, ast.Call):
        name = names.of(node.func)
        if name in ("pytest.fail", "pytest.raises") or ".assert" in name:
            yield "content"
        elif name.startswith("checks."):
            yield "existence" if EXISTENCE.search(name) else "content"


def existence(test: ast.expr, names: Names) -> bool:
    """Whether an asserted expression only asks whether something exists."""
    if isinstance(test, ast.BoolOp):
        return all(existence(value, names) for value in test.values)
    return isinstance(test, ast.Call) and EXISTENCE.search(names.of(test.func)) is not None

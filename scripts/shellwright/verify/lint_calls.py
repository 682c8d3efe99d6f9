"""Lint of what the tests' Python calls: skips, the clock, chance and the network."""

import ast
import re
from collections.abc import Iterator

from shellwright.verify.findings import Finding
from shellwright.verify.lint_commands import (
    CLOCK_FILES,
    ELSEWHERE,
    HERE,
    NOW,
    ORACLE,
    SQL_NOW,
    clock,
    moment,
    network,
)
from shellwright.verify.lint_harmless import (
    for_waiting,
    names_a_file,
    other_systems,
    parents_of,
    seeded,
)
from shellwright.verify.lint_names import Names, code_texts

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
    "unittest.case.SkipTest",
    "unittest.expectedFailure",
    "unittest.case.expectedFailure",
}
CLOCKS = {
    "time.time",
    "time.time_ns",
    "time.clock_gettime",
    "time.clock_gettime_ns",
    "time.localtime",
    "time.gmtime",
    "time.ctime",
    "time.asctime",
    "time.strftime",
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.datetime.today",
    "datetime.date.today",
    "email.utils.formatdate",
    "email.utils.localtime",
    "pandas.Timestamp.now",
    "pandas.Timestamp.today",
}
CHECKS = {"checks.check", "checks.marks.check", "pytest.mark.check"}
WEIGHTS = (0.1, 100.0)  # the least and the most of a check
# Functions that read the clock only when they are called without a time.
CLOCK_DEFAULTS = {
    "time.localtime": 1,
    "time.gmtime": 1,
    "time.ctime": 1,
    "time.asctime": 1,
    "time.strftime": 2,
    "email.utils.formatdate": 1,
    "email.utils.localtime": 1,
}
#: Times that are given as a text, which may say that it is this moment.
CLOCK_WORDS = {"numpy.datetime64", "pandas.Timestamp", "pandas.to_datetime"}
# Clocks that begin anew with each start of the machine are for waiting.
WAITING = re.compile(r"\.CLOCK_(MONOTONIC|BOOTTIME|PROCESS|THREAD)")
TODAY = re.compile(r".+\.(today|utcnow)")
TIMES = re.compile(r"(os\.l?stat|os\.path\.get[acm]time|.*\.l?stat)$")
# Hashes of texts and numbers of processes are others each time, too.
RANDOM = re.compile(
    r"(random\.(?!Random$|seed$)\w+|secrets\.\w+|uuid\.uuid[14]|os\.(urandom|getp?pid|getpgrp)|hash)"
)
#: Of these, what a seed decides.
DRAWS = re.compile(r"random\.(?!SystemRandom)\w+")
NETWORK = {"requests", "httpx", "aiohttp", "urllib3", "ftplib", "smtplib", "telnetlib"}
NETWORK |= {"imaplib", "poplib", "nntplib", "xmlrpc", "pycurl", "websockets", "paramiko"}
CONNECTS = {"urllib.request.urlopen", "urllib.request.urlretrieve"}
CONNECTS |= {"http.client.HTTPConnection", "http.client.HTTPSConnection"}
CONNECTS |= {"socket.create_connection", "socket.getaddrinfo", "socket.gethostbyname"}
CONNECTS |= {"asyncio.open_connection"}
SOCKET = re.compile(r".*\.(connect|connect_ex|sendto)$")
METHOD = re.compile(
    r".*\.(post|put|patch|delete|head|request|urlopen|open|Request|read_\w+)$|"
    r".*(client|session).*\.get$"
)
ASKED = re.compile(r".*\.(get|post|put|patch|delete|head|request|route)$")
URL = re.compile(r"(https?|ftp)://([^/\s]*)")
RUNNERS = re.compile(r"(subprocess\.\w+|os\.(system|popen|exec\w*|spawn\w*)|.*command_prints)$")
QUERIES = re.compile(r".*\.execute(script|many)?$|.*sqlite_rows$")
ADDRESS_WORDS = ("url", "host", "address", "hostname")
COMMAND_WORDS = ("args", "argv", "cmd", "command", "input", "query", "sql")


def lint_calls(path: str, tree: ast.Module, names: Names) -> Iterator[Finding]:
    """Findings about what is called or named in a file of tests."""
    texts = list(code_texts(tree))
    # Where an address is not written down at the call: what the file itself speaks of.
    here = any(HERE.search(text) for text in texts)
    local = here and not any(map(foreign, texts))
    runners = own_runners(tree, names)
    parents = parents_of(tree)
    harmless = other_systems(tree, names) | seeded(tree, names, DRAWS)
    harmless |= for_waiting(tree, parents, names)
    for node in ast.walk(tree):
        if id(node) in harmless:
            continue
        if isinstance(node, ast.Attribute | ast.Name) and skips(node, names):
            yield Finding(
                *("skip-counts-as-pass", path, node.lineno, f"uses {ast.unparse(node)[:60]}"),
                "Let the test fail instead: a skipped check has shown nothing.",
            )
        elif isinstance(node, ast.Import | ast.ImportFrom) and not here:
            for module in modules(node):
                if module.partition(".")[0] in NETWORK:
                    yield asks_network(path, node.lineno, f"imports {module}")
        if not isinstance(node, ast.Call):
            continue
        name = names.of(node.func)
        if name in CHECKS and not weighed(node):
            remedy = f"Write a number from {WEIGHTS[0]:g} to {WEIGHTS[1]:g}."
            message = f"a check of the weight {ast.unparse(node)[:60]}"
            yield Finding("weightless-check", path, node.lineno, message, remedy)
        if read := clock_of(node, name, names):
            yield reads_clock(path, node.lineno, f"reads the clock through {read}")
        elif RANDOM.fullmatch(name) and not names_a_file(node, name, parents, names):
            yield Finding(
                *("chance", path, node.lineno, f"draws at random through {name}"),
                "Use fixed values, or random.Random with a constant seed.",
            )
        elif address := address_of(node, name, names):
            if foreign(address) or not (HERE.search(address) or (local and "?" in address)):
                yield asks_network(path, node.lineno, f"opens a connection through {name}")
        elif QUERIES.match(name):
            query = command_of(node, names, first_only=False)
            if asked := moment(NOW, query) or moment(SQL_NOW, query):
                yield reads_clock(path, node.lineno, f"reads the clock through {asked!r}")
        elif RUNNERS.match(name) or name in runners:
            command = command_of(node, names, first_only=name in runners)
            if found := network(command):
                yield asks_network(path, node.lineno, f"runs {found!r}")
            if found := clock(command):
                yield reads_clock(path, node.lineno, f"reads the clock through {found!r}")
    yield from lint_oracle_use(path, tree, names)


def skips(node: ast.Attribute | ast.Name, names: Names) -> bool:
    """Whether a name is one by which a test is skipped."""
    own = isinstance(node, ast.Attribute) and node.attr == "skipTest"  # of unittest's cases
    return own or names.of(node) in SKIPS


def weighed(call: ast.Call) -> bool:
    """Whether the weight of a check is written down, and one that a reward shows.

    A reward is rounded to a millionth, so a check that hardly counts could fail unseen.
    """
    values = [*call.args, *(word.value for word in call.keywords)]
    return all(
        isinstance(value, ast.Constant)
        and isinstance(value.value, int | float)
        and WEIGHTS[0] <= value.value <= WEIGHTS[1]
        for value in values
    )


def lint_oracle_use(path: str, tree: ast.Module, names: Names) -> Iterator[Finding]:
    """Findings about texts that name the folder of the oracle.

    The end of a longer text, and what a client asks a server for, are no paths of files.
    """
    other: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):  # a docstring
            other.add(id(node.value))
        elif isinstance(node, ast.JoinedStr):
            other.update(map(id, node.values[1:]))
        elif isinstance(node, ast.BinOp):
            other.add(id(node.right))
        elif isinstance(node, ast.Call) and ASKED.match(names.of(node.func)):
            other.update(map(id, node.args))
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or id(node) in other:
            continue
        if isinstance(node.value, str) and ORACLE.search(node.value):
            yield uses_oracle(path, node.lineno)


def uses_oracle(path: str, line: int) -> Finding:
    """A finding about tests that look where the oracle lies."""
    remedy = "Test what was done; no agent's container has the oracle."
    return Finding("oracle-in-tests", path, line, "looks into /solution", remedy)


def modules(node: ast.Import | ast.ImportFrom) -> list[str]:
    """The modules that a statement imports."""
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return [alias.name for alias in node.names]


def own_runners(tree: ast.Module, names: Names) -> set[str]:
    """The file's own functions that run commands: what they are given first is taken for one."""
    return {
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("test")
        for inner in ast.walk(node)
        if isinstance(inner, ast.Call) and RUNNERS.match(names.of(inner.func))
    }


def clock_of(call: ast.Call, name: str, names: Names) -> str:
    """What in a call reads the clock, or ""."""
    given = len(call.args) + len(call.keywords)
    if name in CLOCKS and given < CLOCK_DEFAULTS.get(name, 99):
        waits = any(WAITING.search(names.of(argument)) for argument in call.args)
        return "" if waits else name
    if TODAY.fullmatch(name) and not given:  # of some date, which is as good as of the class
        return name
    if name in CLOCK_WORDS and call.args and names.text(call.args[0]) in ("now", "today"):
        return name
    if TIMES.match(name):
        held = (node.value for node in ast.walk(call) if isinstance(node, ast.Constant))
        named = (text for text in held if isinstance(text, str) and CLOCK_FILES.match(text))
        return next(named, "")  # made this moment, whenever the tests run
    return ""


def address_of(call: ast.Call, name: str, names: Names) -> str:
    """The address that a call connects to, "?" for an unknown one; "" for other calls."""
    first = call.args[0] if call.args else None
    if name in CONNECTS:
        given = [
            *call.args[:1],
            *(word.value for word in call.keywords if word.arg in ADDRESS_WORDS),
        ]
        return " ".join(names.text(value) for value in given) or "?"
    if SOCKET.match(name) and call.args:
        place = call.args[-1]
        # A database, or a socket that is a file, is not given host and port.
        return names.text(place) if isinstance(place, ast.Tuple) else ""
    library = name.partition(".")[0] in NETWORK
    if first is None or not (library or METHOD.match(name)):
        return ""
    text = names.text(first)
    return text if URL.match(text) and (library or foreign(text)) else ""


def foreign(text: str) -> bool:
    """Whether a text is the address of another machine: all of it, or a URL's beginning."""
    if url := URL.match(text):
        return not HERE.search(url[2]) and not re.search(r"[?{%$<]|^$", url[2])
    first = text.partition(" ")[0]
    return ELSEWHERE.fullmatch(first.partition(":")[0]) is not None and not HERE.match(first)


def command_of(call: ast.Call, names: Names, *, first_only: bool) -> str:
    """What a call runs, as far as it is written down."""
    values = list(call.args[:1] if first_only else call.args)
    values += [word.value for word in call.keywords if word.arg in COMMAND_WORDS]
    return " ".join(names.text(value).strip() for value in values)


def reads_clock(path: str, line: int, message: str) -> Finding:
    """A finding about use of the clock."""
    remedy = "Compare with fixed times; tests must give the same result on any day."
    return Finding("wall-clock", path, line, message, remedy)


def asks_network(path: str, line: int, message: str) -> Finding:
    """A finding about use of the network."""
    remedy = "Grade without the network: put what is needed into tests/ or the image."
    return Finding("network-in-tests", path, line, message, remedy)

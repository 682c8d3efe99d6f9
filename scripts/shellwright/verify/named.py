"""What the tests of a bundle name: where the isolation gate plants, besides the usual places.

Tests run as root. A program, module or settings file that they take from a folder in which the
agent can write is the agent's, whether it is the task's deliverable or not. Which those folders are
only the tests' own text says: nothing is run here.
"""

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import PurePosixPath
from posixpath import join, normpath

from shellwright.sandbox.limits import PATH as ROOTS_PATH
from shellwright.sandbox.limits import WORLD
from shellwright.syntax import parse
from shellwright.verify.case import Case
from shellwright.verify.lint_calls import RUNNERS, command_of, modules
from shellwright.verify.lint_commands import simple_commands
from shellwright.verify.lint_lines import MOST_LINE, code_lines, expanded
from shellwright.verify.lint_names import Names, code_texts

#: Variables by which programs that grade do something else; two of Python's only change how.
GRADING = re.compile(
    r"PATH|(?:PYTEST|LD)_\w+|PYTHON(?!UNBUFFERED$|DONTWRITEBYTECODE$)[A-Z0-9]*|"
    r"BASH_ENV|ENV|SHELLOPTS|BASHOPTS|IFS"
)
MOST = 64  # of folders, files, programs and modules, each
MOST_PATH = 200
MOST_BASES = 6  # folders that a script goes to
MOST_WORDS = 40  # of one command
DEFAULT_FOLDER = "/app"
EXPECTED = "tests/expected/"  # data
PATH = re.compile(r"(?<![\w.$}~/-])/(?:[\w.@+-]{1,100}/){0,12}[\w.@+-]{0,100}")
RELATIVE = re.compile(r"(?:\.\.?/)?[\w@+.-]{1,100}(?:/[\w.@+-]{1,100}){0,8}/?")
#: What says of a path that it is a folder, and that programs, modules or settings are sought there.
GOES_TO = re.compile(r"(?:^|[\s;&|({])(?:cd|pushd|-C|--chdir|--directory)[\s=]+([^\s;&|)]+)")
LOOKS_IN = re.compile(r"\b(?:\w{0,20}PATH|PERL5LIB|RUBYLIB)[^\w/.]{1,12}([^\n;]+)")
IN_PYTHON = re.compile(r"sys\.path|chdir|\bcwd\b|PATH\b|rootdir|syspath|addsitedir")
LIBRARIES = re.compile(r"\bLD_(?:LIBRARY_PATH|PRELOAD|AUDIT)[^\w/.]{1,12}([^\n;]+)")
LOADS = re.compile(r"(?:.*\.)?(?:CDLL|PyDLL|LoadLibrary)$")
#: What says that it is a file, whatever its name: that it is run, read as a script, or asked for.
RUNS = re.compile(
    r"(?:source|\.|(?:ba|da|z)?sh|python[\d.]*|perl|ruby|node|awk|make|exec|php|lua)$"
)
ASKED = re.compile(r"(?:^|\s)-[efrsxL]\s+[\"']?([^\s\"'\]]+)")
ENV = re.compile(r"\s*ENV\s+(\w+)(\s)?(.*)", re.IGNORECASE)
PAIR = re.compile(r"(\w+)=(\"[^\"]*\"|'[^']*'|\S*)")
WORD = re.compile(r"[a-z_][\w.+-]{0,40}$")
BUILT_IN = """
    case cd do done elif else esac eval exec exit export false fi for function if in local read
    readonly return set shift source then trap true until unset while
"""
#: What holds nothing of an agent's, or what the box itself compares where root is the agent.
SYSTEM = (
    *("/tests", "/logs", "/solution", "/proc", "/sys", "/dev", "/run", "/usr", "/bin", "/sbin"),
    *("/lib", "/lib32", "/lib64", "/libx32", "/etc", "/boot", "/var/lib", "/var/cache", "/var/log"),
)


@dataclass
class Named:
    """Where somebody could put what the tests would run.

    folders and files: paths that the agent can write; programs: names of commands that are looked
    for; modules: what Python imports; libraries: files, and folders in which the loader looks.
    elsewhere: where programs and files are looked for, and a box lets only root write.
    environment: what the task's Dockerfile sets of the variables that change how programs grade;
    under Harbor tests see it.
    """

    folders: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    programs: list[str] = field(default_factory=list)
    modules: list[str] = field(default_factory=list)
    libraries: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)


def named(case: Case) -> Named:
    """What the tests of a case name, each once, in the order in which it is met first.

    Of a file that cannot be parsed only the paths in it: lint has refused it before.
    """
    reader = Reader(case.folder or DEFAULT_FOLDER)
    for path, content in case.own_tests.items():
        if b"\0" in content:
            continue
        if path.endswith(".py"):
            reader.python(case.text(path))
        elif path.endswith(".sh") or not path.startswith(EXPECTED):
            reader.script(case.text(path), commands=path.endswith(".sh"))
    variables = set_by(case.text("environment/Dockerfile"))
    reader.script("\n".join(f"{name}={value}" for name, value in variables.items()))
    return replace(reader.found(case.user), environment=variables)


def set_by(dockerfile: str) -> dict[str, str]:
    """What a Dockerfile sets of the variables that change how programs grade."""
    found = {"PATH": ROOTS_PATH}
    for line in dockerfile.replace("\\\n", " ").split("\n"):
        if not (match := ENV.match(line[:MOST_LINE])):
            continue
        # A name, a space and its value, or any number of name=value.
        pairs = [(match[1], match[3])] if match[2] else PAIR.findall(match[1] + match[3])
        for name, value in pairs[:MOST]:
            plain = value.strip("\"'").replace("${PATH}", "$PATH").replace("$PATH", found["PATH"])
            if GRADING.fullmatch(name):
                found[name] = plain[:MOST_LINE]
    return {name: value for name, value in found.items() if (name, value) != ("PATH", ROOTS_PATH)}


class Reader:
    """Reads the tests' files one after the other. base: the folder in which they start."""

    def __init__(self, base: str) -> None:
        self._bases = [base]
        self._folders = [base]
        self._perhaps: list[str] = []  # folders, or files that are named on the same line
        self._files: list[str] = []
        self._sure: list[str] = []
        self._programs: list[str] = []
        self._modules: list[str] = []
        self._libraries: list[str] = []

    def script(self, text: str, *, commands: bool = True) -> None:
        """Note what a script, or another text, names. commands: whether its words are programs."""
        for _, whole in expanded(list(code_lines(text))):
            line = whole[:MOST_LINE]
            for folder in GOES_TO.findall(line):
                self._go(join(self._bases[0], folder.strip("'\"")))
            for value in LOOKS_IN.findall(line):
                self._folders += self._places(value)
            for value in LIBRARIES.findall(line):
                self._libraries += self._places(value)
            self._files += PATH.findall(line)
            self._sure += [path for word in ASKED.findall(line) for path in self._at(word)]
            for command in simple_commands(line) if commands else ():
                self._command(command)

    def _go(self, folder: str) -> None:
        if folder not in self._bases and len(self._bases) < MOST_BASES:
            self._bases.append(folder)
        self._folders.append(folder)

    def _at(self, word: str) -> list[str]:
        """The paths that a word may be, in each of the folders that the script goes to."""
        word = word.strip("'\"()[]{}, ")
        if word.startswith("/"):
            return [word]
        return [join(base, word) for base in self._bases] if RELATIVE.fullmatch(word) else []

    def _places(self, value: str) -> list[str]:
        """The folders of a list such as that of PATH."""
        parts = re.split(r"[:\s,+]+", value)[:MOST_WORDS]
        return [path for part in parts for path in self._at(part)]

    def _command(self, command: str) -> None:
        name, *words = command.split()[:MOST_WORDS]
        if WORD.match(name) and name not in BUILT_IN.split():
            self._programs.append(name)
        elif "/" in name:
            self._sure += self._at(name)
        if RUNS.match(name.rpartition("/")[2]):
            before = [name, *words]
            given = [w for w, b in zip(words, before, strict=False) if w[0] != "-" and b != "-m"]
            self._sure += [path for word in given for path in self._at(word)]

    def python(self, text: str) -> None:
        """Note what a file of Python names."""
        try:
            tree = parse(text)
        except SyntaxError:
            self._files += PATH.findall(text)
            return
        names = Names(tree)
        lines = text.split("\n")
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                self._modules += [module.partition(".")[0] for module in modules(node)]
            elif isinstance(node, ast.Call):
                self._call(node, names)
            if isinstance(node, ast.expr) and (paths := paths_of(node, names)):
                line = lines[node.lineno - 1][:MOST_LINE]
                if LIBRARIES.search(line):
                    self._libraries += paths
                (self._perhaps if IN_PYTHON.search(line) else self._files).extend(paths)
        for held in code_texts(tree):
            self._files += PATH.findall(held[:MOST_LINE])

    def _call(self, call: ast.Call, names: Names) -> None:
        name = names.of(call.func)
        if LOADS.match(name) and call.args:
            self._libraries += paths_of(call.args[0], names)
        elif RUNNERS.match(name):
            for word in call.keywords:
                if word.arg == "cwd":
                    for folder in paths_of(word.value, names):
                        self._go(folder)
            for value in call.args:
                for node in islice(ast.walk(value), MOST_WORDS):
                    if isinstance(node, ast.expr):
                        self._sure += paths_of(node, names)
            self.script(command_of(call, names, first_only=False))

    def found(self, user: str) -> Named:
        """What the user can write of all that, and not more of it than MOST of each kind."""
        looked_in = clean(self._folders, user)
        sure = [path for path in clean(self._sure, user) if path not in looked_in]
        libraries = [path for path in clean(self._libraries, user) if path not in sure]
        files = [path for path in clean(self._files, user) if path not in libraries]
        above = {str(parent) for path in (*sure, *files) for parent in PurePosixPath(path).parents}
        # A path without a suffix of which nothing is known is more often that of a folder.
        is_folder = {
            path for path in files if path in above or not PurePosixPath(path).suffix
        } - set(sure)
        chosen = unique([*sure, *(path for path in files if path not in is_folder)])
        parents = [str(PurePosixPath(path).parent) for path in chosen]
        folders = clean([*looked_in, *self._perhaps, *sorted(is_folder), *parents], user)
        elsewhere = [
            path
            for path in clean([*self._sure, *self._folders, *self._libraries], "root")
            if not writable(path, user)
        ]
        return Named(
            folders=[path for path in folders if path not in sure][:MOST],
            files=[path for path in chosen if path not in above][:MOST],
            programs=unique(self._programs)[:MOST],
            modules=unique(name for name in self._modules if name.isidentifier())[:MOST],
            libraries=libraries[:MOST],
            elsewhere=elsewhere[:MOST] if user == "agent" else [],
        )


def clean(paths: Iterable[str], user: str) -> list[str]:
    """The paths that a user can write, each once and in its plain form."""
    return unique(normpath(path) for path in paths if writable(path, user))


def paths_of(node: ast.expr, names: Names, deep: int = 8) -> list[str]:
    """The paths that an expression stands for: texts, what is put together by `/` or `join`."""
    if not deep:
        return []
    if isinstance(node, ast.Constant):
        text = node.value if isinstance(node.value, str) else ""
        return [text] if PATH.fullmatch(text) else PATH.findall(text) if ":" in text else []
    if isinstance(node, ast.Name) and node.id in names.values:
        return paths_of(names.values[node.id], names, deep - 1)
    if isinstance(node, ast.JoinedStr):
        parts = [
            part.value if isinstance(part, ast.FormattedValue) else part for part in node.values
        ]
        known = [(paths_of(part, names, deep - 1) or [names.text(part)])[0] for part in parts]
        return PATH.findall("".join(known).partition("?")[0])
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        left = paths_of(node.left, names, deep - 1)
        right = names.text(node.right)
        return [join(path, right) for path in left if "?" not in right]
    if isinstance(node, ast.Call):
        name = names.of(node.func)
        first = paths_of(node.args[0], names, deep - 1) if node.args else []
        if name.endswith("path.join") or name.rpartition(".")[2] in ("Path", "PurePosixPath"):
            rest = [names.text(value) for value in node.args[1:]]
            return [join(path, *rest) for path in first if not any("?" in text for text in rest)]
        return first if name in ("str", "os.fspath", "os.fsdecode") else []
    return []


def unique(items: Iterable[str]) -> list[str]:
    """Each item once, in order."""
    return list(dict.fromkeys(items))


def writable(path: str, user: str) -> bool:
    """Whether the task's user may write at a path, as far as the path alone tells."""
    path = normpath(path)
    if not path.startswith("/") or path == "/" or len(path) > MOST_PATH:
        return False
    if user == "root":
        return not lies_in(path, SYSTEM)
    return lies_in(path, (place[0] for place in WORLD))


def lies_in(path: str, places: Iterable[str]) -> bool:
    """Whether a path is one of the places, or below one."""
    return any(path == place or path.startswith(place.rstrip("/") + "/") for place in places)

"""Lint of what a task gives away, and of what it speaks of and does not give."""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from shellwright.sandbox.limits import WORLD
from shellwright.syntax import parse
from shellwright.verify.case import Case
from shellwright.verify.findings import Finding
from shellwright.verify.lint_limits import in_container, members
from shellwright.verify.lint_shell import IDLE, code_lines, without_documents

VERIFIER_FOLDERS = ("tests", "solution", "logs")
# Shorter contents and commands coincide by chance, or are what the instruction must state.
LEAKED_BYTES = 24
LEAKED_TEXT = 80
LEAKED_LINES = 3
LEAKED_COMMAND = 30
LEAKED_SHARE = 0.8
LINE = 12  # characters of a line of the solution that is no mere word
MOST_LEAK = 1 << 20
MOST_OWN = 200
# Of a Python file, what others have as well.
FRAME = re.compile(r"import\b|from\b|def\b|class\b|with\b|@|#|\"{3}")
MOST_NAMED = 100
#: The harness's checks that compare a whole file with an expected one.
WHOLE = ("text_equals", "lines_equal", "bytes_equal", "csv_equals", "json_equals", "jsonl_equals")
ROOTS = "|".join(path for path, *_ in WORLD if "tmp" not in path)
# A file's path, and nothing that stands for several: no pattern, no placeholder.
INPUT = re.compile(
    rf"(?<![\w/.~$}}*>-])(?:{ROOTS})/(?:[\w.+-]+/)*[\w+-][\w.+-]*\.\w+(?![\w*/<{{\[(%$?])"
)


def lint_fixture(case: Case, path: str) -> Iterator[Finding]:
    """Findings about the task's input files: escapes, answers and the solution among them."""
    solution = case.text("solution/solve.sh")
    own, tests = own_lines(solution), lines_of_tests(case)
    answers = {
        content: name
        for name, (_, content) in case.below("tests/expected").items()
        if len(content) >= LEAKED_BYTES
    }
    sizes = {len(content) for content in answers}
    for member, archive in members(case.fixture):
        name = in_container(member.name)
        parts = name.split("/")
        if ".." in parts or member.name.startswith("/"):
            remedy = "Use paths relative to the container's root."
            yield Finding("path-escapes", path, 1, f"member {name!r} leaves the root", remedy)
        elif of_verifier(name):
            remedy = "Keep tests, solution and logs out of the environment."
            yield Finding("verifier-in-image", path, 1, f"holds {name}", remedy)
        if not member.isreg() or not (member.size in sizes or member.size <= MOST_LEAK):
            continue
        file = archive.extractfile(member)
        content = file.read() if file else b""
        # Where the oracle reads the file, finding it is the task; where not, it is a leak.
        if content in answers and not mentions(solution, name):
            message = f"{name} already is the expected content {answers[content]}"
            yield Finding("answer-in-image", path, 1, message, "Take the file out of the fixture.")
        if gives_most(content, own):
            yield solution_given(path, name)
        if gives_most(content, tests):
            yield tests_given(path, name)


def of_verifier(path: str) -> bool:
    """Whether an absolute path is, or lies in, a folder of the verifier."""
    return in_container(path).split("/")[1] in VERIFIER_FOLDERS


def delivered_in_fixture(case: Case, outputs: Mapping[str, bytes]) -> str:
    """The input file that already is what a solution has delivered (by path), or "".

    Where a bundle's tests have the answers in their code, this is known when it has run. As above,
    a file that the oracle reads is no leak.
    """
    answers = {text: path for path, text in outputs.items() if len(text) >= LEAKED_BYTES}
    solution = case.text("solution/solve.sh")
    for member, archive in members(case.fixture):
        name = in_container(member.name)
        file = archive.extractfile(member) if member.isreg() and member.size <= MOST_LEAK else None
        path = answers.get(file.read()) if file else None
        if path and path != name and not mentions(solution, name):
            return f"{name} already is what the oracle makes of {path}"
    return ""


def lint_context(case: Case, folder: str) -> Iterator[Finding]:
    """Findings about the solution, and the tests, in the files that the image is built from."""
    own, tests = own_lines(case.text("solution/solve.sh")), lines_of_tests(case)
    for path, (_, content) in case.below(folder).items():
        if not path.endswith("fixture.tar") and gives_most(content, own):
            yield solution_given(path, path)
        if not path.endswith("fixture.tar") and gives_most(content, tests):
            yield tests_given(path, path)


def solution_given(path: str, name: str) -> Finding:
    """A finding about a file that has the solution."""
    message, remedy = f"{name} has the solution's commands", "Take them out of the environment."
    return Finding("solution-in-image", path, 1, message, remedy)


def tests_given(path: str, name: str) -> Finding:
    """A finding about a file that has the tests."""
    message, remedy = f"{name} has the tests", "Take them out: they come when the work is done."
    return Finding("tests-in-image", path, 1, message, remedy)


def lines_of_tests(case: Case) -> list[str]:
    """The lines that make the tests of the outcome these ones: no imports, names or comments."""
    text = case.text("tests/test_outputs.py")
    lines = dict.fromkeys(line.strip() for line in text.split("\n"))
    return [line for line in lines if len(line) >= LINE and not FRAME.match(line)][:MOST_OWN]


def own_lines(solution: str) -> list[str]:
    """The lines that make a solution this one: commands, but no here-documents and no set-up."""
    lines = dict.fromkeys(line.strip() for _, line in code_lines(without_documents(solution)))
    return [line for line in lines if len(line) >= LINE and not IDLE.match(line)][:MOST_OWN]


def gives_most(content: bytes, own: Sequence[str]) -> bool:
    """Whether a text has all or most of the lines of the solution, or of the tests."""
    if len(own) < 2 or len(content) > MOST_LEAK:
        return False
    held = {line.strip() for line in content.decode("utf-8", "replace").split("\n")}
    return sum(line in held for line in own) >= LEAKED_SHARE * len(own)


def mentions(solution: str, path: str) -> bool:
    """Whether a solution names a file, or a folder above it that is not a root of the world."""
    pure = PurePosixPath(path)
    names = [pure.name, pure.stem, *(parent.name for parent in list(pure.parents)[:-2])]
    words = (rf"(?<![\w-]){re.escape(name)}(?![\w-])" for name in names if name)
    return any(re.search(word, solution) for word in words)


def lint_instruction(case: Case, path: str) -> Iterator[Finding]:
    """Findings about answers in the instruction, and about files that it names and are nowhere."""
    text = squeezed(case.text(path))
    for command in case.commands:
        line = squeezed(command.split("\n")[0])
        if len(line) >= LEAKED_COMMAND and line.count(" ") >= 3 and line in text:
            message = f"states the command {line[:60]!r}"
            remedy = "State the outcome that is wanted, never the command."
            yield Finding("solution-in-instruction", path, 1, message, remedy)
    if gives_most(case.text(path).encode(), lines_of_tests(case)):
        message, remedy = "states the tests", "Say what is wanted, not how it is tested."
        yield Finding("tests-in-instruction", path, 1, message, remedy)
    whole = compared_whole(case)
    solution = case.text("solution/solve.sh")
    for expected, (_, content) in case.below("tests/expected").items():
        shown = content.decode("utf-8", "replace")
        answer = squeezed(shown)
        if len(answer) < LINE or answer not in text:
            continue
        told = len(answer) >= LEAKED_TEXT
        if not told and PurePosixPath(expected).name in whole:
            lines = [squeezed(line) for line in shown.split("\n") if line.strip()]
            # What the oracle has word for word was meant to be told; what it works out was not.
            told = len(lines) >= LEAKED_LINES and not all(line in solution for line in lines)
        if told:
            message, remedy = f"states all of {expected}", "Describe the content; do not give it."
            yield Finding("answer-in-instruction", path, 1, message, remedy)
    yield from missing_inputs(case, path)


def compared_whole(case: Case) -> dict[str, str]:
    """The expected files that a delivered file must equal as a whole, with that file's path."""
    try:
        tree = parse(case.text("tests/test_outputs.py"))
    except SyntaxError:
        return {}
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in WHOLE:
            given = {word.arg: word.value for word in node.keywords}
            path, expected = given.get("path"), given.get("expected")
            if isinstance(path, ast.Constant) and isinstance(expected, ast.Constant):
                found[str(expected.value)] = str(path.value)
    return found


def missing_inputs(case: Case, path: str) -> Iterator[Finding]:
    """Findings about files that the instruction names, and nothing else makes, reads or expects.

    Where the image runs commands to be built, they may have made them.
    """
    named = list(dict.fromkeys(INPUT.findall(case.text(path))))[:MOST_NAMED]
    if not named or re.search(r"^\s*RUN\b", case.text("environment/Dockerfile"), re.M | re.I):
        return
    given = {in_container(member.name) for member, _ in members(case.fixture)}
    texts = [case.text("solution/solve.sh"), *(case.text(code) for code in case.below("tests"))]
    files = " ".join(case.files)
    for name in named:
        last = PurePosixPath(name).name
        if name not in given and not any(last in text for text in [files, *texts]):
            message = f"names {name}, which nothing gives, makes or expects"
            remedy = "Add the file to the fixture, or correct its name."
            yield Finding("missing-input", path, 1, message, remedy)


def squeezed(text: str) -> str:
    """The text with runs of white space as one space."""
    return " ".join(text.split())

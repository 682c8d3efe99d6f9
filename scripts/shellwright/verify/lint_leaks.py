"""Lint of what a task gives away, and of what it speaks of and does not give."""

import re
from collections.abc import Iterator, Sequence, Set
from pathlib import PurePosixPath

from shellwright.sandbox.limits import WORLD
from shellwright.verify.case import Case
from shellwright.verify.checked import compared_whole
from shellwright.verify.compressed import Budget
from shellwright.verify.findings import Finding
from shellwright.verify.fixture import FIXTURE, in_container, members, of_verifier
from shellwright.verify.lint_answers import (
    LEAKED_LINES,
    LEAKED_TEXT,
    MOST_LEAK,
    expected,
    given,
    held,
    looks_for,
    squeezed,
)
from shellwright.verify.lint_lines import code_lines, without_documents
from shellwright.verify.lint_script import compares
from shellwright.verify.lint_shell import IDLE

# Shorter commands coincide by chance, or are what the instruction must state.
LEAKED_COMMAND = 30
LEAKED_SHARE = 0.8
LINE = 12  # characters of a line of the solution that is no mere word
MOST_OWN = 200
MOST_TESTS = 50  # files of tests
ASKS = re.compile(r"^[ \t]*(?:async[ \t]+)?def[ \t]+test|^assert\b", re.MULTILINE)
# Of a Python file, what others have as well.
FRAME = re.compile(r"import\b|from\b|def\b|class\b|with\b|@|#|\"{3}")
#: What stands before a command that somebody has typed: marks, or who is where.
PROMPT = re.compile(
    r"(?:[\w.-]{1,64}@[\w.-]{1,64}[: ][^\s$#>%]{0,200}\s?[$#>%]|[`$#>% \t]+|"
    r": \d{1,20}:\d{1,9};|\d{1,9}\s\s)[`$#>% \t]*"
)
MOST_NAMED = 100
ROOTS = "|".join(path for path, *_ in WORLD if "tmp" not in path)
# A file's path, and nothing that stands for several: no pattern, no placeholder.
INPUT = re.compile(
    rf"(?<![\w/.~$}}*>-])(?:{ROOTS})/(?:[\w.+-]+/)*[\w+-][\w.+-]*\.\w+(?![\w*/<{{\[(%$?])"
)


def lint_fixture(case: Case, path: str) -> Iterator[Finding]:
    """Findings about the task's input files: escapes, answers and the solution among them."""
    solution = case.text("solution/solve.sh")
    own, tests = own_lines(solution), lines_of_tests(case)
    answers = expected(case)
    budget = Budget()
    sizes = {len(content) + more for content in answers for more in (0, 1)}
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
        answer, whole = held(content, answers, budget)
        if answer and not looks_for(case, name):
            message = f"{name} already {'is' if whole else 'has'} the expected content {answer}"
            yield Finding("answer-in-image", path, 1, message, "Take the file out of the fixture.")
        yield from most_given(content, own, tests, path, name)


def lint_context(case: Case, folder: str) -> Iterator[Finding]:
    """Findings about answers, the solution and the tests in what the image is built from."""
    own, tests = own_lines(case.text("solution/solve.sh")), lines_of_tests(case)
    for path, (_, content) in case.below(folder).items():
        if path != FIXTURE:
            yield from most_given(content, own, tests, path, path)
    named = {content: f"the expected content {name}" for content, name in expected(case).items()}
    for path, message in given(case, named):
        yield Finding("answer-in-image", path, 1, message, "Take it out of the environment.")


def most_given(
    content: bytes, own: Sequence[str], tests: Sequence[Sequence[str]], path: str, name: str
) -> Iterator[Finding]:
    """Findings about a file that has the solution or tests."""
    if len(content) > MOST_LEAK or not (len(own) > 1 or tests):
        return
    lines = lines_in(content)
    if gives_most(lines, own):
        yield solution_given(path, name)
    if any(gives_most(lines, each) for each in tests):
        yield tests_given(path, name)


def solution_given(path: str, name: str) -> Finding:
    """A finding about a file that has the solution."""
    message, remedy = f"{name} has the solution's commands", "Take them out of the environment."
    return Finding("solution-in-image", path, 1, message, remedy)


def tests_given(path: str, name: str) -> Finding:
    """A finding about a file that has the tests."""
    message, remedy = f"{name} has the tests", "Take them out: they come when the work is done."
    return Finding("tests-in-image", path, 1, message, remedy)


def lines_of_tests(case: Case) -> list[list[str]]:
    """The lines that make each file of tests this one: no imports, names or comments."""
    found = []
    for path in case.own_tests:
        if path.endswith("test_initial_state.py"):
            continue
        text = case.text(path)
        if path.endswith(".py") and ASKS.search(text):
            lines = [line for line in text.split("\n") if not FRAME.match(line.strip())]
        elif path.endswith(".sh") and compares([text]):
            lines = [line for _, line in code_lines(text) if not IDLE.match(line.strip())]
        else:
            continue
        own = dict.fromkeys(map(str.strip, lines))
        found.append([line for line in own if len(line) >= LINE][:MOST_OWN])
    return [lines for lines in found if len(lines) > 1][:MOST_TESTS]


def own_lines(solution: str) -> list[str]:
    """The lines that make a solution this one: commands, but no here-documents and no set-up."""
    lines = dict.fromkeys(line.strip() for _, line in code_lines(without_documents(solution)))
    return [line for line in lines if len(line) >= LINE and not IDLE.match(line)][:MOST_OWN]


def lines_in(content: bytes) -> set[str]:
    """The lines of a text, without what stands around them; of commands with a prompt both ways."""
    lines = {line.strip() for line in content.decode("utf-8", "replace").split("\n")}
    return lines | {without_prompt(line) for line in lines}


def without_prompt(line: str) -> str:
    """A line without the prompt, or the mark of a text, that it begins with."""
    found = PROMPT.match(line)
    return line[found.end() if found else 0 :].strip("` \t")


def gives_most(lines: Set[str], own: Sequence[str]) -> bool:
    """Whether a text has all or most of the lines of the solution, or of tests."""
    if len(own) < 2:
        return False
    return sum(line in lines for line in own) >= LEAKED_SHARE * len(own)


def lint_instruction(case: Case, path: str) -> Iterator[Finding]:
    """Findings about answers in the instruction, and about files that it names and are nowhere."""
    text, solution = squeezed(case.text(path)), case.text("solution/solve.sh")
    for command in case.commands:
        line = squeezed(command.split("\n")[0])
        if len(line) >= LEAKED_COMMAND and line.count(" ") >= 3 and line in text:
            message = f"states the command {line[:60]!r}"
            remedy = "State the outcome that is wanted, never the command."
            yield Finding("solution-in-instruction", path, 1, message, remedy)
    lines = lines_in(case.text(path).encode())
    if gives_most(lines, own_lines(solution)):
        message, remedy = "states the solution", "State the outcome that is wanted."
        yield Finding("solution-in-instruction", path, 1, message, remedy)
    if any(gives_most(lines, each) for each in lines_of_tests(case)):
        message, remedy = "states the tests", "Say what is wanted, not how it is tested."
        yield Finding("tests-in-instruction", path, 1, message, remedy)
    whole = compared_whole(case.text("tests/test_outputs.py"))
    for answer_path, (_, content) in case.below("tests/expected").items():
        shown = content.decode("utf-8", "replace")
        answer = squeezed(shown)
        if len(answer) < LINE or answer not in text:
            continue
        gives = len(answer) >= LEAKED_TEXT
        if not gives and PurePosixPath(answer_path).name in whole:
            parts = [squeezed(line) for line in shown.split("\n") if line.strip()]
            # What the oracle has word for word was meant to be told; what it works out was not.
            gives = len(parts) >= LEAKED_LINES and not all(part in solution for part in parts)
        if gives:
            message, remedy = (
                f"states all of {answer_path}",
                "Describe the content; do not give it.",
            )
            yield Finding("answer-in-instruction", path, 1, message, remedy)
    yield from missing_inputs(case, path)


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

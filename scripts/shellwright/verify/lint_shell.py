"""Lint of the two scripts of a bundle, test.sh and solve.sh, by their text; neither is run."""

import math
import re
import subprocess
from collections.abc import Iterator, Sequence, Set

from shellwright.verify.case import Case
from shellwright.verify.findings import Finding
from shellwright.verify.lint_calls import asks_network, reads_clock, uses_oracle
from shellwright.verify.lint_codes import lint_codes
from shellwright.verify.lint_commands import ORACLE, clock, network
from shellwright.verify.lint_grading import (
    FULL_REWARD,
    PIPE,
    WORD,
    lint_output,
    lint_selection,
    run_in,
    runners,
)
from shellwright.verify.lint_lines import (
    CLOSES,
    MOST_LINE,
    OPENS,
    Line,
    bodies,
    code_lines,
    expanded,
)
from shellwright.verify.lint_masks import MASK, PIPEFAIL, hidden_by, masked_finding
from shellwright.verify.lint_script import COMPARES, RUNS_OTHERS, run_by
from shellwright.verify.lint_started import starts

BASH = "/bin/bash"
BASH_SECONDS = 10.0
EITHER = re.compile(r"&&\s*(?:echo|printf)\b")
REMOVES = re.compile(r"\s*(sudo\s+)?(/usr)?(/bin/)?rm\s[^;&|]*$")
CHANCE = re.compile(r"\$\{?S?RANDOM\b|\bshuf\b(?!.*--random-source)|/dev/u?random")
STOPS = re.compile(r"\s*set\s+(?:-\w+\s+)*(?:-\w*e|-\w*o\s+errexit)")
GOES_ON = re.compile(r"\s*set\s+\+(?:\w*e|o\s+errexit)")
LEAVES = re.compile(r"(?:^|[;{&|(\s])exit\b")
ASKED = re.compile(r"(?:^|[;\s])(?:if|elif|while|until|!)\s")
#: A line's beginning that only goes to a folder.
FOLDER = re.compile(r"\s*(?:cd\s[^&|;]{1,200}(?:&&|;)\s*)?")
#: A command that starts a program of the tests, up to what follows it.
COMMAND = re.compile(r"[^&|;]*")
IDLE = re.compile(r"^(set|cd|echo|printf|true|:|exit|sleep|export|shopt|pwd|ls|umask)\b")


def bash_syntax(path: str, text: str) -> Iterator[Finding]:
    """A finding when bash cannot parse a script. Bash only reads it: -n runs nothing."""
    try:
        done = subprocess.run(
            [BASH, "--norc", "--noprofile", "-n"],
            input=text.encode(),
            capture_output=True,
            timeout=BASH_SECONDS,
            env={"PATH": "/usr/bin:/bin"},
            check=False,
        )
    except subprocess.TimeoutExpired:
        message = f"bash cannot parse it in {BASH_SECONDS:g} s"
        yield Finding("bash-syntax", path, 1, message, "Make the script simpler.")
        return
    if done.returncode != 0 or done.stderr:  # an unfinished here-document is only a warning
        message = done.stderr.decode("utf-8", "replace").strip().split("\n")[0]
        line = re.search(r"line (\d+)", message)
        number = int(line[1]) if line else 1
        # A script that is nested too deeply kills bash, which then says nothing.
        message = message or f"bash ends with {done.returncode}"
        yield Finding("bash-syntax", path, number, message, "Correct the syntax.")


def lint_test_script(case: Case, path: str) -> Iterator[Finding]:
    """Findings in a test.sh that is not this project's own."""
    text = case.text(path)
    yield from shebang(path, text)
    yield from bash_syntax(path, text)
    called = run_by(text, case)
    if not any("reward" in held for held in (text, *map(case.text, called))):
        yield Finding(
            *("no-reward", path, 1, "never writes a reward"),
            "Write /logs/verifier/reward.txt on every path.",
        )
    pipefail = PIPEFAIL.search(text) is not None
    lines = list(expanded(list(code_lines(text))))
    lines = [(number, line[:MOST_LINE]) for number, line in lines]
    yield from lint_output(path, lines, runners(lines))
    yield from lint_selection(path, lines)
    # A script that writes the reward by itself may end as it likes.
    named = (path for path in called if path.endswith((".py", ".sh")))
    deciding = {p.rpartition("/")[2] for p in named if "reward" not in case.text(p)}
    own = runners(lines, deciding)
    yield from lint_codes(path, lines, own)
    programs = {number for number, _, _ in starts(lines, case)}
    settled = ends_at(lines, own, programs)
    depth = 0
    for number, line in lines:
        opened = len(OPENS.findall(line))
        depth += opened - len(CLOSES.findall(line))
        runs = run_in(line, own)
        if runs and masked(line, runs):
            yield Finding(
                *("masked-result", path, number, "a failure of the tests is turned into success"),
                "Keep the exit code of the tests and let it decide.",
            )
        if runs and PIPE.search(line) and not pipefail:
            yield Finding(
                *("masked-pipe", path, number, "a pipe hides the exit code of the tests"),
                "Use `set -o pipefail`, or do not pipe.",
            )
        hidden = "" if runs else hidden_by(line, asked=False)
        if hidden and not (pipefail and hidden == "masked-pipe"):
            yield masked_finding(path, number, hidden)
        rewards = FULL_REWARD.search(line)
        conditional = depth + opened > 0 or "&&" in line or "||" in line or number > settled
        if rewards and (not conditional or line.lstrip().startswith("trap")):
            yield Finding(
                *("unconditional-reward", path, number, "writes reward 1 whatever happened"),
                "Write 0 by default, and 1 only when every test has passed.",
            )
    yield from repeatable(path, text)


def masked(line: str, runs: re.Match[str]) -> bool:
    """Whether a failure is turned into success: not so where a word is printed for either."""
    found = MASK.search(line)
    return found is not None and not (found[2] and EITHER.search(line[runs.end() : found.start()]))


def ends_at(lines: Sequence[Line], own: Set[str], programs: Set[int]) -> float:
    """The line at which a failure of the tests ends the script; infinity if it goes on.

    programs: the lines that start a program of the tests.
    """
    runs_tests = any(run_in(line, own) for _, line in lines)
    leaving = {name for name, body in bodies(lines).items() if any(map(LEAVES.search, body))}
    seen, stops, depth = not runs_tests, False, 0
    for number, line in lines:
        runs = run_in(line, own)
        seen = seen or runs is not None
        opened = len(OPENS.findall(line))
        leaves = LEAVES.search(line) or any(word in leaving for word in WORD.findall(line))
        if seen and leaves and (depth + opened > 0 or "&&" in line or "||" in line):
            return number
        stops = (stops or STOPS.match(line) is not None) and not GOES_ON.match(line)
        tried = runs or (None if runs_tests else first_grade(line, number in programs))
        asked = tried and (ASKED.search(line) or re.search(r"&&|\|\|", line[tried.end() :]))
        if stops and depth == 0 and tried and not asked:
            return number
        depth += opened - len(CLOSES.findall(line))
    return math.inf


def first_grade(line: str, starts: bool) -> re.Match[str] | None:
    """Where a line begins with what compares, or runs tests; behind a folder to do that in."""
    place = len(FOLDER.match(line)[0])  # type: ignore[index]  # it matches every line
    if starts:
        return COMMAND.match(line, place)
    return COMPARES.match(line, place) or RUNS_OTHERS.match(line, place)


def lint_helper(case: Case, path: str) -> Iterator[Finding]:
    """Findings in another script of the tests, which they may call."""
    yield from bash_syntax(path, case.text(path))
    yield from repeatable(path, case.text(path))


def repeatable(path: str, text: str) -> Iterator[Finding]:
    """Findings about what a script of the tests does differently each time, or elsewhere."""
    for number, line in code_lines(text):
        if len(line) > MOST_LINE:
            message = f"a line of {len(line)} characters, at most {MOST_LINE} are read"
            yield Finding("too-large", path, number, message, "Break the line.")
            continue
        if found := network(line):
            yield asks_network(path, number, f"runs {found!r}")
        if found := clock(line):
            yield reads_clock(path, number, f"reads the clock through {found!r}")
        if ORACLE.search(line) and not REMOVES.match(line):
            yield uses_oracle(path, number)
        if CHANCE.search(line):
            yield Finding("chance", path, number, "draws at random", "Use fixed values.")


def lint_solution(case: Case, path: str) -> Iterator[Finding]:
    """Findings in a solve.sh."""
    text = case.text(path)
    if not text.strip():  # which is a finding of the layout
        return
    yield from shebang(path, text)
    yield from bash_syntax(path, text)
    if all(IDLE.match(line.strip()) and ">" not in line for _, line in code_lines(text)):
        remedy = "Write the commands that solve the task."
        yield Finding("empty-solution", path, 1, "no command changes anything", remedy)


def shebang(path: str, text: str) -> Iterator[Finding]:
    """A finding when a script does not say what runs it: it is executed directly."""
    if not text.startswith("#!"):
        yield Finding("no-shebang", path, 1, "no shebang", "Begin with #!/bin/bash.")

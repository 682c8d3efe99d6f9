"""Lint of the exit codes that scripts of the tests take for success: 0 is, and no other."""

import re
from collections.abc import Iterator, Sequence, Set
from itertools import islice

from shellwright.verify.findings import Finding
from shellwright.verify.lint_grading import FULL_REWARD, run_in
from shellwright.verify.lint_lines import MOST_LINE, Line, code_lines

KEEPS_CODE = re.compile(r"\b(\w+)=[\"']?\$\?")
CODE = re.compile(r"\$\{?(\?|\w+)\}?[\"']?\s*(-ne|-eq|-l[te]|!=|==?)\s*[\"']?([1-9]\d*)\b")
ZERO = re.compile(r"(?:-eq|==?)\s*[\"']?0\b")
VALUE = r"\$?\{?(\?|(?<!\w)\w{1,60})\}?[\"']?\s{0,9}"
ASKS = VALUE + r"(?:-eq|==?)\s{0,9}[\"']?(\d{1,9})\b[\"']?"
#: One of two codes: `[ $? -eq 0 ] || [ $? -eq 5 ]`, `[[ $c == 0 || $c == 5 ]]`, with `-o` as well.
EITHER = re.compile(rf"{ASKS}[\s\])]{{0,9}}(?:\|\||-o)[\s\[(]{{0,9}}(?:test\s{{1,9}})?[\"']?{ASKS}")
#: By this code a program tells Automake that its test was skipped.
SKIPPED = "77"
IS_SKIPPED = VALUE + rf"(?:-eq|==?)\s{{0,9}}[\"']?{SKIPPED}\b"
OR_SKIPPED = re.compile(rf"\|\|\s{{0,9}}(?:test\s|[\[(]{{1,2}})\s{{0,9}}[\"']?{IS_SKIPPED}")
FORGETS = re.compile(
    rf"{IS_SKIPPED}[\"'\s\])]{{0,9}}(?:&&|;\s{{0,9}}then)\s{{0,9}}(?:\w{{1,60}}=[\"']?0\b|return\s0\b)"
)
#: What sets a code of failure to 0: `[ $rc -eq 5 ] && rc=0`.
FORGIVES = re.compile(rf"{ASKS}[\s\])]{{0,9}}(?:&&|;\s{{0,9}}then)\s{{0,9}}(\w{{1,60}})=[\"']?0\b")
BRANCH = re.compile(rf"(?:^|[\s(])(?:0\s?\|\s?{SKIPPED}|{SKIPPED}\s?\|\s?0)\s?\)")
MOST_AFTER = 20  # lines of a branch
MOST_CODES = 5  # that a line asks for


def lint_skips(path: str, text: str) -> Iterator[Finding]:
    """Findings about a script that takes the exit code of a skipped test for success."""
    kept = {"?"}
    for number, line in code_lines(text):
        if len(line) > MOST_LINE:  # which is a finding of its own
            continue
        kept.update(KEEPS_CODE.findall(line))
        asked = [*FORGETS.finditer(line), *OR_SKIPPED.finditer(line)]
        counts = SKIPPED in codes_beside_zero(line, kept) or any(f[1] in kept for f in asked)
        if counts or BRANCH.search(line):
            message = f"takes exit code {SKIPPED}, a skipped test, for success"
            remedy = "Let the test fail instead: a skipped check has shown nothing."
            yield Finding("skip-counts-as-pass", path, number, message, remedy)


def codes_beside_zero(line: str, kept: Set[str]) -> dict[str, int]:
    """The exit codes that a line asks for together with 0, and where it has asked for both.

    kept: the names of variables that hold an exit code.
    """
    found = {}
    for pair in islice(EITHER.finditer(line), MOST_CODES):
        codes = {pair[2], pair[4]}
        if pair[1] == pair[3] and pair[1] in kept and "0" in codes and len(codes) == 2:
            found[max(codes, key=int)] = pair.end()
    return found


def lint_codes(path: str, lines: Sequence[Line], names: Set[str]) -> Iterator[Finding]:
    """Findings about a reward for whatever exit code of the tests is not a certain one."""
    kept: set[str] = {"?"}
    ran = just_ran = False
    of_tests: set[str] = set()
    for place, (number, line) in enumerate(lines):
        before, just_ran = just_ran, run_in(line, names) is not None
        ran = ran or just_ran
        kept.update(KEEPS_CODE.findall(line))
        for found in islice(KEEPS_CODE.finditer(line), MOST_CODES):
            command = line[: found.start()].rstrip("; ").rpartition(";")[2]
            tested = run_in(command, names) is not None if command.strip() else before
            (of_tests.add if tested else of_tests.discard)(found[1])
        after = [text for _, text in lines[place + 1 : place + MOST_AFTER]]
        asked = of_tests | ({"?"} if before or just_ran else set())
        for code, end in codes_beside_zero(line, asked).items():
            if FULL_REWARD.search(branch([line[end:], *after], other=False)):
                yield rewarded(path, number, f"gives the reward for exit code {code} as well")
        for found in islice(FORGIVES.finditer(line), MOST_CODES):
            if found[1] == found[3] and found[1] in of_tests and found[2] not in ("0", SKIPPED):
                yield rewarded(path, number, f"takes exit code {found[2]} for success")
        if not ran or ZERO.search(line):
            continue
        for found in islice(CODE.finditer(line), MOST_CODES):
            if found[1] not in kept:
                continue
            upto = found[2] in ("-lt", "-le")
            if upto and (found[1] not in asked or found.group(2, 3) == ("-lt", "1")):
                continue
            differs = upto or found[2] in ("-ne", "!=")
            rest = [line[found.end() :], *after]
            if FULL_REWARD.search(branch(rest, other=not differs)):
                which = {"-lt": "below", "-le": "up to"}.get(found[2], "but")
                yield rewarded(
                    path, number, f"gives the reward for any exit code {which} {found[3]}"
                )


def rewarded(path: str, number: int, message: str) -> Finding:
    """A finding about an exit code other than 0 that counts as success."""
    remedy = "Give it for 0 alone: tests that cannot run end with others."
    return Finding("crash-passes", path, number, message, remedy)


def branch(rest: Sequence[str], *, other: bool) -> str:
    """What runs when the condition before it holds, or the other branch: up to the next end."""
    first = rest[0]
    if other and "||" in first:
        return first.partition("||")[2]
    if "&&" in first or "||" in first:
        return "" if other else first
    whole = "\n".join(rest)
    taken, _, left = whole.partition("else")
    return re.split(r"\bfi\b", left if other else taken)[0]

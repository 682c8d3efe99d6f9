"""Lint of a solution whose result depends on the day: tests of it hold today, and then no more.

Only what is certain is objected to. A solution may read the clock to wait, to name a backup or to
write a log; whether such a thing is graded cannot be seen in its text.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from shellwright.verify.case import Case
from shellwright.verify.checked import compared_whole
from shellwright.verify.findings import Finding
from shellwright.verify.lint_commands import END, clock, printf_time
from shellwright.verify.lint_lines import MOST_LINE, code_lines, without_documents

READS = re.compile(r"\$\((?:[^()]|\([^()]*\))*\)|`[^`]*`|\$\{?EPOCHSECONDS\}?")
CONDITION = re.compile(r"\s*((if|elif|while|until|!)\s+)*(test\s|\[|\(\()")
LITERAL = re.compile(r"(?<![\w$])[\"']?\d{4,}")
WRITES = re.compile(
    r"\s*((echo|printf|date|[gm]?awk|sqlite3|psql)\s[^<>]*)>>?\s*[\"']?([\w./+-]+)[\"']?\s*$"
)


def lint_clock(case: Case, path: str) -> Iterator[Finding]:
    """Findings about a solution that compares the clock with a date, or delivers today's."""
    graded = set(compared_whole(case.text("tests/test_outputs.py")).values())
    for number, line in code_lines(without_documents(case.text(path))):
        for part in END.split(line[:MOST_LINE]):
            if CONDITION.match(part) and reads_clock(part) and LITERAL.search(READS.sub("", part)):
                message = "compares the clock with a fixed time"
            elif (written := WRITES.match(part)) and delivered(written[3], graded):
                # What `echo` and `printf` write may be a script that reads the clock some day.
                texts = written[2] in ("echo", "printf")
                reads = reads_clock(part) or (printf_time(part) if texts else clock(part))
                message = f"writes the time of its run into {written[3]}" if reads else ""
            else:
                continue
            if message:
                remedy = "Make the result the same on any day."
                yield Finding("clock-in-solution", path, number, message, remedy)


def reads_clock(part: str) -> bool:
    """Whether a command holds the outcome of reading the clock."""
    return any(clock(found[0]) for found in READS.finditer(part))


def delivered(target: str, graded: set[str]) -> bool:
    """Whether a file that a solution writes is compared with an expected one, as a whole."""
    return str(PurePosixPath("/app") / target) in graded

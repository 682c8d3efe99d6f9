"""What tests print about themselves, where no report tells.

It may speak against a full reward, and never for one.
"""

import re

MOST_LINE = 300
# pytest's last line, "1 failed, 2 passed in 0.03s", with or without a frame.
SUMMARY = re.compile(r"^(?:=+ )?((?:\d+ [a-z]+(?:, )?)+) in \d[\d.]*s\b", re.MULTILINE)
COUNT = re.compile(r"(\d+) ([a-z]+)")
NO_TESTS = ("warning", "warnings", "deselected", "subtests")
UNITTEST = re.compile(r"^Ran (\d+) tests? in [\d.]+s\n+(?:OK|FAILED)(?: \((.*)\))?$", re.MULTILINE)
# Where pytest names an exception, or what it was told, in a traceback.
REASON = re.compile(r"^E +(\S.*)$", re.MULTILINE)
FAILED = re.compile(r"^(?:FAILED|ERROR) \S*?::([\w:\[\]-]+)|^(?:FAIL|ERROR): (\w+) ", re.MULTILINE)


def last_failure(text: str) -> str:
    """The line of pytest's summary that says what failed first, or the last line.

    Of a file that cannot be collected the summary has the name alone; the traceback says why.
    """
    lines = [line for line in text.split("\n") if line.strip()]
    failed = [line for line in lines if line.startswith(("FAILED", "ERROR"))]
    line = (failed or lines or ["it printed nothing"])[0 if failed else -1]
    if failed and " - " not in line and (reason := REASON.search(text)):
        line = f"{line} - {reason[1]}"
    return line[:MOST_LINE]


def first_failed(text: str) -> str | None:
    """The name of the test that pytest or unittest says failed first, None where neither does."""
    found = FAILED.search(text)
    return (found[1] or found[2]) if found else None


def missing(text: str, defined: int) -> str:
    """What tests print that a full reward does not fit to, or "".

    defined: how many there are. Some may run in a further run; those of all runs count as one sum.
    """
    if not (last := counted(text)):
        return ""
    passed, total = last
    if passed < total:
        return (
            f"tests-not-run: the tests print that {passed} of {total} passed, and the reward is 1"
        )
    runs = [int(count) for count, _ in UNITTEST.findall(text)]
    for line in SUMMARY.findall(text):
        runs += [int(number) for number, word in COUNT.findall(line) if word not in NO_TESTS]
    if sum(runs) < defined:
        return f"tests-not-run: the tests print that {sum(runs)} ran, and there are {defined}"
    return ""


def counted(text: str) -> tuple[int, int] | None:
    """How many tests passed of how many, by what pytest or unittest printed last; None without."""
    if found := SUMMARY.findall(text):
        counts = {word: int(number) for number, word in COUNT.findall(found[-1])}
        total = sum(count for word, count in counts.items() if word not in NO_TESTS)
        return (counts.get("passed", 0), total) if total else None
    if runs := UNITTEST.findall(text):
        total, others = int(runs[-1][0]), runs[-1][1]
        return total - sum(int(number) for number in re.findall(r"=(\d+)", others)), total
    return None

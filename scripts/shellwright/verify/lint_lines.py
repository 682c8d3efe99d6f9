"""The lines of a shell script as rules read them: without comments, with its variables' values."""

import re
from collections.abc import Iterable, Iterator, Sequence

MOST_LINE = 4000  # characters of a line that a rule looks at
#: The number of a line, from 1, and its text.
Line = tuple[int, str]
ASSIGNED = re.compile(
    r"^\s*(?:export\s+|local\s+|readonly\s+)*([A-Za-z_]\w{0,60})=(\([^()]*\)|'[^']*'|"
    r"\"[^\"$`]*\"|[^\s;&|'\"$`()]+)\s*$"
)
USED = re.compile(r"\"?\$(?:\{(\w+)(?:\[[@*]\])?\}|(\w+))\"?")
FUNCTION = re.compile(r"^\s*(?:function\s+([\w-]+)\s*(?:\(\s*\))?|([\w-]+)\s*\(\s*\))\s*\{?(.*)$")
NAMED = re.compile(r"(?<![\w$-])([A-Za-z_]\w{0,60})(?:[-+*/]?=|\+\+|--)")
NUMBER = re.compile(r"\d+(?:\.\d*)?")
OPENS, CLOSES = re.compile(r"(^|;|\s)(if|case|then\s+if)\s"), re.compile(r"(^|;|\s)(fi|esac)\b")
DOCUMENT = re.compile(r"<<-?\s{0,9}\\?[\"']?(\w+)")
MOST_VALUE = 200  # characters of a variable


def code_lines(text: str) -> Iterator[Line]:
    """Numbered lines without comments and blank ones; continued lines are one line."""
    joined, start = "", 0
    for number, line in enumerate(text.split("\n"), start=1):
        start = start if joined else number
        joined += line.removesuffix("\\")
        if line.endswith("\\"):
            continue
        code = "" if joined.lstrip().startswith("#") else re.sub(r"\s#\s.*$", "", joined)
        if code.strip():
            yield start, code
        joined = ""


def expanded(lines: Sequence[Line]) -> Iterator[Line]:
    """The lines with variables replaced that are given a text on a line of their own before.

    Not so a number that has been given by a condition since, or by a function: it may be another.
    """
    known: dict[str, str] = {}
    depth = 0
    inner = {
        name for body in bodies(lines).values() for line in body for name in NAMED.findall(line)
    }
    for number, line in lines:
        if len(line) > MOST_LINE:  # which is a finding of its own
            yield number, line
            continue
        whole = USED.sub(lambda found: known.get(found[1] or found[2], found[0]), line)
        yield number, whole if len(whole) <= MOST_LINE else line
        depth += len(OPENS.findall(line)) - len(CLOSES.findall(line))
        given = ASSIGNED.match(line)
        if given and len(given[2]) <= MOST_VALUE:
            known[given[1]] = given[2].strip("()'\"")
        for name in NAMED.findall(line):
            changes = depth > 0 or given is None or name in inner
            if (
                changes
                and NUMBER.fullmatch(known.get(name, ""))
                and not line.lstrip().startswith("trap")
            ):
                known.pop(name)


def bodies(lines: Iterable[Line]) -> dict[str, list[str]]:
    """The lines of each of a script's own functions."""
    found: dict[str, list[str]] = {}
    current = ""
    for _, line in lines:
        if start := FUNCTION.match(line):
            current = start[1] or start[2]
            found[current] = [start[3]]
        elif current:
            found[current].append(line)
        if line.rstrip().endswith("}"):
            current = ""
    return found


def without_documents(text: str) -> str:
    """The script with the lines of its here-documents empty."""
    kept, end = [], ""
    for line in text.split("\n"):
        kept.append("" if end else line)
        if end and line.strip() == end:
            end = ""
        elif not end and (found := DOCUMENT.search(line)) and "<<<" not in line:
            end = found[1]
    return "\n".join(kept)

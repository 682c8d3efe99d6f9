"""What leaves the outcome of shell code to chance: random numbers, signatures, made-up names."""

from __future__ import annotations

import re
from dataclasses import dataclass

from shellwright.skills.document import Call
from shellwright.skills.reading.shellcode import assigned

#: Programs whose output is another each time, unless they are given a source.
_DRAWING = frozenset({"shuf", "uuidgen", "pwgen", "fortune"})
_AWKS = frozenset({"awk", "gawk", "mawk", "nawk"})
_SEED = re.compile(r"\bsrand\s?\(\s?\d")
#: What makes a random number, a key, or a signature, which has a random part and the time in it.
_WORDS = {
    "sort": frozenset({"-R", "--random-sort"}),
    "openssl": frozenset({"rand", "genrsa", "genpkey"}),
    "gpg": frozenset(
        """-s --sign -sa -as --clearsign --clear-sign -b -ab -ba --detach-sign --gen-key
        --generate-key --full-gen-key --full-generate-key --quick-gen-key
        --quick-generate-key""".split()  # noqa: SIM905
    ),
}
_NUMBER = re.compile(r"\$\{?S?RANDOM\b|\(\(\s?S?RANDOM\b")
_DEVICE = re.compile(r"/dev/u?random\b")
_SUBSTITUTED = r"(?:\$\(|`)\s?"
_DRAWN = re.compile(
    rf"{_NUMBER.pattern}|{_DEVICE.pattern}|{_SUBSTITUTED}(?:shuf|uuidgen|pwgen|openssl rand)\b"
)
_MADE_UP = re.compile(rf"{_SUBSTITUTED}mktemp\b")
_SAYING = frozenset({"echo", "printf"})
_USED = re.compile(r"\$\{?(\w{1,80})")


@dataclass(frozen=True)
class Drawn:
    """Variables of a script: those that hold something `random`, and those that hold a name which
    `mktemp` has made up. `seeded` tells that the shell's own random numbers are given a seed."""

    random: frozenset[str] = frozenset()
    made_up: frozenset[str] = frozenset()
    seeded: bool = False


NOTHING_DRAWN = Drawn()


def drawn(script: str) -> Drawn:
    """The variables of a shell script that are left to chance."""
    if not (_DRAWN.search(script) or "mktemp" in script):
        return NOTHING_DRAWN
    values = assigned(script)
    return Drawn(
        frozenset(name for name, given in values.items() if any(map(_DRAWN.search, given))),
        frozenset(name for name, given in values.items() if any(map(_MADE_UP.search, given))),
        any(value.isdigit() for value in values.get("RANDOM", ())),
    )


def by_chance(call: Call, variables: Drawn) -> bool:
    """Whether what a call leaves or says is another each time."""
    name = call.program.rpartition("/")[2]
    words = " ".join(call.arguments)
    if name in _DRAWING:
        return "--random-source" not in words
    if name in _AWKS and "rand()" in words and not _SEED.search(words):
        return True
    if name in _WORDS and not _WORDS[name].isdisjoint(call.arguments):
        return True
    given = " ".join((words, *call.reads, *call.writes, *call.fed))
    if _DEVICE.search(given) or (not variables.seeded and _NUMBER.search(given)):
        return True
    used = set(_USED.findall(given))
    return bool(used & variables.random or (says(call) and used & variables.made_up))


def says(call: Call) -> bool:
    """Whether a call only puts out its own words."""
    return call.program in _SAYING

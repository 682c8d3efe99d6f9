"""What a one-liner does that jq, awk or sed is given: it selects, sums, sorts, reshapes or edits.

Its text is searched and not parsed: `oneliners.yaml` has the patterns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import yaml

from shellwright.skills.document import Call
from shellwright.skills.scenarios.formats import parse
from shellwright.skills.scenarios.vocabulary import LOADER, VOCABULARY, State

_MAX_TEXT = 1000
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
#: Options with so many words behind them; the text itself follows the others.
_OPERANDS = {
    "--arg": 2,
    "--argjson": 2,
    "--slurpfile": 2,
    "--rawfile": 2,
    "--indent": 1,
    "-F": 1,
    "-v": 1,
}
#: Commands of yq before the text.
_COMMANDS = frozenset({"e", "eval", "ea", "eval-all"})
_FROM_FILE = frozenset({"-f", "--file", "--from-file"})


@cache
def _table() -> dict[str, tuple[tuple[re.Pattern[str], State], ...]]:
    """The patterns of each program. Raises ValueError for a state that no kind knows."""
    text = (Path(__file__).parent / "oneliners.yaml").read_text(encoding="utf-8")
    found: dict[str, tuple[tuple[re.Pattern[str], State], ...]] = {}
    for programs, patterns in yaml.load(text, Loader=LOADER).items():
        told = []
        for pattern, spec in patterns.items():
            state = parse(f"any:{spec}").state
            for name, value in state:
                if not any(value in each.attributes.get(name, {}) for each in VOCABULARY.values()):
                    raise ValueError(f"{programs}: nothing is in the state {name}={value}")
            told.append((re.compile(pattern), state))
        found |= dict.fromkeys(programs.split(), tuple(told))
    return found


def done_by(call: Call) -> State:
    """The state of what the one-liner of a call makes, empty where the call has none."""
    patterns = _table().get(call.program, ())
    if not patterns:
        return ()
    for text in _texts(call):
        bare = _STRING.sub('""', text[:_MAX_TEXT])
        for pattern, state in patterns:
            if pattern.search(bare):
                return state
    return ()


def _texts(call: Call) -> Iterator[str]:
    """The first argument of a call that can be the text of a program."""
    skipped = 0
    for word in call.arguments:
        if skipped:
            skipped -= 1
        elif word in _FROM_FILE:
            return
        elif word[:1] == "-":
            skipped = _OPERANDS.get(word, 0)
        elif word and word not in _COMMANDS:
            yield word
            return

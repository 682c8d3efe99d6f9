"""Scripts within shell code: what is said to a shell, evaluated, or written to be run later."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from shellwright.skills.document import Call
from shellwright.skills.filters.plainshell import unescaped
from shellwright.skills.filters.threats.pipes import expanded, program_of, runs_input, upstream

_MOST_SCRIPTS = 100
_MOST_READ = 8000
_SAYING = frozenset({"echo", "printf"})


def inner_scripts(calls: Sequence[Call], values: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """The scripts that stand word for word in other calls, at most _MOST_SCRIPTS."""
    count = 0
    for script in _scripts(calls, values):
        if script.strip():
            yield script[:_MOST_READ]
            count += 1
            if count >= _MOST_SCRIPTS:
                return


def _scripts(calls: Sequence[Call], values: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    for place, call in enumerate(calls):
        if call.program == "eval":
            yield expanded(" ".join(call.arguments), values)
        elif runs_input(call):
            for each in upstream(calls, place):
                if each.program in _SAYING:
                    yield expanded(said(each), values)
        elif call.writes:
            words = (said(call),) if call.program in _SAYING else call.fed
            # What starts so is a program, wherever it is put.
            yield from (word for word in words if word.lstrip().startswith("#!"))


def said(call: Call) -> str:
    """What `echo` or `printf` says."""
    words = [word for word in call.arguments if not word.startswith("-")]
    return unescaped(" ".join(words))


def is_said(call: Call) -> bool:
    """Whether a call only says words that stand there."""
    return program_of(call) in _SAYING

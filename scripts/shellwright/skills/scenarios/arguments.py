"""The words of a call: which are its files, which say how it is run, and what is run at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from shellwright.skills.document import Call
from shellwright.skills.scenarios.formats import by_name
from shellwright.skills.scenarios.options import fits, values
from shellwright.skills.scenarios.rules import Rule, table

#: Programs that run a file of their language, which is no artifact of the work.
RUNNERS = frozenset(
    """python python2 python3 node bun deno tsx ts-node ruby perl php bash sh zsh source . Rscript
    java npx bunx uvx uv""".split()  # noqa: SIM905
)
#: Options of `uv run`, `uvx`, `npx` and their like with a value, which is no program.
_RUNNER_VALUES = frozenset(
    """--with --with-requirements --with-editable --python -p --package --from --extra --group
    --directory --project --env-file""".split()  # noqa: SIM905
)
#: Options that name files beside the work.
ASIDE = frozenset(
    """-c --conf --config --config-file --config-path --env-file --log-file --rcfile""".split()  # noqa: SIM905
)
_MAX_ARGUMENTS = 60
_OLD_STYLE = frozenset({"tar", "ar", "jar"})


def cleaned(call: Call) -> Call:
    """The call with its words as they would be: no quotes, no braces of placeholders."""
    words = tuple(_plain(word) for word in call.arguments[:_MAX_ARGUMENTS])
    if call.program in _OLD_STYLE and words and words[0].isalpha() and len(words[0]) < 6:
        words = ("-" + words[0], *words[1:])
    if call.program == "curl" and "/dev/null" in words:
        # What is thrown away is not fetched, only asked for.
        kept = words.index("/dev/null")
        words = (*words[: max(kept - 1, 0)], *words[kept + 1 :])
    return replace(
        call,
        arguments=words,
        reads=tuple(map(_plain, call.reads)),
        writes=tuple(map(_plain, call.writes)),
    )


def _plain(word: str) -> str:
    return word[:400].replace("{{", "").replace("}}", "").strip("'\"<>")


def unwrapped(call: Call) -> Call:
    """The call without a runner of installed programs before it (`npx`, `uv run`), or a program
    that runs it again whenever something changes (`entr`)."""
    if call.program == "entr":
        rest = [word for word in call.arguments if word[:1] != "-"]
        inner = replace(call, program=rest[0], arguments=tuple(rest[1:])) if rest else call
        return inner if rule_of(inner) is not None else call
    for prefix in (
        ("npx",),
        ("bunx",),
        ("uvx",),
        ("uv", "run"),
        ("poetry", "run"),
        ("pnpm", "dlx"),
    ):
        words = (call.program, *call.arguments)
        if words[: len(prefix)] == prefix and rule_of(call) is None:
            rest = list(words[len(prefix) :])
            while rest and rest[0].startswith("-"):
                del rest[: 2 if rest[0] in _RUNNER_VALUES else 1]
            if rest:
                return replace(call, program=rest[0], arguments=tuple(rest[1:]))
    return call


def rule_of(call: Call) -> Rule | None:
    """The rule of the table of programs that fits a call, if there is one."""
    return next((rule for rule in table().rules.get(call.program, ()) if fits(rule, call)), None)


def words_at(place: str, call: Call, rule: Rule) -> list[str]:
    """The words of a call at a place that its rule names."""
    if place == "in":
        return list(call.reads)
    if place == "out":
        return [word for word in call.writes if word != "/dev/null"]
    if place == "filelast":
        return [word for word in call.arguments[-1:] if not word.startswith("-")]
    if place not in ("files", "first", "last", "init", "rest"):
        return values(call, place)
    options = [p for w in (*rule.takes, *rule.makes) for p in w.places if p.startswith("-")]
    taken = {value for option in options for value in values(call, option)}
    taken |= set(_settings(call))
    files = [
        word
        for word in call.arguments
        if word[:1] not in ("-", "+") and word not in taken and by_name(word) is not None
    ]
    if call.program in RUNNERS:
        return [word for word in files if not is_program(word)] or files[1:]
    if place == "files":
        return files
    if place == "first":
        return files[:1]
    if place == "rest":
        return files[1:]
    if place == "init":
        return files[:-1] if len(files) > 1 else files
    return files[-1:] if len(files) > 1 else []


def _settings(call: Call) -> Iterator[str]:
    """The files that only tell the program how to work."""
    for option in sorted(ASIDE):
        for value in values(call, option):
            told = by_name(value)
            if option != "-c" or (told is not None and told.kind == "settings"):
                yield value


def is_program(word: str) -> bool:
    """Whether a word is a file that is run."""
    told = by_name(word)
    return told is not None and told.kind in ("program", "script")

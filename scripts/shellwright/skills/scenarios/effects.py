"""What one call takes and makes, by the table of programs or, for others, by its files' names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from shellwright.skills.document import Call
from shellwright.skills.scenarios.arguments import (
    ASIDE,
    RUNNERS,
    cleaned,
    is_program,
    rule_of,
    unwrapped,
    words_at,
)
from shellwright.skills.scenarios.changes import edited
from shellwright.skills.scenarios.formats import Artifact, by_name
from shellwright.skills.scenarios.implied import implied
from shellwright.skills.scenarios.oneliners import done_by
from shellwright.skills.scenarios.options import values
from shellwright.skills.scenarios.purposes import purpose_of_install
from shellwright.skills.scenarios.rules import Rule, Wanted, table
from shellwright.skills.scenarios.vocabulary import State

_OUTPUTS = frozenset(
    """-o -O --output --out --outfile --out-file --output-file --output-path --dest --destination
    --output-dir --outdir --out-dir --save --save-to --write --export -out --output_file --filename
    --target --to --report --download""".split()  # noqa: SIM905
)
#: Kinds that the arguments of an unknown program do not prove.
_VAGUE = frozenset({"tree", "settings", "script", "disk", "project", "repository"})
#: Programs whose arguments are no files, whatever they look like.
_NO_FILES = frozenset({"echo", "printf", "export", "eval", "which", "man", "sleep", "tldr", "cd"})
_MOST_NAMED = 6
REPORT = Artifact("report", (("format", "text"),))
_JSON_REPORT = Artifact("report", (("format", "json"),))
_LOADED = Artifact("database", (("content", "imported"), ("engine", "sqlite")))
_IMPORT = re.compile(
    r"\.import[ \t]{1,4}(?:-\S{1,20}[ \t]{1,4}(?:\d{1,4}[ \t]{1,4})?){0,4}([^\s\"']{1,200})"
)
_MOST_READ = 4000
_INSTALLED = ("package", (("condition", "installed"),))


@dataclass(frozen=True)
class Effect:
    """What a call takes and makes. `setup` marks what is done on the way to something else, `look`
    what only shows what is there; `sure` is False where only the names of files were known.
    `writes` are paths that are written besides those of what it makes; a `*` is for anything."""

    takes: tuple[Artifact, ...] = ()
    makes: tuple[Artifact, ...] = ()
    setup: bool = False
    sure: bool = True
    look: bool = False
    writes: tuple[str, ...] = ()


def effect(call: Call, piped_on: bool = False) -> Effect:
    """The effect of a call; `piped_on` says that another program reads its output."""
    call = unwrapped(cleaned(call))
    if call.program in _NO_FILES:
        return Effect(makes=tuple(_written(call)), setup=True)
    if call.program == "sqlite3":
        imported = _imported(call)
        if imported:
            database = next((a for w in call.arguments[:3] if (a := by_name(w))), None)
            made = _LOADED.at(database.path) if database is not None else _LOADED
            return Effect(imported, (made, *_written(call)))
    rule = rule_of(call)
    if rule is None:
        by_family = _by_family(call, piped_on)
        if by_family is not None:
            return by_family
        by_names = _by_names(call, piped_on)
        return by_names if by_names.takes or by_names.makes else by_verb(call, piped_on)
    product, unnamed = implied(call)
    takes = tuple(dict.fromkeys(a for w in rule.takes for a in _found(w, call, rule, False)))
    makes = tuple(
        dict.fromkeys(
            a
            for place, w in enumerate(rule.makes)
            for a in _found(w, call, rule, piped_on, [] if place else product)
        )
    )
    if state := done_by(call):
        makes = tuple(_as_done(a, state, takes) for a in makes)
    inputs = tuple(a for word in call.reads if (a := by_name(word)) and not _has(takes, word))
    outputs = tuple(a for a in _written(call) if not _has(makes, a.path))
    if any(artifact.scenario == _INSTALLED for artifact in makes):
        purpose = (("purpose", purpose_of_install(call.arguments)),)
        takes, makes = (
            tuple(a.with_state(purpose) if a.kind == "package" else a for a in side)
            for side in (takes, makes)
        )
    takes, makes = (*takes, *inputs), (*makes, *outputs)
    # A part of something that is kept in a file is no mere look at it.
    kept = (
        rule.look and bool(takes or call.piped_from) and any(by_name(word) for word in call.writes)
    )
    return Effect(takes, makes, rule.setup and not kept, True, rule.look and not kept, unnamed)


def _as_done(made: Artifact, state: State, takes: Sequence[Artifact]) -> Artifact:
    """What a one-liner makes, in the state that it tells; the file that it reads is only edited."""
    if made.path and _has(takes, made.path):
        return edited(made) or made
    return made.with_state(state) if made.path or made.kind == "report" else made


def _imported(call: Call) -> tuple[Artifact, ...]:
    """The files that a call of SQLite loads into its database."""
    text = " ".join((*call.arguments, *call.fed))[:_MOST_READ]
    return tuple(found for match in _IMPORT.finditer(text) if (found := by_name(match[1])))


def _has(artifacts: Sequence[Artifact], path: str) -> bool:
    return any(artifact.path == path for artifact in artifacts)


def _written(call: Call) -> Iterator[Artifact]:
    for word in call.writes:
        if found := by_name(word):
            yield found


def _found(
    wanted: Wanted, call: Call, rule: Rule, piped_on: bool, unnamed: Sequence[str] = ()
) -> Iterator[Artifact]:
    """The artifacts of a call that a rule speaks of; `unnamed` is where they are if not told."""
    words: Sequence[str] = ()
    for place in wanted.places:
        words = words_at(place, call, rule)
        if words:
            break
    if not words and not piped_on:
        words = unnamed
    named = [artifact for word in words if (artifact := _named(wanted, word)) is not None]
    if named:
        yield from named[:_MOST_NAMED]
        return
    if unnamed and words is unnamed and wanted.default is not None:
        yield wanted.default.at(unnamed[0])
        return
    silent = "out" in wanted.places and (piped_on or any("/dev/null" in w for w in call.writes))
    if wanted.default is None or silent:
        return
    from_files = bool({"files", "in", "first", "init"} & set(wanted.places))
    if from_files and not words and (call.piped_from or not _may_read(wanted, call)):
        return
    if from_files and not words and wanted.named and _is_guess(wanted.default, call):
        return
    yield wanted.default


def _may_read(wanted: Wanted, call: Call) -> bool:
    """Whether a filter names a file at all; a bare one in a script reads what it is given."""
    if not wanted.named or wanted.default is None or wanted.default.kind not in _FILTERED:
        return True
    return any(_FILE_LIKE.search(word) for word in call.arguments)


def _is_guess(default: Artifact, call: Call) -> bool:
    """Whether a kind other than plain text would be said of files that only variables name."""
    return default.kind in _GUESSED and any(map(_HELD.fullmatch, call.arguments))


_HELD = re.compile(r"\$(?:\w+|\{\w+\})")
#: Kinds that the program alone does not prove.
_GUESSED = frozenset({"table", "binary", "tree", "disk"})
#: Kinds that filters such as `grep` take where the file's name does not tell.
_FILTERED = frozenset({"document", "table", "file", "tree"})
_FILE_LIKE = re.compile(r"^[\w~.]*/[\w]|^(?:\$\{?\w|\{[A-Za-z_]+\})|^\w*(?:file|dir)\w*$")


def _named(wanted: Wanted, word: str) -> Artifact | None:
    told = by_name(word)
    if wanted.named:
        return told.with_state(wanted.given) if told else None
    if wanted.default is None:
        return None
    if told is not None and told.kind == wanted.default.kind:
        # What the name says of the file is more exact than what is usual for the program.
        return wanted.default.at(word).with_state(told.state)
    return wanted.default.at(word)


def _by_family(call: Call, piped_on: bool) -> Effect | None:
    """The effect of a command such as `aws ec2 create-volume`, by its verb."""
    subject = table().families.get(call.program)
    if subject is None:
        return None
    plain = [word for word in call.arguments if not word.startswith("-")][:4]
    for word in (part for arg in plain for part in arg.lower().replace(":", "-").split("-")):
        change = table().verbs.get(word)
        if change is None:
            continue
        before = subject.with_state((("condition", change[0]),))
        if change[1]:
            return Effect((before,), (subject.with_state((("condition", change[1]),)),))
        return Effect((before,), () if piped_on else (REPORT,))
    return None


#: Nouns of commands that keep records, such as `todo tasks add`.
_ENTRIES = {
    word: name
    for name, words in {
        "task": "task tasks todo todos reminder reminders",
        "event": "event events calendar meeting meetings appointment",
        "note": "note notes memo memos",
        "contact": "contact contacts",
        "bookmark": "bookmark bookmarks",
        "expense": "expense expenses",
        "order": "order orders",
        "habit": "habit habits",
    }.items()
    for word in words.split()
}
_MAX_VERBS = 3


def by_verb(call: Call, piped_on: bool) -> Effect:
    """The effect of an unknown program with a command such as `list` or `tasks add`: something is
    reported, or the record that it speaks of is added, changed or removed."""
    plain = [word.lower() for word in call.arguments if word[:1].isalpha()]
    words = [part for word in plain[:_MAX_VERBS] for part in word.split("-")]
    change = next((table().verbs[word] for word in words if word in table().verbs), None)
    json = any(word in ("--json", "json", "--format=json") for word in call.arguments)
    if change is None:
        printed = "--json" in call.arguments and not (piped_on or call.writes)
        return Effect((), (_JSON_REPORT,) if printed else (), sure=False)
    if not change[1]:
        report = _JSON_REPORT if json else REPORT
        return Effect((), () if piped_on or call.writes else (report,), sure=False)
    name = call.program.rpartition("/")[2].lower().replace("_", "-")
    entry = next((_ENTRIES[word] for word in [*words, *name.split("-")] if word in _ENTRIES), None)
    if entry is None or change[1] in ("running", "stopped"):
        return Effect(sure=False)
    before, after = (Artifact("entry", (("condition", each), ("of", entry))) for each in change)
    return Effect((before,), (after,), sure=False)


def _by_names(call: Call, piped_on: bool) -> Effect:
    """The effect of an unknown program: files that its options name as output are made."""
    made = [word for option in sorted(_OUTPUTS) for word in values(call, option)]
    aside = {word for option in sorted(ASIDE) for word in values(call, option)}
    makes = [a for word in made if (a := _telling(word))]
    words = [word.partition("=")[2] if word[:2] == "--" else word for word in call.arguments]
    run = next(filter(is_program, words), "") if call.program in RUNNERS else ""
    if run:
        words.remove(run)
    takes = [
        a
        for word in words
        if word and word[0] not in "-@" and word not in made and word not in aside
        if (a := _telling(word))
    ]
    if not makes and len(takes) > 1 and takes[0].scenario != takes[-1].scenario:
        makes = [takes.pop()]
    elif not makes and len(takes) > 1 and _PRODUCT.search(takes[-1].path.rpartition("/")[2]):
        product = takes.pop()
        makes = [edited(product) or product]
    takes += [a for word in call.reads if (a := by_name(word))]
    makes += _written(call)
    if run and _MAKER.match(run.rpartition("/")[2]) and not makes and len(takes) == 1:
        makes = [takes.pop()]
    form = next(
        (_FORMS[word] for option in _FORM for word in values(call, option) if word in _FORMS), None
    )
    if (takes or form) and not makes and not piped_on:
        json = any(word in ("--json", "json") for word in call.arguments)
        makes = [form or (_JSON_REPORT if json else REPORT)]
    return Effect(tuple(takes), tuple(makes), sure=False)


#: What the last of several files of one form is called where it is what is made of the others.
_PRODUCT = re.compile(r"out|result|clean|optimi", re.IGNORECASE)
#: Scripts whose one file is what they make.
_MAKER = re.compile(r"(?:generate|create|make|build|export|render|write|init)[_-]")
#: Options that tell in which form an unknown program puts out what it makes, and these forms.
_FORM = ("--format", "--output-format", "--output", "-o", "-f")
_FORMS = {
    "csv": Artifact("table", (("format", "csv"),)),
    "html": Artifact("page", (("format", "html"),)),
    "json": _JSON_REPORT,
    "markdown": Artifact("document", (("format", "markdown"),)),
    "md": Artifact("document", (("format", "markdown"),)),
    "text": REPORT,
}


def _telling(word: str) -> Artifact | None:
    """What a file of an unknown program is, where its name leaves no doubt."""
    told = by_name(word)
    return told if told is not None and told.kind not in _VAGUE else None

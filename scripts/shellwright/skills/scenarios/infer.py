"""Before and after: what a skill needs to find, and what it leaves behind.

This is stage S2 of SkillSynth without a model. Every scenario rests on evidence: a command, whose
effect is looked up in a table of programs or concluded from the names of files; a call in other
code; or words by which the skill states what it requires, takes or makes. What one call makes and
a later one takes is an intermediate of the skill and no scenario before it. What only looks at what
was made adds nothing.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import replace

from shellwright.skills.document import Call, Document, Sketch
from shellwright.skills.scenarios.chains import Chain, Found
from shellwright.skills.scenarios.changes import edited
from shellwright.skills.scenarios.effects import Effect, effect
from shellwright.skills.scenarios.formats import Artifact
from shellwright.skills.scenarios.librarycalls import LANGUAGES, library_effects
from shellwright.skills.scenarios.own import (
    SAYING,
    inline_calls,
    is_page,
    own_names,
    said_calls,
    without,
)
from shellwright.skills.scenarios.purposes import needed_packages, needed_software
from shellwright.skills.scenarios.sides import Key, Side, add_checked, tell_changes
from shellwright.skills.scenarios.stated import Stated, described, exchanged, required, results
from shellwright.skills.scenarios.toldfiles import told_files
from shellwright.skills.scenarios.variables import held_programs, resolved
from shellwright.skills.scenarios.vocabulary import TOPICAL
from shellwright.skills.scenarios.wording import sentence, topic

MAX_SKETCHES = 6
MAX_EVIDENCE = 200
#: The share of a skill's calls that something must be known of.
LEAST_KNOWN = 0.1
_MAX_CALLS = 400
#: Files that one `tee` keeps.
_MOST_KEPT = 20
_SETUP_WORDS = ("install", "dependenc", "package", "set up", "setup", "environment")
#: How much counts what is not a command of the table.
_UNSURE, _STATED = 0.7, 0.8
#: So many things to start from are told with the help of the software that the work needs.
_FEW = 2
#: Reports of one format that are told apart.
_MOST_ALIKE = 2
#: What software is for that says nothing of the work.
_PLAIN_PURPOSES = frozenset({"javascript", "python", "special"})
#: Kinds that are on the way to the work, or that nearly every skill has: told last.
_PLAIN = frozenset({"endpoint", "file", "network", "package", "report", "secret"})


def infer(document: Document) -> tuple[list[Sketch], list[Sketch]]:
    """The scenarios before and after a skill, at most MAX_SKETCHES each, the most telling first.

    Both are empty where nothing can be concluded, or where nothing would change.
    """
    calls = (*document.calls, *inline_calls(document), *said_calls(document))[:_MAX_CALLS]
    scripts = {number for number, block in enumerate(document.code) if block.script}
    own = own_names(document, calls)
    effects = [
        (call, without(own, _in_script(call, done) if call.block in scripts else done))
        for call, done in zip(calls, _effects(resolved(calls, document.code)), strict=True)
    ]
    work = [done for _, done in effects if not done.setup]
    # One known program among many that are not tells nothing of what the skill is about.
    known = sum(bool(done.takes or done.makes) for done in work)
    enough = known >= LEAST_KNOWN * len(effects)
    code = [Found(line, done) for line, done in library_effects(document.code)]
    told = [Found(_line(c), done, c.block, bool(c.piped_from)) for c, done in effects]
    setup = told if _is_about_setup(document, effects) else []
    for chosen, stated in (([*told, *code] if enough else code, True), (setup, False)):
        pre, post = _sides(chosen, with_setup=not stated, guessing=not is_page(document))
        if stated:
            _add_stated(document, pre, post)
        tell_changes(document, pre, post)
        if stated:
            add_checked(document, pre, post, _STATED)
        if post.weight:
            _add_software(document, calls, pre, post)
        before, after = _ranked(pre, document), _ranked(post, document)
        if any(one != other for one in before for other in after):
            about = topic(document)
            return _sketches(before, pre, about), _sketches(after, post, about)
    return [], []


def _effects(calls: Sequence[Call]) -> list[Effect]:
    """The effects of calls. What a pipe ends with may only show what comes out of it, as
    `| head` does: then the program before is the one that prints. What `tee` keeps is written by
    the program before it."""
    found: list[Effect] = []
    ends = False
    for place in reversed(range(len(calls))):
        call = calls[place]
        following = calls[place + 1] if place + 1 < len(calls) else None
        feeds = False
        if following is not None and following.piped_from == call.program:
            feeds = not ends
            if following.program == "tee":
                kept = (word for word in following.arguments[:_MOST_KEPT] if word[:1] != "-")
                call = replace(call, writes=(*call.writes, *kept))
        done = _piped(effect(call, feeds), feeds)
        ends = done.setup and done.look and not feeds
        found.append(done)
    return found[::-1]


def _piped(done: Effect, feeds: bool) -> Effect:
    """What is shown to another program (`cat a.csv | sort`) is what that one works on."""
    if not (done.setup and feeds):
        return done
    return replace(done, takes=tuple(a for a in done.takes if a.path), makes=(), setup=False)


def _in_script(call: Call, done: Effect) -> Effect:
    """What a one-liner of a script prints is mostly kept in a variable, on the way to the rest; a
    text that it writes into a file is a work of its own."""
    if call.writes and (call.program in SAYING or (call.program == "cat" and call.fed)):
        done = replace(done, setup=False)
    makes = (
        Artifact("report", tuple(part for part in each.state if part[0] == "format"), each.path)
        if each.kind == "report"
        else each
        for each in done.makes
    )
    return replace(done, makes=tuple(dict.fromkeys(makes)))


def _is_about_setup(document: Document, effects: list[tuple[Call, Effect]]) -> bool:
    """Whether installs and their like are the skill's work and not only on the way to it."""
    done_by = [call.program for call, done in effects if done.setup and done.takes and done.makes]
    if len(done_by) * 2 < len(effects):
        return False
    text = f"{document.name} {document.description}".lower()[:600]
    named = document.name.lower().partition("-")[0] in done_by
    return bool(done_by) and (named or any(word in text for word in _SETUP_WORDS))


def _sides(effects: Sequence[Found], *, with_setup: bool, guessing: bool) -> tuple[Side, Side]:
    """What is there before and after.

    Effects on the way count where `with_setup` says so. Else they count where a later one takes
    what they write: then what they take is there before. What a look shows of what was made in the
    same piece of code is there after only where nothing else is.
    """
    pre, post, shown = Side(), Side(), Side()
    chain = Chain(effects)
    passed: set[Key] = set()
    aside = {n for n, each in enumerate(effects) if each.effect.setup and not with_setup}
    looked = False
    for number, found in enumerate(effects):
        done = found.effect
        if number in aside:
            # What lies in a folder that was only created comes from elsewhere.
            if done.writes or all(artifact.kind != "tree" for artifact in done.makes):
                chain.add_paths(number)
            continue
        factor = 1.0 if done.sure else _UNSURE
        makers = [chain.maker(artifact, found.block) for artifact in done.takes]
        own = {n for n in makers if n is not None and n not in aside}
        looked = done.look and (
            all(n in own and effects[n].block == found.block for n in makers)
            if makers
            else found.fed and looked
        )
        for artifact, maker in zip(done.takes, makers, strict=True):
            if maker is None:
                pre.add(artifact.scenario, factor, found.evidence, artifact.path)
            elif maker in aside:
                for source in effects[maker].effect.takes:
                    pre.add(source.scenario, factor, effects[maker].evidence)
            elif not done.look:
                passed.add(artifact.scenario)
        taken = {artifact.scenario for artifact in done.takes}
        for artifact in done.makes:
            if artifact.scenario in taken:
                artifact = _in_place(artifact, done)
            if artifact.scenario not in taken:
                side = shown if looked else post
                side.add(artifact.scenario, factor, found.evidence, artifact.path)
                chain.add_state(artifact, number)
                if not done.takes:
                    post.new.add(artifact.scenario)
                elif not done.look and (done.sure or guessing):
                    post.turned.add(artifact.scenario)
        chain.add_paths(number)
    for key in passed & set(post.weight):
        post.weight[key] *= 0.5
    return pre, post if post.weight else shown


def _in_place(artifact: Artifact, done: Effect) -> Artifact:
    """What is made in the state that it is taken in: where it is one file, it has been edited."""
    one = artifact.path and any(taken.path == artifact.path for taken in done.takes)
    return (edited(artifact) or artifact) if one and not done.look else artifact


def _add_stated(document: Document, pre: Side, post: Side) -> None:
    """Add what the skill says of itself. What its commands make is not what it starts from, and
    what they take is not what it makes, whatever the words say."""
    takes, makes = described(document)
    reads, writes = told_files(document)
    taken, made = set(pre.weight), set(post.weight)
    both = {each.artifact.scenario for each in exchanged(document)}
    for side, other, stated in (
        (pre, made - both, [*required(document), *takes, *reads, *exchanged(document)]),
        (post, taken - both, [*makes, *results(document), *writes, *exchanged(document)]),
    ):
        once: dict[Key, Stated] = {}
        for each in stated:
            once.setdefault(each.artifact.scenario, each)
        for key, each in once.items():
            if key not in other or each in writes:
                side.add(key, _STATED, _evidence(each), each.artifact.path)
                if each.artifact.path and side is post:
                    post.new.add(key)
    post.turned |= both


def _add_software(document: Document, calls: Sequence[Call], pre: Side, post: Side) -> None:
    """Add the software that the work needs, where little else tells what it starts from. A page on
    one program says no more of it than its name."""
    if len(_ranked(pre, document)) >= (1 if is_page(document) else _FEW):
        return
    alone = not pre.weight
    for line, artifact in _software(document, calls):
        # That it is for some special purpose says nothing beside other things.
        telling = alone or ("purpose", "special") not in artifact.state
        if telling and artifact.scenario not in post.weight:
            pre.add(artifact.scenario, _UNSURE, line)
            if len(_ranked(pre, document)) >= _FEW:
                return


def _evidence(stated: Stated) -> str:
    return "".join(c if c.isprintable() else " " for c in stated.evidence)[:MAX_EVIDENCE]


def _software(document: Document, calls: Sequence[Call]) -> Iterator[tuple[str, Artifact]]:
    """The programs and packages that a skill needs, those that say most first."""
    held = dict(held_programs(document.code))
    lines = held | {call.program: _line(call) for call in reversed(calls)}
    programs = [*(call.program for call in calls), *held]
    called = [(lines[program], each) for program, each in needed_software(programs)]
    plain = [each for each in called if dict(each[1].state)["purpose"] in _PLAIN_PURPOSES]
    yield from (each for each in called if each not in plain)
    code = [block for block in document.code if block.language in LANGUAGES]
    for line, artifact in needed_packages(block.text for block in code):
        yield _evidence(Stated(artifact, line)), artifact
    yield from plain
    for block in code:
        language = {"typescript": "javascript"}.get(block.language, block.language)
        first = next((line for line in block.text.split("\n") if line.strip()), "")
        state = (("condition", "installed"), ("purpose", language))
        stated = Stated(Artifact("package", state), " ".join(first.split()))
        yield _evidence(stated), stated.artifact
        return


def _ranked(side: Side, document: Document) -> list[Key]:
    """The states, most telling first; one that another only says more exactly is left out."""
    text = f"{document.name} {document.title} {document.description}".lower()[:1000]
    reports = _reports(side)
    exact = [
        key
        for key in side.weight
        if key in reports
        or (
            key[0] != "report"
            and not any(
                other != key and other[0] == key[0] and set(key[1]) < set(other[1])
                for other in side.weight
            )
        )
    ]

    def telling(key: Key) -> float:
        kind, state = key
        mentioned = sum(value in text for _, value in state) + (kind in text)
        plain = kind in _PLAIN
        return min(side.weight[key], 4.0) + 2.0 * mentioned + 0.5 * len(state) - 3.0 * plain

    # Sorting is stable: of equally telling states, the one found first comes first.
    return sorted(exact, key=telling, reverse=True)[:MAX_SKETCHES]


def _reports(side: Side) -> set[Key]:
    """Of the reports in one format, the one that most is told by, of equal ones the general one;
    and the next that says what it is of, where another line tells it."""
    most: dict[str, list[Key]] = {}
    for key in sorted(side.weight, key=lambda each: (-side.weight[each], len(each[1]))):
        if key[0] != "report":
            continue
        kept = most.setdefault(dict(key[1]).get("format", ""), [])
        told = {side.evidence[each] for each in kept}
        if not kept or (
            len(kept) < _MOST_ALIKE and len(key[1]) > 1 and side.evidence[key] not in told
        ):
            kept.append(key)
    return {key for kept in most.values() for key in kept}


def _sketches(keys: list[Key], side: Side, about: str) -> list[Sketch]:
    found = []
    for kind, state in keys:
        told = state
        if about and kind in TOPICAL:
            told = tuple(sorted([*state, ("about", about)]))
        found.append(Sketch(kind, told, sentence(kind, told), side.evidence[kind, state]))
    return found


def _line(call: Call) -> str:
    """The call as one line of at most MAX_EVIDENCE characters."""
    words = [call.program, *call.arguments[:40]]
    text = " ".join(word if word.isprintable() else shlex.quote(word) for word in words)
    text += "".join(f" < {word}" for word in call.reads[:3])
    text += "".join(f" > {word}" for word in call.writes[:3])
    return " ".join(text.split())[:MAX_EVIDENCE]

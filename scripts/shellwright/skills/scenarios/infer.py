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
from dataclasses import dataclass, field, replace

from shellwright.skills.document import Call, Document, Sketch
from shellwright.skills.scenarios.effects import Effect, effect
from shellwright.skills.scenarios.formats import Artifact
from shellwright.skills.scenarios.implied import Made
from shellwright.skills.scenarios.librarycalls import library_effects
from shellwright.skills.scenarios.purposes import needed_software
from shellwright.skills.scenarios.stated import Stated, described, required, results
from shellwright.skills.scenarios.vocabulary import TOPICAL, State
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
#: Kinds that are on the way to the work, or that nearly every skill has: told last.
_PLAIN = frozenset({"endpoint", "file", "network", "package", "report", "secret"})

Key = tuple[str, State]


@dataclass(frozen=True)
class _Found:
    """An effect and its evidence; `block` is the number of the code that it stands in, -1 where
    paths do not tell what belongs together. `fed` is whether a program before it feeds it."""

    evidence: str
    effect: Effect
    block: int = -1
    fed: bool = False


@dataclass
class _Side:
    """What was found on one side: how often, first where, and by which words. `new` is what was
    made of nothing."""

    weight: dict[Key, float] = field(default_factory=dict)
    evidence: dict[Key, str] = field(default_factory=dict)
    new: set[Key] = field(default_factory=set)

    def add(self, key: Key, weight: float, evidence: str) -> None:
        self.weight[key] = self.weight.get(key, 0.0) + weight
        self.evidence.setdefault(key, evidence)


def infer(document: Document) -> tuple[list[Sketch], list[Sketch]]:
    """The scenarios before and after a skill, at most MAX_SKETCHES each, the most telling first.

    Both are empty where nothing can be concluded, or where nothing would change.
    """
    calls = document.calls[:_MAX_CALLS]
    scripts = {number for number, block in enumerate(document.code) if block.script}
    effects = [
        (call, _in_script(done) if call.block in scripts else done)
        for call, done in _effects(calls)
    ]
    work = [done for _, done in effects if not done.setup]
    # One known program among many that are not tells nothing of what the skill is about.
    known = sum(bool(done.takes or done.makes) for done in work)
    enough = known >= LEAST_KNOWN * len(effects)
    code = [_Found(line, done) for line, done in library_effects(document.code)]
    told = [_Found(_line(c), done, c.block, bool(c.piped_from)) for c, done in effects]
    setup = told if _is_about_setup(document, effects) else []
    for chosen, stated in (([*told, *code] if enough else code, True), (setup, False)):
        pre, post = _sides(chosen, with_setup=not stated)
        if stated:
            _add_stated(document, pre, post)
        pre = _drop_unchanged(pre, post)
        if post.weight and not pre.weight:
            for line, artifact in _software(document, calls):
                if artifact.scenario not in post.weight:
                    pre.add(artifact.scenario, _UNSURE, line)
        before, after = _ranked(pre, document), _ranked(post, document)
        if any(one != other for one in before for other in after):
            about = topic(document)
            return _sketches(before, pre, about), _sketches(after, post, about)
    return [], []


def _effects(calls: tuple[Call, ...]) -> list[tuple[Call, Effect]]:
    """The calls with their effects. What a pipe ends with may only show what comes out of it, as
    `| head` does: then the program before is the one that prints. What `tee` keeps is written by
    the program before it."""
    found: list[tuple[Call, Effect]] = []
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
        found.append((call, done))
    return found[::-1]


def _piped(done: Effect, feeds: bool) -> Effect:
    """What is shown to another program (`cat a.csv | sort`) is what that one works on."""
    if not (done.setup and feeds):
        return done
    return replace(done, takes=tuple(a for a in done.takes if a.path), makes=(), setup=False)


def _in_script(done: Effect) -> Effect:
    """What a one-liner of a script prints is mostly kept in a variable, on the way to the rest."""
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


class _Chain:
    """What effects have made so far that later ones may take."""

    def __init__(self, effects: Sequence[_Found]) -> None:
        self._effects = effects
        self._made = Made()
        #: Per kind, what was made: its state, whether it has a path, and in which code; by whom.
        self._states: dict[str, dict[tuple[State, bool, int], int]] = {}

    def add_paths(self, number: int) -> None:
        """Note the files that the effect of that number writes."""
        found = self._effects[number]
        for path in (*(a.path for a in found.effect.makes), *found.effect.writes):
            if path:
                self._made.add(path, number, found.block)

    def add_state(self, artifact: Artifact, number: int) -> None:
        """Note that the effect of that number has brought something into a state."""
        made = (artifact.state, bool(artifact.path), self._effects[number].block)
        self._states.setdefault(artifact.kind, {}).setdefault(made, number)

    def maker(self, artifact: Artifact, block: int) -> int | None:
        """The number of the effect that made an artifact, None for none. Of an artifact without a
        path it is one that made something in the same state and without one, too; in the same
        piece of code, anything in that state or in one that says more."""
        if artifact.path:
            return self._made.maker(artifact.path, block)
        for (state, has_path, where), number in self._states.get(artifact.kind, {}).items():
            if (state == artifact.state and not has_path) or (
                where == block >= 0 and set(artifact.state) <= set(state)
            ):
                return number
        return None


def _sides(effects: Sequence[_Found], *, with_setup: bool) -> tuple[_Side, _Side]:
    """What is there before and after.

    Effects on the way count where `with_setup` says so. Else they count where a later one takes
    what they write: then what they take is there before. What a look shows of what was made in the
    same piece of code is there after only where nothing else is.
    """
    pre, post, shown = _Side(), _Side(), _Side()
    chain = _Chain(effects)
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
                pre.add(artifact.scenario, factor, found.evidence)
            elif maker in aside:
                for source in effects[maker].effect.takes:
                    pre.add(source.scenario, factor, effects[maker].evidence)
            elif not done.look:
                passed.add(artifact.scenario)
        taken = {artifact.scenario for artifact in done.takes}
        for artifact in done.makes:
            if artifact.scenario not in taken:
                (shown if looked else post).add(artifact.scenario, factor, found.evidence)
                chain.add_state(artifact, number)
                if not done.takes:
                    post.new.add(artifact.scenario)
        chain.add_paths(number)
    for key in passed & set(post.weight):
        post.weight[key] *= 0.5
    return pre, post if post.weight else shown


def _drop_unchanged(pre: _Side, post: _Side) -> _Side:
    """Leave out of what is made what is there before, where anything else is made; returns what is
    there before. Where that alone is made, and of nothing, as with documents that are written or
    edited, it need not be there."""
    same = pre.weight.keys() & post.weight.keys()
    if len(same) == len(pre.weight) == len(post.weight) == 1 and same <= post.new:
        return _Side()
    if same != post.weight.keys():
        for key in same:
            del post.weight[key]
    return pre


def _add_stated(document: Document, pre: _Side, post: _Side) -> None:
    """Add what the skill says of itself. What its commands make is not what it starts from, and
    what they take is not what it makes, whatever the words say."""
    takes, makes = described(document)
    taken, made = set(pre.weight), set(post.weight)
    for side, other, stated in (
        (pre, made, [*required(document), *takes]),
        (post, taken, [*makes, *results(document)]),
    ):
        once: dict[Key, Stated] = {}
        for each in stated:
            once.setdefault(each.artifact.scenario, each)
        for key, each in once.items():
            if key not in other:
                side.add(key, _STATED, _evidence(each))


def _evidence(stated: Stated) -> str:
    return "".join(c if c.isprintable() else " " for c in stated.evidence)[:MAX_EVIDENCE]


def _software(document: Document, calls: tuple[Call, ...]) -> Iterator[tuple[str, Artifact]]:
    """The programs that a skill needs of which nothing else tells what it starts from."""
    lines = {call.program: _line(call) for call in reversed(calls)}
    for program, artifact in needed_software([call.program for call in calls]):
        yield lines[program], artifact
    for block in document.code:
        language = {"typescript": "javascript"}.get(block.language, block.language)
        if language in ("python", "javascript"):
            first = next((line for line in block.text.split("\n") if line.strip()), "")
            state = (("condition", "installed"), ("purpose", language))
            stated = Stated(Artifact("package", state), " ".join(first.split()))
            yield _evidence(stated), stated.artifact
            return


def _ranked(side: _Side, document: Document) -> list[Key]:
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


def _reports(side: _Side) -> set[Key]:
    """Of the reports in one format, the one that most is told by; of equal ones the general one."""
    most: dict[str, Key] = {}
    for key in sorted(side.weight, key=lambda each: (side.weight[each], -len(each[1]))):
        if key[0] == "report":
            most[dict(key[1]).get("format", "")] = key
    return set(most.values())


def _sketches(keys: list[Key], side: _Side, about: str) -> list[Sketch]:
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

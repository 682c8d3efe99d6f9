"""Before and after: what a skill needs to find, and what it leaves behind.

This is stage S2 of SkillSynth without a model. Every scenario rests on evidence: a command, whose
effect is looked up in a table of programs or concluded from the names of files; a call in other
code; or words by which the skill states what it requires, takes or makes. What one call makes and
a later one takes is an intermediate of the skill and no scenario before it.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from shellwright.skills.document import Call, Document, Sketch
from shellwright.skills.scenarios.effects import Effect, effect
from shellwright.skills.scenarios.formats import Artifact
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
_SETUP_WORDS = ("install", "dependenc", "package", "set up", "setup", "environment")
#: How much counts what is not a command of the table.
_UNSURE, _STATED = 0.7, 0.8
#: Kinds that are on the way to the work, or that nearly every skill has: told last.
_PLAIN = frozenset({"endpoint", "file", "network", "package", "report", "secret"})

Key = tuple[str, State]
Found = tuple[str, Effect]


@dataclass
class _Side:
    """What was found on one side: how often, first where, and by which words."""

    weight: dict[Key, float] = field(default_factory=dict)
    evidence: dict[Key, str] = field(default_factory=dict)

    def add(self, key: Key, weight: float, evidence: str) -> None:
        self.weight[key] = self.weight.get(key, 0.0) + weight
        self.evidence.setdefault(key, evidence)


def infer(document: Document) -> tuple[list[Sketch], list[Sketch]]:
    """The scenarios before and after a skill, at most MAX_SKETCHES each, the most telling first.

    Both are empty where nothing can be concluded, or where nothing would change.
    """
    calls = document.calls[:_MAX_CALLS]
    effects = _effects(calls)
    work = [(call, done) for call, done in effects if not done.setup]
    # One known program among many that are not tells nothing of what the skill is about.
    known = sum(bool(done.takes or done.makes) for _, done in work)
    enough = known >= LEAST_KNOWN * len(effects)
    code = library_effects(document.code)
    told = [*_told(work), *code] if enough else code
    setup = _told(effects) if _is_about_setup(document, effects) else []
    for chosen, stated in ((told, True), (setup, False)):
        pre, post = _sides(chosen)
        if stated:
            _add_stated(document, pre, post)
        if post.weight and not pre.weight:
            for line, artifact in _software(document, calls):
                if artifact.scenario not in post.weight:
                    pre.add(artifact.scenario, _UNSURE, line)
        _drop_unchanged(pre, post)
        before, after = _ranked(pre, document), _ranked(post, document)
        if any(one != other for one in before for other in after):
            about = topic(document)
            return _sketches(before, pre, about), _sketches(after, post, about)
    return [], []


def _effects(calls: tuple[Call, ...]) -> list[tuple[Call, Effect]]:
    following = [call.piped_from for call in calls[1:]] + [""]
    return [
        (call, effect(call, bool(following[place]) and following[place] == call.program))
        for place, call in enumerate(calls)
    ]


def _told(effects: Iterable[tuple[Call, Effect]]) -> list[Found]:
    return [(_line(call), done) for call, done in effects]


def _is_about_setup(document: Document, effects: list[tuple[Call, Effect]]) -> bool:
    """Whether installs and their like are the skill's work and not only on the way to it."""
    done_by = [call.program for call, done in effects if done.setup and done.takes and done.makes]
    if len(done_by) * 2 < len(effects):
        return False
    text = f"{document.name} {document.description}".lower()[:600]
    named = document.name.lower().partition("-")[0] in done_by
    return bool(done_by) and (named or any(word in text for word in _SETUP_WORDS))


def _sides(effects: Iterable[Found]) -> tuple[_Side, _Side]:
    pre, post = _Side(), _Side()
    made: set[str] = set()
    states: set[Key] = set()
    passed: set[Key] = set()
    for evidence, done in effects:
        factor = 1.0 if done.sure else _UNSURE
        taken = {artifact.scenario for artifact in done.takes}
        for artifact in done.takes:
            if _is_intermediate(artifact, made, states):
                passed.add(artifact.scenario)
            else:
                pre.add(artifact.scenario, factor, evidence)
        for artifact in done.makes:
            if artifact.scenario in taken:
                continue
            post.add(artifact.scenario, factor, evidence)
            if artifact.path:
                made.add(_place(artifact))
            else:
                states.add(artifact.scenario)
    for key in passed & set(post.weight):
        post.weight[key] *= 0.5
    return pre, post


def _drop_unchanged(pre: _Side, post: _Side) -> None:
    """Leave out of what is made what is there before, where anything else is made."""
    same = pre.weight.keys() & post.weight.keys()
    if same != post.weight.keys():
        for key in same:
            del post.weight[key]


def _is_intermediate(artifact: Artifact, made: set[str], states: set[Key]) -> bool:
    return _place(artifact) in made if artifact.path else artifact.scenario in states


def _place(artifact: Artifact) -> str:
    """The path of an artifact without steps up, which go back over a `cd` before."""
    path = artifact.path
    while path.startswith(("../", "./")):
        path = path.partition("/")[2]
    return path


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
    exact = [
        key
        for key in side.weight
        if not any(
            other != key and other[0] == key[0] and set(key[1]) < set(other[1])
            for other in side.weight
        )
    ]

    def telling(key: Key) -> float:
        kind, state = key
        mentioned = sum(value in text for _, value in state) + (kind in text)
        plain = kind in _PLAIN
        return min(side.weight[key], 4.0) + 2.0 * mentioned + 0.5 * len(state) - 3.0 * plain

    # Sorting is stable: of equally telling states, the one found first comes first.
    return sorted(exact, key=telling, reverse=True)[:MAX_SKETCHES]


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

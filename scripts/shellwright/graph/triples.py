"""The triple filter (SkillSynth's stage S6): which of a skill's scenarios it leads between."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from shellwright.graph.judging import PROCEDURAL, Judgement
from shellwright.graph.sketches import Mention, Mentions, Side, Told
from shellwright.graph.ties import Tie, shared_words, tie

#: Triples of a skill that are judged.
MOST = 64
#: Kinds that a skill works with rather than on.
MEANS = frozenset({"network", "package", "secret"})


@dataclass(frozen=True)
class End:
    """One end of a triple: the scenario, the skill's own words for it, and their evidence."""

    scenario: str
    kind: str
    text: str
    evidence: str


@dataclass(frozen=True)
class Triple:
    """A scenario before, a skill and a scenario after. `kinds` are those of all that the skill
    starts from."""

    skill: str
    pre: End
    post: End
    kinds: frozenset[str]


#: Says of every triple whether the skill leads from the one to the other.
TripleJudge = Callable[[Sequence[Triple]], list[Judgement]]

_CHANGED = Judgement(True, PROCEDURAL, "the skill changes the state of what it starts from")
_CONVERTED = Judgement(True, PROCEDURAL, "the same words tell what is taken and what is made")
_ONLY = Judgement(True, PROCEDURAL, "something of a new kind, and it starts from one kind only")
_TIED = {
    Tie.COMMAND: Judgement(True, PROCEDURAL, "something of a new kind, made by the same command"),
    Tie.FILE: Judgement(True, PROCEDURAL, "something of a new kind, told of the same file"),
    Tie.PROGRAM: Judgement(True, PROCEDURAL, "something of a new kind, made by the same program"),
}
_BEST = Judgement(True, PROCEDURAL, "the likeliest of all that the skill may lead between")
_LOOP = Judgement(False, PROCEDURAL, "it ends where it starts")
_BARE = Judgement(False, PROCEDURAL, "no evidence is named")
OTHER = Judgement(
    False, PROCEDURAL, "what it makes comes from another scenario that it starts from"
)
LOOSE = Judgement(
    False, PROCEDURAL, "something of a new kind that is tied to something else, or to nothing"
)
APART = Judgement(
    False, PROCEDURAL, "of the kind that it starts from, but nothing ties the one to the other"
)
#: What may hold nevertheless.
DOUBTED = (OTHER, LOOSE, APART)


def judge_triples(triples: Sequence[Triple]) -> list[Judgement]:
    """The judge that needs no model; all triples of a skill have to be judged at once.

    What is made comes from what its evidence is tied to closest, where the skill starts from
    several kinds, or from several things of its own kind. What a skill starts from and that would
    lead nowhere leads to what it is tied to closest itself. Of a skill that would lead nowhere at
    all the best guess stays.
    """
    by_skill: dict[str, list[int]] = defaultdict(list)
    for place, triple in enumerate(triples):
        by_skill[triple.skill].append(place)
    found = [_verdict(triple) for triple in triples]
    for places in by_skill.values():
        _part_changes(places, triples, found)
        doubted = [place for place in places if found[place] in DOUBTED]
        if not doubted:
            continue
        ties = {place: _tie(triples[place]) for place in doubted}
        _tie_up(places, ties, triples, found)
        if not any(found[place].accepted for place in places):
            likeliest = max(doubted, key=lambda place: (ties[place], _promise(triples[place])))
            found[likeliest] = _BEST
    return found


def _verdict(triple: Triple) -> Judgement:
    """What can be said of a triple alone."""
    pre, post = triple.pre, triple.post
    if pre.scenario == post.scenario:
        return _LOOP
    if not (pre.evidence.strip() and post.evidence.strip()):
        return _BARE
    if pre.evidence == post.evidence:
        return _CONVERTED
    if pre.kind == post.kind:
        return _CHANGED
    if post.kind in triple.kinds:
        return OTHER
    return _ONLY if len(triple.kinds) == 1 else LOOSE


def _tie(triple: Triple) -> Tie:
    return tie(triple.pre.evidence, triple.post.evidence)


def _part_changes(places: Sequence[int], triples: Sequence[Triple], found: list[Judgement]) -> None:
    """Doubt changes within a kind of which a skill has several ends, unless they are tied.

    Ends that nothing is tied to are ways to begin with one outcome, or outcomes of one beginning.
    The same program is no tie here: a skill of git calls git for all that it does.
    """
    of_kind: dict[str, dict[int, Tie]] = defaultdict(dict)
    for place in places:
        if found[place] == _CHANGED:
            own = _tie(triples[place])
            of_kind[triples[place].pre.kind][place] = own if own > Tie.PROGRAM else Tie.NOTHING
    for ties in of_kind.values():
        closest = _closest(triples, ties)
        sides = zip(*(_both_ends(triples[place]) for place in ties), strict=True)
        several = all(len(set(ends)) > 1 for ends in sides)
        for place, own in ties.items():
            best = [closest[end] for end in _both_ends(triples[place])]
            if own not in best or (not own and (several or any(best))):
                found[place] = APART


def _closest(triples: Sequence[Triple], ties: Mapping[int, Tie]) -> Mapping[tuple[Side, str], Tie]:
    """The closest tie of every end."""
    closest: dict[tuple[Side, str], Tie] = defaultdict(lambda: Tie.NOTHING)
    for place, own in ties.items():
        for end in _both_ends(triples[place]):
            closest[end] = max(closest[end], own)
    return closest


def _tie_up(
    places: Sequence[int],
    ties: Mapping[int, Tie],
    triples: Sequence[Triple],
    found: list[Judgement],
) -> None:
    """Accept those loose triples of a skill of which one end has no closer tie elsewhere."""
    loose = {place: own for place, own in ties.items() if found[place] == LOOSE}
    accepted = {place: Tie.COMMAND for place in places if found[place].accepted}
    closest = _closest(triples, loose | accepted)
    for place, own in loose.items():
        if own and own in (closest[end] for end in _both_ends(triples[place])):
            found[place] = _TIED[own]


def _both_ends(triple: Triple) -> list[tuple[Side, str]]:
    return [("pre", triple.pre.scenario), ("post", triple.post.scenario)]


def _promise(triple: Triple) -> tuple[bool, int]:
    """How likely a doubted triple holds: whether it starts from more than a means, and
    how many words are told of both ends."""
    pre, post = (f"{end.text} {end.evidence}" for end in (triple.pre, triple.post))
    return triple.pre.kind not in MEANS, shared_words(pre, post)


def triples_of(
    mentions: Mentions, scenarios: Mapping[Side, Mapping[str, str]], told: Mapping[str, Told]
) -> list[Triple]:
    """The triples of a skill that are judged, at most `MOST`, in order of preference.

    `scenarios` has the scenario that every told one has become, per side and key. What has become
    the same counts once. Triples of one kind come first, and those that the same evidence tells.
    """
    pres = _ends(mentions.pre, scenarios["pre"], told)
    posts = _ends(mentions.post, scenarios["post"], told)
    kinds = frozenset(end.kind for end in pres)
    found = [Triple(mentions.skill, pre, post, kinds) for pre in pres for post in posts]
    return sorted(found, key=_preference)[:MOST]


def select(triples: Sequence[Triple], limit: int) -> list[int]:
    """The places of at most `limit` triples: first such as bring a new scenario, then the rest."""
    seen: set[tuple[str, str]] = set()
    first: list[int] = []
    rest: list[int] = []
    for place, triple in enumerate(triples):
        both = {("pre", triple.pre.scenario), ("post", triple.post.scenario)}
        (rest if both <= seen else first).append(place)
        seen |= both
    return sorted([*first, *rest][:limit])


def _ends(
    mentions: Sequence[Mention], scenarios: Mapping[str, str], told: Mapping[str, Told]
) -> list[End]:
    found: dict[str, End] = {}
    for mention in mentions:
        name, words = scenarios[mention.key], told[mention.key]
        found.setdefault(name, End(name, words.kind, words.text, mention.evidence))
    return [found[name] for name in sorted(found)]


def _preference(triple: Triple) -> tuple[bool, bool, str, str]:
    pre, post = triple.pre, triple.post
    return pre.kind != post.kind, pre.evidence != post.evidence, pre.scenario, post.scenario

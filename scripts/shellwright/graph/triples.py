"""The triple filter (SkillSynth's stage S6): which of a skill's scenarios it leads between."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from shellwright.graph.judging import PROCEDURAL, Judgement
from shellwright.graph.sketches import Mention, Mentions, Side, Told

#: Triples of a skill that are judged.
MOST = 64


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
_ANEW = Judgement(True, PROCEDURAL, "the skill makes something of a new kind")
_LOOP = Judgement(False, PROCEDURAL, "it ends where it starts")
_BARE = Judgement(False, PROCEDURAL, "no evidence is named")
OTHER = Judgement(
    False, PROCEDURAL, "what it makes comes from another scenario that it starts from"
)


def judge_triples(triples: Sequence[Triple]) -> list[Judgement]:
    """The judge that needs no model."""
    return [_verdict(triple) for triple in triples]


def _verdict(triple: Triple) -> Judgement:
    pre, post = triple.pre, triple.post
    if pre.scenario == post.scenario:
        return _LOOP
    if not (pre.evidence.strip() and post.evidence.strip()):
        return _BARE
    if pre.evidence == post.evidence:
        return _CONVERTED
    if pre.kind == post.kind:
        return _CHANGED
    return OTHER if post.kind in triple.kinds else _ANEW


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

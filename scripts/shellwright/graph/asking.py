"""The judges of the graph that ask a model what is compatible and what is a transition."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from shellwright.graph.clusters import Cluster
from shellwright.graph.judging import Judge, Judgement, meets, procedural_judge
from shellwright.graph.triples import DOUBTED, Triple, TripleJudge, judge_triples
from shellwright.skills.model import compatible
from shellwright.skills.model.compatible import Ruling
from shellwright.teacher.openai.interface import ShapedClient


def model_judge(
    client: ShapedClient, threshold: float, workers: int, attempts: int, asked: int = 0
) -> Judge:
    """A judge of pairs. Those of different kinds, or of which one asks for more than the other
    gives, are refused without a question; of those less similar than `threshold` the model is
    asked about the `asked` nearest ones of each cluster."""
    own = procedural_judge(threshold)
    seen: Counter[str] = Counter()  # pairs come in batches, and the bound holds for all of them

    def judge(pairs: Sequence[tuple[Cluster, Cluster, float]]) -> list[Judgement]:
        found = own(pairs)
        open_ = sorted(
            {
                *(place for place, each in enumerate(found) if each.accepted),
                *_nearest_refused(pairs, threshold, asked, seen),
            }
        )
        texts = [(pairs[place][0].text, pairs[place][1].text) for place in open_]
        rulings = compatible.judge_compatibility(texts, client, attempts=attempts, workers=workers)
        return _replaced(found, open_, rulings)

    return judge


def _nearest_refused(
    pairs: Sequence[tuple[Cluster, Cluster, float]],
    threshold: float,
    asked: int,
    seen: Counter[str],
) -> Iterator[int]:
    """The places of pairs that nothing but their likeness speaks against, the nearest ones of
    either cluster; `seen` counts the pairs of each cluster so far."""
    unlike = [
        place
        for place, (post, pre, near) in enumerate(pairs)
        if near < threshold and meets(post, pre)
    ]
    for place in sorted(unlike, key=lambda place: (-pairs[place][2], place)):
        ends = (pairs[place][0].id, pairs[place][1].id)
        if any(seen[end] < asked for end in ends):
            yield place
        seen.update(ends)


def model_triple_judge(
    client: ShapedClient, skills: Mapping[str, str], workers: int, attempts: int, asked: int = 0
) -> TripleJudge:
    """A judge of triples. `skills` tells in a sentence what each skill does, by its id. What is
    no transition whatever the words say, as one that ends where it starts, is not asked about; of
    those whose outcome seems to come from something else, the first `asked` of each skill are."""

    def judge(triples: Sequence[Triple]) -> list[Judgement]:
        found = judge_triples(triples)
        doubted = [place for place, each in enumerate(found) if each in DOUBTED]
        open_ = sorted(
            [
                *(place for place, each in enumerate(found) if each.accepted),
                *_first_of_each(doubted, triples, asked),
            ]
        )
        texts = [
            (each.pre.text, skills[each.skill], each.post.text)
            for each in (triples[place] for place in open_)
        ]
        rulings = compatible.judge_triples(texts, client, attempts=attempts, workers=workers)
        return _replaced(found, open_, rulings)

    return judge


def _first_of_each(places: Iterable[int], triples: Sequence[Triple], asked: int) -> Iterator[int]:
    """At most so many of the places per skill, the first ones."""
    seen: Counter[str] = Counter()
    for place in places:
        skill = triples[place].skill
        seen[skill] += 1
        if seen[skill] <= asked:
            yield place


def _replaced(
    found: list[Judgement], places: Sequence[int], rulings: Sequence[Ruling]
) -> list[Judgement]:
    """The judgements with the model's own at the places that it was asked about."""
    for place, ruling in zip(places, rulings, strict=True):
        found[place] = Judgement(ruling.accepted, ruling.judge, ruling.reason)
    return found

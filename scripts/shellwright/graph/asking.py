"""The judges of the graph that ask a model what is compatible and what is a transition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from shellwright.graph.clusters import Cluster
from shellwright.graph.judging import Judge, Judgement, procedural_judge
from shellwright.graph.triples import Triple, TripleJudge, judge_triples
from shellwright.skills.model import compatible
from shellwright.skills.model.compatible import Ruling
from shellwright.teacher.openai.interface import ShapedClient


def model_judge(client: ShapedClient, threshold: float, workers: int) -> Judge:
    """A judge of pairs. Those of different kinds, of states that cannot hold at once, or less
    similar than `threshold` are refused without a question."""
    own = procedural_judge(threshold)

    def judge(pairs: Sequence[tuple[Cluster, Cluster, float]]) -> list[Judgement]:
        found = own(pairs)
        open_ = [place for place, each in enumerate(found) if each.accepted]
        texts = [(pairs[place][0].text, pairs[place][1].text) for place in open_]
        rulings = compatible.judge_compatibility(texts, client, workers=workers)
        return _replaced(found, open_, rulings)

    return judge


def model_triple_judge(
    client: ShapedClient, skills: Mapping[str, str], workers: int
) -> TripleJudge:
    """A judge of triples. `skills` tells in a sentence what each skill does, by its id. What is
    no transition whatever the words say, as one that ends where it starts, is not asked about."""

    def judge(triples: Sequence[Triple]) -> list[Judgement]:
        found = judge_triples(triples)
        open_ = [place for place, each in enumerate(found) if each.accepted]
        texts = [
            (each.pre.text, skills[each.skill], each.post.text)
            for each in (triples[place] for place in open_)
        ]
        rulings = compatible.judge_triples(texts, client, workers=workers)
        return _replaced(found, open_, rulings)

    return judge


def _replaced(
    found: list[Judgement], places: Sequence[int], rulings: Sequence[Ruling]
) -> list[Judgement]:
    """The judgements with the model's own at the places that it was asked about."""
    for place, ruling in zip(places, rulings, strict=True):
        found[place] = Judgement(ruling.accepted, ruling.judge, ruling.reason)
    return found

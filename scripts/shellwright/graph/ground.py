"""Grounding: clusters that are a typed scenario of executable skills."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from shellwright.graph.clusters import Cluster
from shellwright.graph.embed import Vectors
from shellwright.graph.judging import PROCEDURAL, Judgement, Row, row
from shellwright.graph.neighbours import cosines
from shellwright.graph.sketches import State
from shellwright.graph.states import agree, complete
from shellwright.recipe.scenario import Scenario

#: Kinds of which the state says too little: nearly every skill ends with some report, and one on
#: disks is not one on users.
UNGROUNDED = frozenset({"report"})


def ground(
    clusters: Sequence[Cluster],
    vectors: Vectors,
    typed: Sequence[Scenario],
    typed_vectors: Vectors,
) -> tuple[dict[int, str], list[Row]]:
    """The typed scenario of every cluster that has one, and a judgement per cluster.

    A cluster is a typed scenario of its kind when their complete states are the same: who says
    nothing of a fault means no fault. One of which nothing at all is said is none, for it may be
    anything of its kind. Of several the most similar is taken. A cluster that is none gets the
    refusal of the one that it comes nearest to.
    """
    by_kind: dict[str, list[int]] = defaultdict(list)
    for place, scenario in enumerate(typed):
        by_kind[scenario.kind].append(place)
    states = [complete(scenario.kind, scenario.state) for scenario in typed]
    found: dict[int, str] = {}
    rows = []
    for place, cluster in enumerate(clusters):
        options = by_kind.get(cluster.kind)
        if not options or cluster.kind in UNGROUNDED:
            continue
        others = typed_vectors[options]
        near = cosines(others, np.broadcast_to(vectors[place], others.shape))
        differing, similarity, option = min(
            (len(set(states[option]) ^ set(cluster.state)), -s, option)
            for option, s in zip(options, near.tolist(), strict=True)
        )
        accepted = not differing and not cluster.bare
        if accepted:
            found[place] = typed[option].id
        judgement = Judgement(accepted, PROCEDURAL, _reason(cluster, states[option]))
        evidence = f"{cluster.text} | {typed[option].title}"
        rows.append(row("ground", cluster.id, typed[option].id, -similarity, judgement, evidence))
    return found, rows


def _reason(cluster: Cluster, state: State) -> str:
    own = dict(cluster.state)
    if not agree([*cluster.state, *state]):
        return "states that cannot hold at once"
    if not own.keys() >= dict(state).keys():
        return "leaves open what is special in it"
    if own.keys() > dict(state).keys():
        return "says more than there is in it"
    return "says nothing of its state" if cluster.bare else "same kind, same state"

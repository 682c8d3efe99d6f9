"""From the skills of all sources to the skill graph (SkillSynth's stages S3 to S6)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shellwright.digest import canonical, digest
from shellwright.graph.align import Aligned, align
from shellwright.graph.build import build_rows
from shellwright.graph.clusters import Cluster, find_clusters
from shellwright.graph.embed import Embedder, Vectors, query
from shellwright.graph.ground import ground
from shellwright.graph.judging import Judge, Row, procedural_judge, row
from shellwright.graph.neighbours import on_grid
from shellwright.graph.settings import Settings
from shellwright.graph.sketches import Mentions, Side, Sketches, State, Told, collect
from shellwright.graph.triples import Triple, TripleJudge, judge_triples, select, triples_of
from shellwright.recipe.scenario import Scenario

#: Skills whose triples are judged at once.
_BATCH = 1000


@dataclass(frozen=True)
class Assembled:
    """The rows of the tables `scenario`, `transition`, `cluster` and `judgement`, each sorted by
    id."""

    scenarios: list[Row]
    transitions: list[Row]
    clusters: list[Row]
    judgements: list[Row]


@dataclass(frozen=True)
class _Homes:
    """What the clusters have become: a row per scenario, and the scenario of every told one, per
    side and key."""

    rows: dict[str, Row]
    scenarios: dict[Side, dict[str, str]]


def assemble(
    skills: Iterable[Mapping[str, Any]],
    starts: Collection[str],
    embed: Embedder,
    settings: Settings,
    judge: Judge | None = None,
    triple_judge: TripleJudge = judge_triples,
) -> Assembled:
    """The skill graph of the rows of the `skill` table, in whatever order they come.

    `starts` are the ids of the scenarios that a task can start from. `judge` and `triple_judge`
    decide what is compatible and what is a transition; those that need no model by default.
    A scenario that no transition touches is left out.

    Every judgement that is made is kept, whether or not the graph rests on it.
    """
    rows = list(skills)
    sketches = collect(rows)
    scenarios, transitions = build_rows(rows, starts)
    typed = [Scenario.parse(each["id"]) for each in scenarios]
    clusters, aligned, judgements = _bring_together(
        sketches, typed, embed, settings, judge or procedural_judge(settings.align)
    )
    homes = _homes(sketches.told, clusters, aligned)
    told_transitions, triple_rows = _transitions(sketches, homes, settings, triple_judge)
    ends = {name for each in told_transitions for name in (each["pre"], each["post"])}
    by_id = {each["id"]: each for each in scenarios}
    for name in sorted(ends):
        own = homes.rows[name]
        if name in by_id:
            by_id[name] = {**by_id[name], "text": own["text"], "members": own["members"]}
        else:
            by_id[name] = own
    return Assembled(
        [by_id[name] for name in sorted(by_id)],
        sorted([*transitions, *told_transitions], key=_id),
        sorted((_cluster_row(each, sketches, homes) for each in clusters), key=_id),
        sorted([*judgements, *triple_rows], key=_id),
    )


def _id(each: Row) -> str:
    return str(each["id"])


def _bring_together(
    sketches: Sketches,
    typed: Sequence[Scenario],
    embed: Embedder,
    settings: Settings,
    judge: Judge,
) -> tuple[list[Cluster], Aligned, list[Row]]:
    """Embed, cluster, ground and align; the judgements are those of the last two."""
    told = sketches.told
    vectors = _embedded([query(each.kind, each.state, each.text) for each in told], embed)
    own = _embedded([query(each.kind, each.state, each.title) for each in typed], embed)
    clusters = [
        cluster
        for side in ("post", "pre")
        for cluster in find_clusters(told, vectors, sketches.counts[side], side, settings)
    ]
    means = _means(clusters, vectors)
    grounded, judgements = ground(clusters, means, typed, own)
    aligned = align(clusters, means, grounded, judge, settings)
    return clusters, aligned, [*judgements, *aligned.judgements]


def _embedded(texts: Sequence[str], embed: Embedder) -> Vectors:
    if not texts:
        return np.zeros((0, 1), dtype=np.float32)
    return on_grid(embed(texts))


def _means(clusters: Sequence[Cluster], vectors: Vectors) -> Vectors:
    """The mean vector of every cluster's members, on the grid."""
    means: NDArray[np.float32] = np.zeros((len(clusters), vectors.shape[1]), dtype=np.float32)
    for place, cluster in enumerate(clusters):
        means[place] = vectors[list(cluster.members)].mean(axis=0, dtype=np.float64)
    return on_grid(means)


def _homes(told: Sequence[Told], clusters: Sequence[Cluster], aligned: Aligned) -> _Homes:
    """The scenario of every group, by its id."""
    rows: dict[str, Row] = {}
    scenarios: dict[Side, dict[str, str]] = {"pre": {}, "post": {}}
    groups = [[clusters[place] for place in group] for group in aligned.groups]
    for own, name in zip(groups, scenario_ids(groups, aligned.typed, told), strict=True):
        rows[name] = _scenario_row(name, own, told)
        for cluster in own:
            scenarios[cluster.side].update((told[place].key, name) for place in cluster.members)
    return _Homes(rows, scenarios)


def scenario_ids(
    groups: Sequence[Sequence[Cluster]], typed: Sequence[str | None], told: Sequence[Told]
) -> list[str]:
    """The ids of the scenarios that groups of clusters have become, in their order.

    A typed scenario keeps its own. Of the others in one state the one that is told most often is
    named by the state, so that what further skills tell of it does not give it another name; any
    more by their member with the smallest hash, of which a new one seldom is. A scraped scenario's
    id has no `=`, so that it cannot be read as a typed one.
    """
    own: dict[tuple[str, State], list[tuple[int, str, int]]] = defaultdict(list)
    for place, (group, known) in enumerate(zip(groups, typed, strict=True)):
        if not known:
            count = sum(cluster.count for cluster in group)
            said = (-count, _smallest_hash(group, told), place)
            own[group[0].kind, shared_state(group)].append(said)
    names = {place: known for place, known in enumerate(typed) if known}
    for (kind, state), found in own.items():
        for rank, (_, smallest, place) in enumerate(sorted(found)):
            named = smallest if rank else digest([kind, state])
            names[place] = f"{kind}:told-{named[:12]}"
    return [names[place] for place in range(len(groups))]


def _smallest_hash(clusters: Sequence[Cluster], told: Sequence[Told]) -> str:
    return min(
        digest([cluster.side, told[place].key]) for cluster in clusters for place in cluster.members
    )


def _scenario_row(name: str, clusters: Sequence[Cluster], told: Sequence[Told]) -> Row:
    """The row of a scraped scenario. Its state is what holds in it, as far as any sketch says so,
    and its sentence that of a cluster in just this state, of several the one most often told."""
    state = shared_state(clusters)
    members = [told[place] for cluster in clusters for place in cluster.members]
    said = {part for member in members for part in member.state}
    scenario = Scenario(clusters[0].kind, tuple(part for part in state if part in said))
    first = min(clusters, key=lambda each: (each.state != state, -each.count, each.id))
    return {
        "id": name,
        "kind": scenario.kind,
        "state_json": canonical(dict(scenario.state)).decode(),
        "title": scenario.title,
        "text": first.text,
        "start": False,
        "typed": False,
        "members": sum(cluster.count for cluster in clusters),
    }


def shared_state(clusters: Sequence[Cluster]) -> State:
    """What holds in a scenario of these clusters: what all its pres ask for, which every post
    gives, or else what its only post leaves."""
    return min(clusters, key=lambda cluster: cluster.side != "pre").state


def _cluster_row(cluster: Cluster, sketches: Sketches, homes: _Homes) -> Row:
    members = [sketches.told[place] for place in cluster.members]
    counts = sketches.counts[cluster.side]
    return {
        "id": cluster.id,
        "side": cluster.side,
        "kind": cluster.kind,
        "state_json": canonical(dict(cluster.state)).decode(),
        "text": cluster.text,
        "members": [
            {"key": each.key, "text": each.text, "count": counts[each.key]} for each in members
        ],
        "count": cluster.count,
        "scenario": homes.scenarios[cluster.side][members[0].key],
    }


def _transitions(
    sketches: Sketches, homes: _Homes, settings: Settings, judge: TripleJudge
) -> tuple[list[Row], list[Row]]:
    """The transitions of scraped skills and the rows of their judgements."""
    told = {each.key: each for each in sketches.told}
    transitions: list[Row] = []
    judgements: list[Row] = []
    for start in range(0, len(sketches.skills), _BATCH):
        batch: Sequence[Mentions] = sketches.skills[start : start + _BATCH]
        triples = [each for one in batch for each in triples_of(one, homes.scenarios, told)]
        accepted: dict[str, list[tuple[Triple, Row]]] = defaultdict(list)
        for triple, verdict in zip(triples, judge(triples), strict=True):
            pre, post = triple.pre, triple.post
            words = pre.evidence if pre.evidence == post.evidence else _both(triple)
            recorded = row(
                "triple", pre.scenario, post.scenario, None, verdict, words, triple.skill
            )
            judgements.append(recorded)
            if verdict.accepted:
                accepted[triple.skill].append((triple, recorded))
        for _, found in sorted(accepted.items()):
            for place in select([triple for triple, _ in found], settings.triples):
                triple, recorded = found[place]
                parts = {
                    "pre": triple.pre.scenario,
                    "skill": triple.skill,
                    "post": triple.post.scenario,
                }
                evidence = {"evidence": recorded["evidence"], "judgement": recorded["id"]}
                transitions.append({"id": digest(parts)[:16], **parts, **evidence})
    return transitions, judgements


def _both(triple: Triple) -> str:
    return f"{triple.pre.evidence} → {triple.post.evidence}"

"""Cross-skill alignment and merge (SkillSynth's stages S4 and S5): clusters become scenarios.

First every cluster is grounded: where typed scenarios of executable skills fit it, the nearest
one takes it in. Then post and pre clusters are compared, in both directions, and those that a
judge finds compatible are brought together, the most similar first. Nothing is chained: two
groups become one only when all their states can hold at once and their members are similar on
average. Two typed scenarios are never brought together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from shellwright.graph.clusters import Cluster, state_codes
from shellwright.graph.embed import Vectors
from shellwright.graph.judging import PROCEDURAL, Judge, Judgement, Other, Row, row
from shellwright.graph.neighbours import Allowed, Indexes, nearest
from shellwright.graph.settings import Settings
from shellwright.graph.sketches import unify
from shellwright.recipe.scenario import Scenario

#: Pairs that are judged at once.
_BATCH = 20_000
#: Candidates may miss the threshold by this much, so that near misses are judged and recorded.
_NEAR = 0.05
#: What is not even so alike, as a share of the threshold, is not asked about.
_ALIKE = 0.5
#: The same likeness may come out so much lower when it is computed from sums.
_ROUNDING = 1e-6


@dataclass
class Group:
    """Clusters that are one scenario, and the typed scenario that it is, if any.

    `total` is the sum of the vectors of all `size` members; both count sketches, not clusters.
    """

    clusters: list[int]
    state: dict[str, str]
    total: NDArray[np.float64]
    size: int
    typed: str | None = None

    def likeness(self, other: Group) -> float:
        """The mean similarity of the members of two groups."""
        return float(self.total @ other.total) / (self.size * other.size)


@dataclass(frozen=True)
class Aligned:
    """The groups, as lists of places in the clusters; every cluster is in one. `typed` has the
    typed scenario of each, or None; `judgements` are rows."""

    groups: list[list[int]]
    typed: list[str | None]
    judgements: list[Row]


@dataclass
class _Candidates:
    """Pairs of a post and a pre cluster, by place, in order of judgement; with their judgements
    once these are made."""

    posts: Indexes
    pres: Indexes
    similarities: Vectors
    answers: list[Judgement] = field(default_factory=list)


#: The state of a typed scenario that goes without saying. An attribute that is not listed here,
#: as the direction of something sealed, has to be told.
USUAL = {
    ("archive", "holds"): "tree",
    ("database", "content"): "original",
    ("database", "shape"): "records",
    ("log", "storage"): "plain",
    ("program", "condition"): "working",
    ("project", "condition"): "sound",
    ("repository", "condition"): "clean",
    ("table", "condition"): "clean",
    ("table", "extent"): "full",
    ("table", "shape"): "records",
    ("tree", "condition"): "tidy",
    ("tree", "content"): "documents",
}


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

    A typed scenario fits a cluster of its kind when their states agree on every attribute that
    both have, share at least one, and what the cluster leaves open is as it is usual (`USUAL`):
    who says nothing of a fault means no fault. Of those that fit, the one that shares most
    attributes is taken, then the most similar. A cluster that none fits gets its nearest one's
    rejection.
    """
    by_kind: dict[str, list[int]] = defaultdict(list)
    for place, scenario in enumerate(typed):
        by_kind[scenario.kind].append(place)
    states = [dict(scenario.state) for scenario in typed]
    found: dict[int, str] = {}
    rows = []
    for place, cluster in enumerate(clusters):
        options = by_kind.get(cluster.kind)
        if not options or cluster.kind in UNGROUNDED:
            continue
        state = dict(cluster.state)
        near = typed_vectors[options] @ vectors[place]
        ranked = sorted(
            (
                not unify(states[option], state),
                not _usual(typed[option], state),
                -_shared(states[option], state),
                -s,
                option,
            )
            for option, s in zip(options, near.tolist(), strict=True)
        )
        misfit, unusual, shared, similarity, option = ranked[0]
        accepted = not misfit and not unusual and shared < 0
        if accepted:
            found[place] = typed[option].id
            names = ", ".join(sorted(states[option].keys() & state.keys()))
            reason = f"same kind, same {names}"
        else:
            reason = (
                "states that cannot hold at once"
                if misfit
                else "says nothing of what is special in it"
                if unusual
                else "no attribute in common"
            )
        judgement = Judgement(accepted, PROCEDURAL, reason)
        evidence = f"{cluster.text} | {typed[option].title}"
        rows.append(row("ground", cluster.id, typed[option].id, -similarity, judgement, evidence))
    return found, rows


def _usual(scenario: Scenario, state: Mapping[str, str]) -> bool:
    """Whether a scenario is in its usual state where `state` says nothing."""
    return all(
        name in state or USUAL.get((scenario.kind, name)) == value for name, value in scenario.state
    )


def _shared(one: Mapping[str, str], other: Mapping[str, str]) -> int:
    return len(one.keys() & other.keys())


def align(
    clusters: Sequence[Cluster],
    vectors: Vectors,
    grounded: Mapping[int, str],
    judge: Judge,
    settings: Settings,
) -> Aligned:
    """Bring clusters together into scenarios.

    `vectors` are the means of the members' vectors, so that the product of two is the mean
    similarity of their members. All pairs among the `settings.candidates` nearest of either are
    judged that are of one kind, since a scenario has one, and not far below `settings.align`;
    besides, of those below it whose states can hold at once, the `settings.asked` nearest that are
    at least half as similar.
    Every judgement is recorded: those by which groups were joined in a row each, the others in a
    row per post cluster and answer.
    """
    groups, home = _initial(clusters, vectors, grounded)
    rows: list[Row] = []
    by_kind: dict[str, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for place, cluster in enumerate(clusters):
        by_kind[cluster.kind][cluster.side == "pre"].append(place)
    for _, (posts, pres) in sorted(by_kind.items()):
        if not (posts and pres):
            continue
        found = _candidates(np.array(posts), np.array(pres), clusters, vectors, settings)
        _judge(found, clusters, judge)
        joined = list(_join(found, groups, home, settings.align))
        rows += [_row(found, clusters, number) for number in joined]
        rows += _others(found, clusters, set(joined))
    kept = sorted({id(groups[place]): groups[place] for place in home}.values(), key=_first)
    return Aligned(
        [sorted(group.clusters) for group in kept],
        [group.typed for group in kept],
        rows,
    )


def _first(group: Group) -> int:
    return min(group.clusters)


def _initial(
    clusters: Sequence[Cluster], vectors: Vectors, grounded: Mapping[int, str]
) -> tuple[list[Group], list[int]]:
    """A group per cluster or typed scenario, and the number of every cluster's group."""
    groups: list[Group] = []
    home: list[int] = []
    by_typed: dict[str, int] = {}
    for place, cluster in enumerate(clusters):
        size = len(cluster.members)
        total = vectors[place].astype(np.float64) * size
        name = grounded.get(place)
        if name is not None and name in by_typed:
            group = groups[by_typed[name]]
            group.clusters.append(place)
            group.total = group.total + total
            group.size += size
            home.append(by_typed[name])
            continue
        state = dict(cluster.state)
        if name is not None:
            by_typed[name] = len(groups)
            state = dict(Scenario.parse(name).state)
        home.append(len(groups))
        groups.append(Group([place], state, total, size, name))
    return groups, home


def _candidates(
    posts: Indexes,
    pres: Indexes,
    clusters: Sequence[Cluster],
    vectors: Vectors,
    settings: Settings,
) -> _Candidates:
    """The pairs to judge, by post cluster, the nearest first."""
    floor = settings.align - _NEAR
    width = len(pres)
    onward = nearest(vectors[posts], vectors[pres], settings.candidates, floor)
    back = nearest(vectors[pres], vectors[posts], settings.candidates, floor)
    codes = [pairs.rows * width + pairs.others for pairs in onward]
    codes += [pairs.others * width + pairs.rows for pairs in back]
    if settings.asked:
        states = state_codes(clusters, np.concatenate([posts, pres]))
        own, needed = states[: len(posts)], states[len(posts) :]
        most, least, below = settings.asked, settings.align * _ALIKE, settings.align
        for pairs in nearest(
            vectors[posts], vectors[pres], most, least, below=below, allowed=_fits(own, needed)
        ):
            codes.append(pairs.rows * width + pairs.others)
        for pairs in nearest(
            vectors[pres], vectors[posts], most, least, below=below, allowed=_fits(needed, own)
        ):
            codes.append(pairs.others * width + pairs.rows)
    both = np.unique(np.concatenate(codes)) if codes else np.zeros(0, dtype=np.int64)
    one, other = posts[both // width], pres[both % width]
    similarities = np.concatenate(
        [np.zeros(0, dtype=np.float32)]
        + [
            np.einsum("ij,ij->i", vectors[one[at : at + _BATCH]], vectors[other[at : at + _BATCH]])
            for at in range(0, len(both), _BATCH)
        ]
    )
    order = np.lexsort((other, -similarities, one))
    return _Candidates(one[order], other[order], similarities[order])


def _fits(rows: NDArray[np.int32], others: NDArray[np.int32]) -> Allowed:
    """Which states can hold at once, of states as `state_codes` has them."""

    def allowed(start: int, end: int) -> NDArray[np.bool_]:
        fits = np.ones((end - start, len(others)), dtype=np.bool_)
        for column in range(rows.shape[1]):
            one, other = rows[start:end, column, None], others[None, :, column]
            fits &= (one == other) | (one == 0) | (other == 0)
        return fits

    return allowed


def _judge(found: _Candidates, clusters: Sequence[Cluster], judge: Judge) -> None:
    """Ask the judge about every pair."""
    for start in range(0, len(found.posts), _BATCH):
        part = slice(start, start + _BATCH)
        pairs = [
            (clusters[post], clusters[pre], near)
            for post, pre, near in zip(
                found.posts[part].tolist(),
                found.pres[part].tolist(),
                found.similarities[part].tolist(),
                strict=True,
            )
        ]
        found.answers += [answer for _, answer in zip(pairs, judge(pairs), strict=True)]


def _join(
    found: _Candidates, groups: list[Group], home: list[int], threshold: float
) -> Iterator[int]:
    """Join the groups of accepted pairs, the most similar first; yields the pairs' numbers.

    On average the members must be as similar as `threshold` wants, or as the pair itself, where a
    judge accepted one that is less similar.
    """
    accepted = np.array(
        [number for number, answer in enumerate(found.answers) if answer.accepted], dtype=np.int64
    )
    order = np.lexsort((found.pres[accepted], found.posts[accepted], -found.similarities[accepted]))
    for number in accepted[order].tolist():
        post, pre = int(found.posts[number]), int(found.pres[number])
        one, other = groups[home[post]], groups[home[pre]]
        near = float(found.similarities[number])
        least = threshold if near >= threshold else near - _ROUNDING
        if (
            one is other
            or (one.typed and other.typed)
            or not unify(one.state, other.state)
            or one.likeness(other) < least
        ):
            continue
        if len(one.clusters) < len(other.clusters):
            one, other = other, one
        number_of_one = home[one.clusters[0]]
        for place in other.clusters:
            home[place] = number_of_one
        one.clusters += other.clusters
        one.state |= other.state
        one.total = one.total + other.total
        one.size += other.size
        one.typed = one.typed or other.typed
        yield number


def _others(
    found: _Candidates, clusters: Sequence[Cluster], joined: Collection[int]
) -> Iterator[Row]:
    """The judgements by which nothing was joined, the refusals above all: a row per post cluster
    and answer, which names its nearest pre cluster first. One for every pair would write the text
    of either cluster again for each."""
    numbers = [number for number in range(len(found.answers)) if number not in joined]
    for _, own in groupby(numbers, key=lambda number: int(found.posts[number])):
        alike: dict[Judgement, list[int]] = defaultdict(list)
        for number in own:
            alike[found.answers[number]].append(number)
        for first, *rest in alike.values():
            yield _row(found, clusters, first, rest)


def _row(
    found: _Candidates, clusters: Sequence[Cluster], number: int, others: Sequence[int] = ()
) -> Row:
    """The row of a pair, and of others of its post cluster that got the same answer."""
    post, pre = clusters[found.posts[number]], clusters[found.pres[number]]
    return row(
        "align",
        post.id,
        pre.id,
        float(found.similarities[number]),
        found.answers[number],
        f"{post.text} | {pre.text}",
        others=[
            Other(each.id, float(found.similarities[place]), each.text)
            for place in others
            for each in [clusters[found.pres[place]]]
        ],
    )

"""Cross-skill alignment and merge (SkillSynth's stages S4 and S5): clusters become scenarios.

Post and pre clusters are compared, the nearest of either, and those that a judge finds compatible
are brought together, the most similar first: what the one gives is all that the other asks for.
Nothing is chained: two groups become one only when all pres among them ask for the same, every post
gives it, no two posts contradict each other, and their members are similar on average. A typed
scenario gives and asks for its own state, no more and no less, and two of them are never brought
together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from shellwright.graph.clusters import Cluster
from shellwright.graph.embed import Vectors
from shellwright.graph.judging import Judge, Judgement, Other, Row, row
from shellwright.graph.neighbours import Allowed, Indexes, cosines, nearest
from shellwright.graph.settings import Settings
from shellwright.graph.states import Parts, agree, holding

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
    `left` is what its posts leave, `asked` what all of its pres ask for, and each of its posts
    gives; None without pres, when there is only one post.
    """

    clusters: list[int]
    total: NDArray[np.float64]
    size: int
    left: Parts
    asked: Parts | None
    typed: str | None = None

    def meets(self, other: Group) -> bool:
        """Whether all pres of the two ask for the same, every post gives it, and no two posts
        contradict each other. One of the two has pres."""
        asked = self.asked or other.asked or frozenset()
        return self._serves(asked) and other._serves(asked) and agree(self.left | other.left)

    def _serves(self, asked: Parts) -> bool:
        return asked <= self.left if self.asked is None else asked == self.asked

    def take(self, other: Group) -> None:
        """Become one with another group that it meets."""
        self.clusters += other.clusters
        self.total = self.total + other.total
        self.size += other.size
        self.left |= other.left
        self.asked = self.asked or other.asked
        self.typed = self.typed or other.typed

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
    besides, of those below it of which one gives what the other asks for, the `settings.asked`
    nearest that are at least half as similar.
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
    """A group per cluster or typed scenario, and the number of every cluster's group.

    What is grounded in a typed scenario is in its state.
    """
    groups: list[Group] = []
    home: list[int] = []
    by_typed: dict[str, int] = {}
    for place, cluster in enumerate(clusters):
        size = len(cluster.members)
        total = vectors[place].astype(np.float64) * size
        name = grounded.get(place)
        holds = holding(cluster.state)
        post = cluster.side == "post"
        group = Group(
            [place],
            total,
            size,
            left=holds if post or name else frozenset(),
            asked=None if post and not name else holds,
            typed=name,
        )
        if name in by_typed:
            groups[by_typed[name]].take(group)
            home.append(by_typed[name])
            continue
        if name is not None:
            by_typed[name] = len(groups)
        home.append(len(groups))
        groups.append(group)
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
        own, needed = _demands([clusters[place] for place in posts], [clusters[p] for p in pres])
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
            cosines(vectors[one[at : at + _BATCH]], vectors[other[at : at + _BATCH]])
            for at in range(0, len(both), _BATCH)
        ]
    )
    order = np.lexsort((other, -similarities, one))
    return _Candidates(one[order], other[order], similarities[order])


def _demands(posts: Sequence[Cluster], pres: Sequence[Cluster]) -> tuple[Vectors, Vectors]:
    """What each post lacks and what each pre asks for, a column per thing that any pre asks for:
    where their product is nothing, the one gives what the other asks for."""
    has, needs = ([holding(each.state) for each in side] for side in (posts, pres))
    things = sorted(frozenset[tuple[str, str]]().union(*needs))
    lacks = np.array([[thing not in each for thing in things] for each in has], dtype=np.float32)
    wants = np.array([[thing in each for thing in things] for each in needs], dtype=np.float32)
    return lacks, wants


def _fits(rows: Vectors, others: Vectors) -> Allowed:
    """Which lack nothing that the others ask for, or the other way round."""

    def allowed(start: int, end: int) -> NDArray[np.bool_]:
        return np.asarray(rows[start:end] @ others.T == 0)

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
            or not one.meets(other)
            or one.likeness(other) < least
        ):
            continue
        if len(one.clusters) < len(other.clusters):
            one, other = other, one
        number_of_one = home[one.clusters[0]]
        for place in other.clusters:
            home[place] = number_of_one
        one.take(other)
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

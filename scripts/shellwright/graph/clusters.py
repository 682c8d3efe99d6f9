"""Scenario deduplication (SkillSynth's stage S3): Louvain for buckets, complete linkage inside.

Sketches before and after skills are clustered separately. Any two members of a cluster are of one
kind, have states that can hold at once, and are at least as similar as the threshold says.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import networkx as nx
import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import squareform

from shellwright.digest import digest
from shellwright.graph.embed import Vectors
from shellwright.graph.neighbours import Indexes, all_nearest
from shellwright.graph.settings import Settings
from shellwright.graph.sketches import Side, State, Told

#: A part of the neighbour graph up to this size is a bucket as it is.
_SMALL = 500
#: Farther apart than any two vectors: states that cannot hold at once.
_NEVER = 4.0


@dataclass(frozen=True)
class Cluster:
    """Sketches of one side that say the same.

    `members` are places in `Sketches.told`, ascending; `text` is that of the member that is
    nearest to all, `state` holds what any member says, and `count` is how often skills tell them.
    `id` is made of the members alone.
    """

    id: str
    side: Side
    kind: str
    state: State
    text: str
    members: tuple[int, ...]
    count: int


def find_clusters(
    told: Sequence[Told],
    vectors: Vectors,
    counts: Mapping[str, int],
    side: Side,
    settings: Settings,
) -> list[Cluster]:
    """The clusters of one side, sorted by id: every sketch that `counts` names is in one.

    `vectors` are those of `told`, on the grid.
    """
    by_kind: dict[str, list[int]] = defaultdict(list)
    for place, each in enumerate(told):
        if each.key in counts:
            by_kind[each.kind].append(place)
    found: list[Cluster] = []
    for _, places in sorted(by_kind.items()):
        members = np.array(places, dtype=np.int64)
        for bucket in _buckets(members, told, vectors, settings):
            parts = _linked(bucket, told, vectors, settings.cluster)
            found += [_cluster(part, told, vectors, counts, side) for part in parts]
    return sorted(found, key=lambda cluster: cluster.id)


def state_codes(told: Sequence[Told | Cluster], members: Indexes) -> NDArray[np.int32]:
    """The states of members as a matrix: a column per attribute, a number per value, 0 for none."""
    states = [dict(told[place].state) for place in members.tolist()]
    names = sorted({name for state in states for name in state})
    codes = np.zeros((len(states), len(names)), dtype=np.int32)
    for column, name in enumerate(names):
        values = sorted({state[name] for state in states if name in state})
        numbers = {value: number for number, value in enumerate(values, start=1)}
        codes[:, column] = [numbers[state[name]] if name in state else 0 for state in states]
    return codes


def _buckets(
    members: Indexes, told: Sequence[Told], vectors: Vectors, settings: Settings
) -> Iterator[Indexes]:
    """The members, all of one kind, in buckets of at most `settings.bucket`."""
    own = vectors[members]
    pairs = all_nearest(own, own, settings.neighbours, settings.floor, same=True)
    codes = state_codes(told, members)
    one, other = codes[pairs.rows], codes[pairs.others]
    fits = ~((one != other) & (one > 0) & (other > 0)).any(axis=1)
    rows, others, weights = (each[fits] for each in pairs)
    size = len(members)
    graph = coo_array((np.ones(len(rows), dtype=np.int8), (rows, others)), shape=(size, size))
    number, labels = connected_components(graph, directed=False)
    sizes = np.bincount(labels, minlength=number)
    order = np.argsort(labels, kind="stable")
    large = sizes[labels[rows]] > _SMALL
    edges: dict[int, list[tuple[int, int, float]]] = defaultdict(list)
    for row, neighbour, weight in zip(
        rows[large].tolist(), others[large].tolist(), weights[large].tolist(), strict=True
    ):
        edges[int(labels[row])].append((row, neighbour, weight))
    for label, part in enumerate(np.split(order, np.cumsum(sizes)[:-1])):
        communities = [part]
        if sizes[label] > _SMALL:
            communities = _communities(edges.pop(label), settings.seed)
        for community in communities:
            yield from _split(members[community], vectors, settings.bucket)


def _communities(edges: Sequence[tuple[int, int, float]], seed: int) -> list[Indexes]:
    """Louvain communities of a connected part, each ascending."""
    graph: nx.Graph[int] = nx.Graph()
    graph.add_weighted_edges_from(edges)
    found = nx.community.louvain_communities(graph, seed=seed)
    return [np.array(sorted(part), dtype=np.int64) for part in found]


def _split(members: Indexes, vectors: Vectors, limit: int) -> Iterator[Indexes]:
    """The members in parts of at most `limit`: halved across their widest direction."""
    waiting = [members]
    while waiting:
        part = waiting.pop()
        if len(part) <= limit:
            yield part
            continue
        own = vectors[part].astype(np.float64)
        own -= own.mean(axis=0)
        _, directions = np.linalg.eigh(own.T @ own)
        # Rounded, so that members that are alike stay in the order of their keys.
        order = np.argsort(np.round(own @ directions[:, -1], 6), kind="stable")
        middle = len(part) // 2
        waiting += [np.sort(part[order[middle:]]), np.sort(part[order[:middle]])]


def _linked(
    bucket: Indexes, told: Sequence[Told], vectors: Vectors, threshold: float
) -> list[Indexes]:
    """The bucket's members, clustered by complete linkage and cut at a similarity."""
    if len(bucket) == 1:
        return [bucket]
    own = vectors[bucket]
    distances = np.maximum(1.0 - (own @ own.T).astype(np.float64), 0.0)
    for column in state_codes(told, bucket).T:
        has = column > 0
        differ = (column[:, None] != column[None, :]) & has[:, None] & has[None, :]
        distances[differ] = _NEVER
    np.fill_diagonal(distances, 0.0)
    tree = linkage(squareform(distances, checks=False), method="complete")
    labels = fcluster(tree, 1.0 - threshold + 1e-9, criterion="distance")
    order = np.argsort(labels, kind="stable")
    return np.split(bucket[order], np.flatnonzero(np.diff(labels[order])) + 1)


def _cluster(
    part: Indexes, told: Sequence[Told], vectors: Vectors, counts: Mapping[str, int], side: Side
) -> Cluster:
    members = np.sort(part)
    weights = np.array([counts[told[place].key] for place in members.tolist()])
    own = vectors[members].astype(np.float64)
    # The first of the best ones, so that ties go to the smallest key.
    medoid = told[members[int(np.argmax(own @ (own * weights[:, None]).sum(axis=0)))]]
    first = told[members[0]]
    state = {name: value for place in members.tolist() for name, value in told[place].state}
    return Cluster(
        id=f"{side}:{first.kind}-{digest([side, first.key])[:12]}",
        side=side,
        kind=first.kind,
        state=tuple(sorted(state.items())),
        text=medoid.text,
        members=tuple(members.tolist()),
        count=int(weights.sum()),
    )

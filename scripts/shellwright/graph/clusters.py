"""Scenario deduplication (SkillSynth's stage S3): Louvain for buckets, complete linkage inside.

Sketches before and after skills are clustered separately, and so are those of different kinds or
states. Any two members of a cluster are at least as similar as the threshold says.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import networkx as nx
import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import squareform

from shellwright.digest import digest
from shellwright.graph.embed import Vectors
from shellwright.graph.neighbours import Indexes, all_nearest
from shellwright.graph.settings import Settings
from shellwright.graph.sketches import Side, State, Told
from shellwright.graph.states import complete

#: A part of the neighbour graph up to this size is a bucket as it is.
_SMALL = 500


@dataclass(frozen=True)
class Cluster:
    """Sketches of one side that say the same.

    `members` are places in `Sketches.told`, ascending; `text` is that of the member that is
    nearest to all, `state` the complete state that each of them is in, and `count` is how often
    skills tell them. `bare`: some member says nothing of its state, and all of it is concluded.
    `id` is made of the members alone.
    """

    id: str
    side: Side
    kind: str
    state: State
    text: str
    members: tuple[int, ...]
    count: int
    bare: bool = False


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
    alike: dict[tuple[str, State], list[int]] = defaultdict(list)
    for place, each in enumerate(told):
        if each.key in counts:
            alike[each.kind, complete(each.kind, each.state)].append(place)
    found: list[Cluster] = []
    for (_, state), places in sorted(alike.items()):
        members = np.array(places, dtype=np.int64)
        for bucket in _buckets(members, vectors, settings):
            parts = _linked(bucket, vectors, settings.cluster)
            found += [_cluster(part, state, told, vectors, counts, side) for part in parts]
    return sorted(found, key=lambda cluster: cluster.id)


def _buckets(members: Indexes, vectors: Vectors, settings: Settings) -> Iterator[Indexes]:
    """The members, all of one kind and state, in buckets of at most `settings.bucket`."""
    own = vectors[members]
    rows, others, weights = all_nearest(own, own, settings.neighbours, settings.floor, same=True)
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


def _linked(bucket: Indexes, vectors: Vectors, threshold: float) -> list[Indexes]:
    """The bucket's members, clustered by complete linkage and cut at a similarity."""
    if len(bucket) == 1:
        return [bucket]
    own = vectors[bucket]
    distances = np.maximum(1.0 - (own @ own.T).astype(np.float64), 0.0)
    np.fill_diagonal(distances, 0.0)
    tree = linkage(squareform(distances, checks=False), method="complete")
    labels = fcluster(tree, 1.0 - threshold + 1e-9, criterion="distance")
    order = np.argsort(labels, kind="stable")
    return np.split(bucket[order], np.flatnonzero(np.diff(labels[order])) + 1)


def _cluster(
    part: Indexes,
    state: State,
    told: Sequence[Told],
    vectors: Vectors,
    counts: Mapping[str, int],
    side: Side,
) -> Cluster:
    members = np.sort(part)
    weights = np.array([counts[told[place].key] for place in members.tolist()])
    own = vectors[members].astype(np.float64)
    # The first of the best ones, so that ties go to the smallest key.
    medoid = told[members[int(np.argmax(own @ (own * weights[:, None]).sum(axis=0)))]]
    first = told[members[0]]
    return Cluster(
        id=f"{side}:{first.kind}-{digest([side, first.key])[:12]}",
        side=side,
        kind=first.kind,
        state=state,
        text=medoid.text,
        members=tuple(members.tolist()),
        count=int(weights.sum()),
        bare=not all(told[place].state for place in members.tolist()),
    )

"""What can be set about how scenarios are brought together."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """Similarities are cosines of the embedder in use, from -1 to 1.

    `cluster`: the least between any two sketches of a cluster. `align`: the least between what is
    brought together across skills. `neighbours` and `floor` make the graph whose communities are
    the buckets that are clustered, at most `bucket` sketches each. `candidates`: the pre clusters
    that are judged per post cluster and the other way round. `asked`: those of them, per cluster,
    that a judge with a model may find compatible although they are less similar than `align`.
    `triples`: transitions per skill.
    """

    cluster: float = 0.8
    align: float = 0.7
    neighbours: int = 10
    floor: float = 0.6
    bucket: int = 4000
    candidates: int = 1000
    asked: int = 0
    triples: int = 12
    seed: int = 0

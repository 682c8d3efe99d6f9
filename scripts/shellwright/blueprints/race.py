"""Weighted choices that stay put when the options change: an exponential race by keyed hashes.

Every option draws an arrival time of its own, exponential with its weight as the rate, and the
earliest one wins: each with a probability in proportion to its weight. The draw depends on the
option's name and the key alone, so an option that is added or taken away changes the outcome only
where it wins itself.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.uint64]
Numbers = NDArray[np.float64]

#: The multipliers and shifts of splitmix64's finaliser, which turns a sum of codes into a draw.
_STEPS = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))


def code(*parts: str | int) -> int:
    """64 bits that stand for a name or a key."""
    text = "\x1f".join(str(part) for part in parts)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def codes(names: Sequence[str]) -> Codes:
    """The code of every name."""
    return np.array([code(name) for name in names], dtype=np.uint64)


def uniform(*key: str | int) -> float:
    """A number in (0, 1) that depends on the key alone."""
    return (code(*key) + 0.5) / 2.0**64


def winner(options: Codes, weights: Numbers, *key: str | int) -> int:
    """The place of the option that wins. Raises ValueError where no weight is positive."""
    first = arrival(options, weights, math.inf, *key)
    if first is None:
        raise ValueError("nothing to choose from")
    return first


def arrival(options: Codes, weights: Numbers, deadline: float, *key: str | int) -> int | None:
    """The place of the option that arrives first, or None where none has by the deadline."""
    draws = options ^ np.uint64(code(*key))
    for shift, factor in _STEPS:
        draws = (draws ^ (draws >> np.uint64(shift))) * np.uint64(factor)
    draws ^= draws >> np.uint64(31)
    with np.errstate(divide="ignore"):
        times = -np.log((draws.astype(np.float64) + 0.5) / 2.0**64) / np.maximum(weights, 0.0)
    first = int(np.argmin(times)) if len(times) else 0
    if not len(times) or not np.isfinite(times[first]) or times[first] > deadline:
        return None
    return first


def race(weights: Mapping[str, float], *key: str | int) -> str:
    """The name that wins, of a few. Raises ValueError where no weight is positive."""
    names = sorted(weights)
    return names[winner(codes(names), np.array([weights[name] for name in names]), *key)]

"""Weighted choices that stay put when the options change: an exponential race by keyed hashes."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping

TWO_64 = float(2**64)


def uniform(*key: str | int) -> float:
    """A number in (0, 1) that depends on the key alone."""
    text = "\x1f".join(str(part) for part in key)
    number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
    return (number + 0.5) / TWO_64


def race(weights: Mapping[str, float], *key: str | int) -> str:
    """The option that wins: each with a probability in proportion to its weight.

    Every option draws an arrival time of its own, exponential with its weight as the rate, and
    the earliest one wins. An option that is added or taken away changes the outcome only where it
    wins itself. Raises ValueError where no option has a positive weight.
    """
    times = {
        option: -math.log(uniform(*key, option)) / weight
        for option, weight in weights.items()
        if weight > 0
    }
    if not times:
        raise ValueError("nothing to choose from")
    return min(times, key=lambda option: (times[option], option))

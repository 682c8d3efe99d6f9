"""Keyed random choices: the same key gives the same choices on every machine."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import TypeVar

T = TypeVar("T")


class Draw:
    """A stream of choices that depends on nothing but its key.

    Each skill of a task gets a draw of its own, so that a change in one skill does not shift
    the choices of another.
    """

    def __init__(self, *key: str | int) -> None:
        self._key = tuple(key)
        text = "\x1f".join(str(part) for part in key)
        seed = int.from_bytes(hashlib.sha256(text.encode()).digest(), "big")
        self._random = random.Random(seed)

    def child(self, *key: str | int) -> Draw:
        """A draw of its own for a named part; it does not advance this one."""
        return Draw(*self._key, *key)

    def choice(self, options: Sequence[T]) -> T:
        """One of the options."""
        return options[self._random.randrange(len(options))]

    def sample(self, options: Sequence[T], count: int) -> list[T]:
        """`count` different options, in drawn order; all of them where there are fewer."""
        return self._random.sample(list(options), min(count, len(options)))

    def shuffled(self, options: Iterable[T]) -> list[T]:
        """The options in a drawn order."""
        result = list(options)
        self._random.shuffle(result)
        return result

    def integer(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return self._random.randint(low, high)

    def chance(self, probability: float) -> bool:
        """True with the given probability."""
        return self._random.random() < probability

    def fraction(self) -> float:
        """A number from 0 up to, not including, 1."""
        return self._random.random()

    def gauss(self, mean: float, deviation: float) -> float:
        """A normally distributed number."""
        return self._random.gauss(mean, deviation)

    def day(self, first: date, last: date) -> date:
        """A day from `first` to `last`, both included."""
        return first + timedelta(days=self._random.randint(0, (last - first).days))

    def hex(self, digits: int) -> str:
        """A string of lower-case hexadecimal digits."""
        return "".join(self._random.choice("0123456789abcdef") for _ in range(digits))

    def bytes(self, count: int) -> bytes:
        """`count` random bytes."""
        return self._random.randbytes(count)

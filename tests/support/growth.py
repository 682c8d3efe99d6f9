"""How the time of a work grows with its input: what a test can hold to on any machine."""

import time
from collections.abc import Callable

# Work this short says more about the machine than about the work.
_AT_ONCE = 0.5
_TIMES_LARGER = 4
# Between the 4 of work that grows as its input does and the 16 of work that grows as its square.
_TIMES_LONGER = 10


def stays_in_proportion(work: Callable[[int], object], size: int) -> bool:
    """Whether work on an input of `size` takes about the share of time that is due to its size.

    Work on a quarter of the input comes first. Seconds are of the processor, so that what else
    runs on the machine counts little, and only their ratio decides.
    """
    small = _seconds(work, size // _TIMES_LARGER)
    large = _seconds(work, size)
    return large < _AT_ONCE or large < _TIMES_LONGER * small


def _seconds(work: Callable[[int], object], size: int) -> float:
    start = time.process_time()
    work(size)
    return time.process_time() - start

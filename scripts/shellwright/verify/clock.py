"""Another time of day for the programs of a box, by a library that is loaded into each of them.

It changes the answers of `time`, `gettimeofday` and `clock_gettime(CLOCK_REALTIME)` and nothing
else: sleeps and time limits hold, and the times of files are true, so that a file of the task is as
old as it says. Programs that are linked statically or ask the kernel by themselves see the true
time, and a program that waits for a moment of the wall clock (`sem_timedwait`) waits too long.
"""

import time

from shellwright.sandbox.box import Box

# Of Debian's package datefudge; the loader itself puts the folder of the machine's kind for $LIB.
LIBRARY = "/usr/$LIB/datefudge/datefudge.so"
HOUR = 3600
DAY = 24 * HOUR


def ahead(hours: int) -> dict[str, str]:
    """The environment of commands whose clock is so many hours ahead; empty for the true one."""
    if not hours:
        return {}
    return {
        "LD_PRELOAD": LIBRARY,
        "DATEFUDGE": str(-hours * HOUR),
        # A program with gcc's checks of addresses would not start below another library.
        "ASAN_OPTIONS": "verify_asan_link_order=0",
    }


def possible(box: Box, hours: int) -> bool:
    """Whether the commands of a box can be given a clock that is so far ahead, which is tried.

    An image that comes with a task may lack the library, or have a C library that loads none. The
    engine may be on a machine whose clock is not quite this one's.
    """
    told = box.run(["date", "+%s"], cwd="/", environment=ahead(hours)).text.strip()
    return told.isdecimal() and abs(int(told) - time.time() - hours * HOUR) < DAY

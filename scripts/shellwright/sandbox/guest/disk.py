"""What a box with a writable root has written to the disk that it shares with the machine.

The engine has no quota for it. How full the disk is costs nothing to ask, but others write there
too; what is the box's own takes a walk, which is made only when the disk has grown that much.
"""

import contextlib
import os
import stat
import time
from collections.abc import Iterator

BLOCK = 512  # bytes; the unit of st_blocks whatever the file system's own is
TICK = 0.1  # seconds by which the kernel's time of a change may be behind the clock


class Disk:
    """Ends the box when it holds more than `most` bytes."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._since = time.time() - TICK
        self._start = _used()

    def look(self) -> None:
        """Ends PID 1, and with it everything, if the box holds too much."""
        grown = _used() - self._start
        if grown <= self._most:
            return
        own = self._own()
        if own >> 20 > self._most >> 20:  # what the file system itself needs for them is let off
            said = f"it wrote {own >> 20} MB, more than its {self._most >> 20} MB (disk_mb)"
            os.write(2, said.encode())
            os._exit(4)
        self._start += grown - own  # the rest is others'

    def _own(self) -> int:
        blocks = {(about.st_dev, about.st_ino): about.st_blocks for about in self._files()}
        return sum(blocks.values()) * BLOCK

    def _files(self) -> Iterator[os.stat_result]:
        """Files that were changed since the box began, and open ones that have no name any more."""
        yield from self._changed("/", os.lstat("/").st_dev)
        root = os.statvfs("/").f_fsid
        for process in filter(str.isdigit, os.listdir("/proc")):  # noqa: PTH208
            with contextlib.suppress(OSError):  # it has ended, or is of another user
                for entry in os.scandir(f"/proc/{process}/fd"):
                    with contextlib.suppress(OSError):
                        about = entry.stat()
                        nameless = stat.S_ISREG(about.st_mode) and not about.st_nlink
                        if nameless and os.statvfs(entry.path).f_fsid == root:  # none in memory
                            yield about

    def _changed(self, top: str, device: int) -> Iterator[os.stat_result]:
        folders = [top]
        while folders:
            with contextlib.suppress(OSError), os.scandir(folders.pop()) as entries:
                for entry in entries:
                    about = entry.stat(follow_symlinks=False)
                    if not stat.S_ISDIR(about.st_mode):
                        # Files that the engine mounts, as /etc/hosts, are on the same disk.
                        if about.st_ctime >= self._since:
                            yield about
                    elif about.st_dev == device:
                        folders.append(entry.path)


def _used() -> int:
    about = os.statvfs("/")
    return (about.f_blocks - about.f_bfree) * about.f_frsize

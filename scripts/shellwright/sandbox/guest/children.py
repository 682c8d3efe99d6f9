"""Children of PID 1: starting them, taking their output, ending them with all their descendants."""

import contextlib
import ctypes
import os
import resource
import select
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from .output import Output
from .wire import NOT_STARTED, Refused

PIPE = 1 << 16
PR_SET_DUMPABLE, PR_SET_NAME, PR_SET_CHILD_SUBREAPER = 4, 15, 36
LOOSE_ENDS = 10.0  # seconds that killed processes have to be gone
OOM_SCORE = b"500"  # children die before PID 1 when the memory is full
# As it was before anything ran: root can lower it later, while descriptors above it are open.
MOST_FILES = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
Feed = Callable[[bytes], None]

libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Ended:
    """How a child ended: exit code (128 + signal for a killed one), kept output, seconds."""

    code: int
    output: bytes
    omitted: int
    seconds: float
    timed_out: bool


class Children:
    """All descriptors and processes that PID 1 waits for, in one thread."""

    def __init__(self, requests: int) -> None:
        self._requests = requests
        wake, wake_end = os.pipe()
        os.set_blocking(wake, False)
        os.set_blocking(wake_end, False)
        # A handler of our own makes the kernel deliver SIGCHLD; the wake-up pipe ends the poll.
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake_end, warn_on_full_buffer=False)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        self._exits: dict[int, int | None] = {}
        self._wake = wake
        self._feeds: dict[int, Feed | None] = {wake: None}
        self._poll = select.poll()
        self._poll.register(requests, 0)
        self._poll.register(wake, select.POLLIN)
        self._pause = self._next_look = float("inf")
        self._look: Callable[[], None] = lambda: None

    # What happens, one thing at a time

    def on_wait(self, seconds: float, look: Callable[[], None]) -> None:
        """Calls a function every so many seconds, whatever else is waited for."""
        self._pause, self._look, self._next_look = seconds, look, time.monotonic()

    def wait_for_request(self) -> None:
        """Serves output and exits until the caller has sent something."""
        self._poll.register(self._requests, select.POLLIN)
        while not self._turn(time.monotonic() + 60.0):
            pass
        # Until it has its answer the caller sends nothing, so only a hang-up can come.
        self._poll.register(self._requests, 0)

    def wait_until(self, deadline: float) -> None:
        """Serves output and exits until a time (monotonic seconds)."""
        while time.monotonic() < deadline:
            self._turn(deadline)

    def _turn(self, deadline: float) -> bool:
        asked = False
        wait = max(0.0, min(deadline, self._next_look) - time.monotonic())
        for fd, event in self._poll.poll(wait * 1000):
            if fd != self._requests:
                self._drain(fd, 1)
            elif event & select.POLLIN:
                asked = True
            else:
                os._exit(0)
        self._reap()
        if time.monotonic() >= self._next_look:
            self._look()
            self._next_look = time.monotonic() + self._pause
        return asked

    def _reap(self) -> None:
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if not pid:
                    return
                if pid in self._exits:
                    self._exits[pid] = status

    def listen(self, fd: int, feed: Feed) -> None:
        """Feeds what arrives at a descriptor to a function, until it ends."""
        os.set_blocking(fd, False)
        self._feeds[fd] = feed
        self._poll.register(fd, select.POLLIN)

    def forget(self, fd: int) -> None:
        """Closes a descriptor that was listened to; no error if it has ended before."""
        if fd in self._feeds:
            self._poll.unregister(fd)
            del self._feeds[fd]
            os.close(fd)

    def _drain(self, fd: int, pipes: int) -> None:
        for _ in range(pipes):
            try:
                data = os.read(fd, PIPE)
            except BlockingIOError:
                return
            if not data:
                self.forget(fd)
                return
            if feed := self._feeds[fd]:
                feed(data)

    # Children

    def run(self, body: Callable[[], int], stdin: bytes, limit: int, timeout: float) -> Ended:
        """Forks, calls `body` in the child, and waits for it to return an exit code.

        The child leads a session of its own. At the time-out it is killed with every descendant,
        daemons too; without one, daemons that it leaves stay, and their output is thrown away.
        """
        began = time.monotonic()
        output = Output(limit)
        if not stdin:
            source = os.dup(0)  # /dev/null as it was; root may have put a pipe or a file there
        else:
            source = os.memfd_create("stdin")
            with os.fdopen(os.dup(source), "wb") as file:
                file.write(stdin)
            os.lseek(source, 0, os.SEEK_SET)
        read_end, write_end = os.pipe()
        try:
            pid = os.fork()
            if not pid:
                _keep(body, source, write_end)
        except OSError as error:
            os.close(read_end)
            return Ended(NOT_STARTED, f"cannot fork: {error.strerror}".encode(), 0, 0.0, False)
        finally:
            os.close(source)
            os.close(write_end)
        self._exits[pid] = None
        self.listen(read_end, output.feed)
        while self._exits[pid] is None and time.monotonic() < began + timeout:
            self._turn(began + timeout)
        timed_out = self._exits[pid] is None
        if timed_out:
            self._kill_family(pid)
        status = self._exits.pop(pid)
        if read_end in self._feeds:
            self._drain(read_end, 2)
        if timed_out:
            self.forget(read_end)
        elif read_end in self._feeds:
            self._feeds[read_end] = None
        kept, omitted = output.kept()
        code = _code(status) if status is not None else 128 + signal.SIGKILL
        return Ended(code, kept, omitted, time.monotonic() - began, timed_out)

    def _kill_family(self, keeper: int) -> None:
        """Kills a keeper's descendants, then the keeper. Stopped first, they cannot outrun it."""
        deadline = time.monotonic() + LOOSE_ENDS
        known: set[int] = set()
        while new := _descendants(keeper) - known:
            for pid in new:
                _signal(pid, signal.SIGSTOP)
            known |= new
        while time.monotonic() < deadline and (alive := _descendants(keeper)):
            for pid in alive:
                _signal(pid, signal.SIGKILL)
            self.wait_until(time.monotonic() + 0.002)
        _signal(keeper, signal.SIGKILL)
        while self._exits[keeper] is None and time.monotonic() < deadline:
            self._turn(deadline)

    def kill_all(self) -> list[str]:
        """Kills every process but PID 1 and waits until none is left. Returns their names.

        Raises Refused when one does not die.
        """
        names = sorted(name for pid, (_, state, name) in _processes().items() if state != "Z")
        with contextlib.suppress(ProcessLookupError):
            os.kill(-1, signal.SIGKILL)  # one system call for all: no fork slips through
        deadline = time.monotonic() + LOOSE_ENDS
        while left := _processes():
            if time.monotonic() > deadline:
                raise Refused(f"processes that cannot be killed: {left}")
            self.wait_until(time.monotonic() + 0.001)
        return names

    def silence(self) -> None:
        """Closes the outputs that daemons of earlier commands still held."""
        for fd in [fd for fd, feed in self._feeds.items() if feed is None and fd != self._wake]:
            self.forget(fd)


def _keep(body: Callable[[], int], source: int, sink: int) -> NoReturn:
    """The keeper: parent of a command, and of all its orphans, which therefore can be found."""
    code = NOT_STARTED
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        with contextlib.suppress(OSError):
            Path("/proc/self/oom_score_adj").write_bytes(OOM_SCORE)
        child = os.fork()
        if not child:
            os.setsid()
            os.dup2(source, 0)
            os.dup2(sink, 1)
            os.dup2(sink, 2)
            os.closerange(3, MOST_FILES)
            code = body()
        else:
            os.closerange(0, MOST_FILES)
            pid = status = 0
            while pid != child:
                pid, status = os.waitpid(-1, 0)
            code = _code(status)
    except Exception as error:
        os.write(2, f"cannot start: {error}\n".encode())
    finally:
        os._exit(code)


def _code(status: int) -> int:
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _processes() -> dict[int, tuple[int, str, str]]:
    """Parent, state and name of every process but PID 1."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and entry.name != "1":
            with contextlib.suppress(OSError):
                before, _, after = (entry / "stat").read_text(errors="replace").rpartition(")")
                state, parent = after.split()[:2]
                found[int(entry.name)] = (int(parent), state, before.partition("(")[2])
    return found


def _descendants(root: int) -> set[int]:
    """The living descendants of a process."""
    processes = _processes()
    found: set[int] = set()
    layer = {root}
    while layer:
        layer = {pid for pid, (parent, _, _) in processes.items() if parent in layer}
        found |= layer
    return {pid for pid in found if processes[pid][1] not in "ZX"}

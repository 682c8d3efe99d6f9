"""The operations of a box. `_<name>` answers the request whose `op` is that name."""

import contextlib
import ctypes
import gc
import importlib
import os
import random
import runpy
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from . import seccomp, tree
from .children import PR_SET_DUMPABLE, PR_SET_NAME, Children, libc
from .disk import Disk
from .graders import Graders
from .output import Recorder
from .state import FirstState
from .wire import Header, Refused, Requests

Reply = tuple[Header, bytes]
IPC = {"shm": libc.shmctl, "sem": libc.semctl, "msg": libc.msgctl}
IPC_RMID = 0
SETTLE = 0.5  # seconds that the kernel has to take apart what killed processes held
WATCH_SECONDS = 0.1  # between two looks at the disk, in a box of root
MOST_SAID = 500  # characters of what a reset found changed
MOST_TOLD = 20  # paths of what could grade in another way
MOST_LISTED = 4 << 20  # bytes that the loader says of all programs
# What checks import: loaded before anything hostile runs, and shared by all forks.
WARM = """
    argparse bz2 collections configparser csv datetime decimal difflib email.parser gzip hashlib
    html.parser http.client itertools json lzma math pathlib re shlex socket sqlite3 statistics
    string subprocess tarfile tempfile textwrap time tomllib unicodedata urllib.request uuid
    xml.etree.ElementTree zipfile
"""


class Supervisor:
    """State of the box between two requests."""

    def __init__(self) -> None:
        self._folder = Path.cwd()  # the WORKDIR of the image's Dockerfile
        os.chdir("/")
        self._requests = Requests()
        self._children = Children(self._requests.source)
        self._users: dict[str, Header] = {}
        self._places: list[Header] = []
        self._first: FirstState | None = None
        self._graders: Graders | None = None
        self._recorder: tuple[Recorder, int] | None = None
        self._operations: dict[str, Callable[[Header], Reply]] = {
            "hello": self._hello,
            "batch": self._batch,
            "sleep": self._sleep,
            "put": self._put,
            "get": self._get,
            "read": self._read,
            "write": self._write,
            "remove": self._remove,
            "run": self._run,
            "run_python": self._run_python,
            "kill_all": self._kill_all,
            "replaced": self._replaced,
            "reset": self._reset,
            "record": self._record,
            "recorded": self._recorded,
        }

    def serve_one(self) -> None:
        """Answers the next request; the end of the requests ends the process."""
        self._children.wait_for_request()
        reply: Header
        payload = b""
        try:
            reply, payload = self._answer(self._requests.header())
        except (Refused, OSError, RecursionError) as error:
            reply = {"error": "refused", "message": str(error) or type(error).__name__}
        except Exception:
            reply = {"error": "broken", "message": traceback.format_exc()}
        self._requests.answer(reply, payload)

    def _answer(self, header: Header) -> Reply:
        return self._operations[header["op"]](header)

    def _hello(self, header: Header) -> Reply:
        """Takes the box's users and places, and makes the places."""
        self._users = header["users"]
        self._places = header["places"]
        for place in self._places:
            tree.restore(place)
        if header["reusable"]:
            self._first = FirstState(place["path"] for place in self._places)
        else:
            self._children.on_wait(WATCH_SECONDS, Disk(header["disk_bytes"]).look)
        seccomp.refuse(root=not header["reusable"])
        return {"python": sys.version.split()[0]}, b""

    def _batch(self, header: Header) -> Reply:
        """Several operations in one round trip; `sleep` counts from the start of the batch."""
        began = time.monotonic()
        replies: list[Header] = []
        payload = b""
        for operation in header["operations"]:
            reply, part = self._answer({**operation, "began": began})
            replies.append({**reply, "size": len(part)})
            payload += part
        return {"replies": replies}, payload

    def _sleep(self, header: Header) -> Reply:
        self._children.wait_until(header.get("began", time.monotonic()) + header["seconds"])
        return {}, b""

    # Files

    def _put(self, header: Header) -> Reply:
        below, size, members = header["below"], header["most_bytes"], header["most_members"]
        return tree.extract(self._requests, below, size, members), b""

    def _get(self, header: Header) -> Reply:
        return {}, tree.pack(header["paths"], header["limit"])

    def _read(self, header: Header) -> Reply:
        return {}, tree.read(header["path"], header["limit"])

    def _write(self, header: Header) -> Reply:
        owner = self._users[header["user"]]
        data = self._requests.read(header["size"])
        tree.write(header["path"], data, header["mode"], owner["uid"], owner["gid"])
        return {}, b""

    def _remove(self, header: Header) -> Reply:
        tree.remove(header["path"])
        return {}, b""

    # Processes

    def _run(self, header: Header) -> Reply:
        self._remember_graders()
        argv, stdin = header["argv"], self._requests.read(header["stdin"])
        user = self._users[header["user"]]
        environment = {**user["environment"], **header["environment"]}
        if header["as_image"]:
            environment = {**os.environ, **environment}

        def body() -> int:
            for number in (signal.SIGPIPE, signal.SIGXFSZ):  # Python ignores them, and so would
                signal.signal(number, signal.SIG_DFL)  # the program
            _become(user)
            try:
                os.chdir(header["cwd"] or self._folder)
                os.execvpe(argv[0], argv, environment)
            except OSError as error:
                os.write(2, f"{argv[0]}: {error}\n".encode())
                return 127 if isinstance(error, FileNotFoundError) else 126

        return self._ran(body, stdin, header)

    def _run_python(self, header: Header) -> Reply:
        self._remember_graders()
        argv, environment = header["argv"], self._users["root"]["environment"]

        def body() -> int:
            os.environ.clear()
            os.environ.update(environment)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            random.seed()  # or every fork would draw the same numbers
            sys.stdin = os.fdopen(0, encoding="utf-8", errors="surrogateescape")
            sys.stdout = os.fdopen(1, "w", encoding="utf-8", errors="backslashreplace")
            sys.stderr = os.fdopen(2, "w", 1, encoding="utf-8", errors="backslashreplace")
            code = _as_script(argv)
            for stream in (sys.stdout, sys.stderr):
                with contextlib.suppress(OSError, ValueError):
                    stream.flush()
            return code

        return self._ran(body, b"", header)

    def _ran(self, body: Callable[[], int], stdin: bytes, header: Header) -> Reply:
        """Runs a child to its end; if it runs alone, nothing is left when the caller hears of it.

        What a command has left could otherwise still write while the caller asks for the next.
        """
        ended = self._children.run(body, stdin, header["limit"], header["timeout"])
        if header["alone"]:
            self._children.kill_all()
            self._children.silence()
        reply = {
            "code": ended.code,
            "omitted": ended.omitted,
            "seconds": ended.seconds,
            "timed_out": ended.timed_out,
        }
        return reply, ended.output

    def _kill_all(self, header: Header) -> Reply:
        names = self._children.kill_all()
        self._children.silence()
        for place in self._places:
            if place["path"] in header["emptied"]:
                tree.restore(place)
        return {"names": names}, b""

    def _replaced(self, header: Header) -> Reply:
        """What of the programs that grade is not as it was before the first command."""
        names = self._children.kill_all()
        self._remember_graders()
        changed = self._graders.changes() if self._graders else []
        return {"names": names, "changed": changed[:MOST_TOLD]}, b""

    def _remember_graders(self) -> None:
        """In a box of root, before the first command: the task's own files have come by then."""
        if not self._first and not self._graders:
            self._graders = Graders(self._say)

    def _say(self, commands: list[list[str]]) -> str:
        """What commands print, run one after the other as root."""

        def body() -> int:
            for command in commands:
                os.write(1, f"{command}\n".encode())
                os.waitpid(os.posix_spawn(command[0], command, {}), 0)
            return 0

        return self._children.run(body, b"", MOST_LISTED, 60.0).output.decode("utf-8", "replace")

    def _reset(self, header: Header) -> Reply:
        """Brings back the state after `hello`. Raises Refused if something would stay."""
        if not self._first:
            raise Refused("reset: root has run in this box on a writable file system")
        names = self._children.kill_all()
        self._children.silence()
        self._stop_recording()
        self._remove_ipc()
        for place in self._places:
            tree.restore(place)
        deadline = time.monotonic() + SETTLE
        while changes := self._first.changes():
            if time.monotonic() > deadline:
                raise Refused(f"reset: not as it was: {', '.join(changes)}"[:MOST_SAID])
            self._children.wait_until(time.monotonic() + 0.002)
        return {"names": names}, b""

    def _remove_ipc(self) -> None:
        """Removes System V objects, which outlive processes; only their owner is allowed to."""
        for user in self._users.values():
            if not (found := _ipc()):
                return

            def body(user: Header = user, found: list[tuple[str, int]] = found) -> int:
                _become(user)
                for kind, number in found:
                    IPC[kind](number, *([0] if kind == "sem" else []), IPC_RMID, None)
                return 0

            self._children.run(body, b"", 1024, 5.0)
        if left := _ipc():
            raise Refused(f"reset: System V objects that stay: {left}")

    # Recording

    def _record(self, header: Header) -> Reply:
        """Makes a named pipe and keeps what is written to it, with times."""
        self._stop_recording()
        path, owner = header["path"], self._users[header["user"]]
        os.mkfifo(path, 0o600)
        os.chown(path, owner["uid"], owner["gid"])
        recorder = Recorder(header["limit"])
        # Open for writing too: the pipe then has no end when its last writer closes it.
        fd = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        self._children.listen(fd, recorder.feed)
        self._recorder = recorder, fd
        return {}, b""

    def _recorded(self, header: Header) -> Reply:
        return {}, bytes(self._recorder[0].events) if self._recorder else b""

    def _stop_recording(self) -> None:
        if self._recorder:
            self._children.forget(self._recorder[1])
            self._recorder = None


def _become(user: Header) -> None:
    """Gives up root for good: with the user id go all capabilities, and none can come back."""
    os.umask(0o022)
    os.setgroups([user["gid"]])
    os.setresgid(*[user["gid"]] * 3)
    os.setresuid(*[user["uid"]] * 3)


def _as_script(argv: list[str]) -> int:
    """Runs a script, or a module after -m, as `python3` would, but without its exit handlers."""
    try:
        if argv[0] == "-m":
            sys.argv = argv[1:]
            sys.path.insert(0, str(Path.cwd()))
            runpy.run_module(argv[1], run_name="__main__", alter_sys=True)
        else:
            sys.argv = argv
            sys.path.insert(0, str(Path(argv[0]).resolve().parent))
            runpy.run_path(argv[0], run_name="__main__")
    except SystemExit as stop:
        if stop.code is None or isinstance(stop.code, int):
            return (stop.code or 0) & 0xFF
        print(stop.code, file=sys.stderr)
        return 1
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def _ipc() -> list[tuple[str, int]]:
    found = []
    for kind in IPC:
        with contextlib.suppress(OSError):
            lines = Path(f"/proc/sysvipc/{kind}").read_text().splitlines()[1:]
            found += [(kind, int(line.split()[1])) for line in lines]
    return found


def _look_like_an_init() -> None:
    """Shows `ps` what any container shows, not this program's command line."""
    title = b"/sbin/docker-init -- sleep infinity\0"
    start, end = map(int, Path("/proc/self/stat").read_text().rpartition(")")[2].split()[45:47])
    # No null byte at the very end: the kernel then takes the first string for the whole.
    libc.memset(ctypes.c_void_p(start), ord("."), end - start)
    libc.memmove(ctypes.c_void_p(start), title, len(title))
    libc.prctl(PR_SET_NAME, b"docker-init", 0, 0, 0)


def _warm_up() -> None:
    """Imports what checks need. An image without pytest is legal, so a missing module is too."""
    names = WARM.split()
    with contextlib.suppress(ImportError):
        config = importlib.import_module("_pytest.config")
        names += ["pytest", *(f"_pytest.{name}" for name in config.default_plugins)]
    for name in names:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    gc.collect()
    gc.freeze()  # forks then share these objects' pages


def main() -> None:
    """Serves until the caller is gone."""
    libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    _look_like_an_init()
    supervisor = Supervisor()
    supervisor.serve_one()
    _warm_up()  # while the caller prepares its next request
    while True:
        supervisor.serve_one()

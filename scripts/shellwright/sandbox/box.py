"""A container in which untrusted commands run.

A box of the user `agent` has a read-only root file system; everything that can be written lies in
memory, so that `reset` brings the box back to its first state in milliseconds and one box serves
many trials. A box of the user `root` has a writable root file system and serves one trial.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Self

import docker
from docker.errors import DockerException
from requests import RequestException

from shellwright.closing import Closes
from shellwright.sandbox.channel import BoxLost, Channel, Refused, SandboxError
from shellwright.sandbox.container import create, failure, remove
from shellwright.sandbox.guest.wire import NOT_STARTED
from shellwright.sandbox.limits import MEGABYTE, Limits, places, users
from shellwright.sandbox.tar import tar_of

__all__ = ["NOT_STARTED", "Box", "BoxLost", "Command", "Limits", "Ran", "Refused", "SandboxError"]

User = Literal["agent", "root"]
START_SECONDS = 60.0
KILLED = 128  # exit codes above it: the signal
WATCH_SECONDS = 2.0  # between two looks at what a box of root has written


@dataclass(frozen=True)
class Command:
    """What `run` takes, for `run_all`. `timeout` in seconds; `cwd` is the WORKDIR of the image's
    Dockerfile if None, and `user` the box's. A command of the box's user has what that Dockerfile
    puts into the environment, too, as far as a box has no value of its own for it
    (`limits.users`); one for which a user is named, as for tests, has not.

    most_kb: KiB of output that are kept; the limit of the box if None
    alone: nothing outlives it, as in `run`
    """

    argv: Sequence[str]
    user: User | None = None
    cwd: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    stdin: bytes = b""
    timeout: float = 60.0
    most_kb: int | None = None
    alone: bool = False


@dataclass(frozen=True)
class Ran:
    """How a command ended.

    exit_code: 128 + signal for a killed one, 125 if it could not be started, 126 and 127 as in bash
    output: stdout and stderr as they came, without the middle if it was `truncated`
    """

    exit_code: int
    output: bytes
    seconds: float
    timed_out: bool
    truncated: bool

    @property
    def text(self) -> str:
        """The output, with what is not UTF-8 replaced."""
        return self.output.decode("utf-8", "replace")


class Box(Closes):
    """One running container. Use it from one thread at a time, and as a context manager.

    Every method raises BoxLost when the container is gone or silent, SandboxError when engine or
    supervisor fail (both end the box), and Refused when the box will not do what it was asked.
    """

    def __init__(
        self,
        client: docker.DockerClient,
        container: str,
        channel: Channel,
        limits: Limits,
        user: User,
    ) -> None:
        self._client = client
        self._channel = channel
        self.id = container
        self.limits = limits
        self.user = user
        self._reusable = user == "agent"

    @classmethod
    def start(
        cls,
        client: docker.DockerClient,
        image: str,
        *,
        limits: Limits | None = None,
        run_id: str,
        user: User = "agent",
        hostname: str | None = None,
    ) -> Self:
        """Starts a box of an image (id or tag) for a user.

        `run_id` labels the container, so that what a run has started can be found.
        """
        limits = limits or Limits()
        container = create(client, image, limits, user == "agent", run_id, hostname)
        try:
            options = {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
            channel = Channel(client.api.attach_socket(container, params=options))
            client.api.start(container)
        except (DockerException, RequestException) as error:
            remove(client, container)
            raise failure("start", image, error) from error
        box = cls(client, container, channel, limits, user)
        box._greet(image)
        return box

    def _greet(self, image: str) -> None:
        hello = {
            "op": "hello",
            "users": users(),
            "places": places(self._reusable),
            "reusable": self._reusable,
            "disk_bytes": self.limits.disk_mb * MEGABYTE,
        }
        try:
            self._channel.boot(START_SECONDS)
            self._channel.call(hello, timeout=START_SECONDS)
        except (SandboxError, Refused) as error:
            remove(self._client, self.id)
            raise SandboxError(f"a box of {image} does not come up: {error}") from error
        if not self._reusable:
            self._channel.on_wait(WATCH_SECONDS, self._watch_disk)

    def close(self) -> None:
        """Ends the box with every process in it. The engine removes the container by itself."""
        self._channel.close()

    # Files

    def put(self, tar: bytes, below: str = "/") -> None:
        """Unpacks a tar below a folder as root: owner, mode and time as it says.

        Refused: absolute paths, `..`, devices, paths through symbolic links, too much of it.
        """
        header = {
            "op": "put",
            "below": below,
            "most_bytes": self.limits.put_mb * MEGABYTE,
            "most_members": self.limits.put_members,
        }
        self._call(header, tar, seconds=60.0)

    def put_files(self, files: Iterable[tuple[str, int, bytes]], below: str) -> None:
        """Makes files (relative path, mode, content) of root below a folder."""
        self.put(tar_of(files), below)

    def write(self, path: str, data: bytes, mode: int = 0o644, user: User = "root") -> None:
        """Makes or replaces one file."""
        header = {"op": "write", "path": path, "mode": mode, "user": user, "size": len(data)}
        self._call(header, data)

    def get(self, paths: Sequence[str], most_bytes: int = 16 * MEGABYTE) -> bytes:
        """A tar of files and folders, named relative to /; missing ones are left out."""
        return self._call({"op": "get", "paths": list(paths), "limit": most_bytes})[1]

    def read(self, path: str, most_bytes: int = MEGABYTE) -> bytes:
        """The content of a regular file; Refused if there is none, or a larger one."""
        return self._call({"op": "read", "path": path, "limit": most_bytes})[1]

    def remove(self, path: str) -> None:
        """Removes a file or a folder; a missing one is no error."""
        self._call({"op": "remove", "path": path})

    # Processes

    def run(
        self,
        argv: Sequence[str],
        *,
        user: User | None = None,
        cwd: str | None = None,
        environment: Mapping[str, str] | None = None,
        stdin: bytes = b"",
        timeout: float = 60.0,
        alone: bool = False,
    ) -> Ran:
        """Runs a command to its end, or kills it and all its descendants after `timeout` seconds.

        Daemons that it leaves stay until `kill_all`. If it runs alone, every process of the box is
        killed as soon as it has ended, before anything else is answered.
        """
        given = environment or {}
        return self.run_all([Command(argv, user, cwd, given, stdin, timeout, alone=alone)])[0]

    def run_all(self, steps: Sequence[Command | float]) -> list[Ran]:
        """Commands one after the other in one round trip, whatever their exit codes.

        A number waits until so many seconds have passed since the first step.
        """
        operations: list[dict[str, Any]] = []
        for step in steps:
            if isinstance(step, Command):
                operations.append(self._run_header(step))
            else:
                operations.append({"op": "sleep", "seconds": float(step)})
        commands = [step for step in steps if isinstance(step, Command)]
        seconds = sum(command.timeout for command in commands)
        seconds += max((step for step in steps if not isinstance(step, Command)), default=0.0)
        payload = b"".join(command.stdin for command in commands)
        header = {"op": "batch", "operations": operations}
        reply, output = self._call(header, payload, seconds=seconds)
        ran: list[Ran] = []
        for operation, answer in zip(operations, reply["replies"], strict=True):
            if operation["op"] == "run":
                ran.append(_ran(answer, output[: answer["size"]]))
            output = output[answer["size"] :]
        return ran

    def _run_header(self, command: Command) -> dict[str, Any]:
        return {
            "op": "run",
            "argv": list(command.argv),
            "user": command.user or self.user,
            "cwd": command.cwd,
            "environment": dict(command.environment),
            "as_image": command.user is None,
            "stdin": len(command.stdin),
            "timeout": command.timeout,
            "limit": (command.most_kb or self.limits.output_kb) * 1024,
            "alone": command.alone,
        }

    def run_python(self, argv: Sequence[str], *, timeout: float = 60.0, alone: bool = False) -> Ran:
        """Runs a script, or `-m` and a module, as root and in / in a fork of a warm Python.

        It has what checks need already imported, pytest too. Exit handlers do not run. alone: as
        in `run`.
        """
        header = {
            "op": "run_python",
            "argv": list(argv),
            "timeout": timeout,
            "limit": self.limits.output_kb * 1024,
            "alone": alone,
        }
        return _ran(*self._call(header, seconds=timeout))

    def kill_all(self, emptied: Sequence[str] = ()) -> list[str]:
        """Kills every process but the supervisor; returns their names. None is left after it.

        emptied: those of the box's own places (`limits.places`) that are then as they were made.
        """
        header = {"op": "kill_all", "emptied": list(emptied)}
        names: list[str] = self._call(header)[0]["names"]
        return names

    def distrust(self) -> str:
        """Kills every process, and says why no grade given in this box can be believed, or "".

        In a box of root something that grades may not be as it was before the first command.
        """
        if self._reusable:
            return ""
        changed: list[str] = self._call({"op": "replaced"}, seconds=60.0)[0]["changed"]
        return f"root changed what grades: {', '.join(changed)}" if changed else ""

    def reset(self) -> list[str]:
        """Brings a box of `agent` back to its first state; returns the names of what it killed.

        Raises BoxLost, and ends the box, if something in it could not be brought back.
        """
        try:
            names: list[str] = self._call({"op": "reset"})[0]["names"]
        except Refused as error:
            self._end()
            raise BoxLost(str(error)) from None
        return names

    # Recording

    def record(self, pipe: str, most_bytes: int) -> None:
        """Makes a named pipe of the box's user and keeps what is written to it, with times."""
        self._call({"op": "record", "path": pipe, "limit": most_bytes, "user": self.user})

    def recorded(self) -> bytes:
        """What was recorded: events of `guest.output.EVENT` (seconds, length), then the bytes."""
        return self._call({"op": "recorded"})[1]

    def _call(
        self, header: dict[str, Any], payload: bytes = b"", *, seconds: float = 0.0
    ) -> tuple[dict[str, Any], bytes]:
        try:
            return self._channel.call(header, payload, timeout=seconds + self.limits.patience)
        except SandboxError:
            self._end()
            raise

    def _end(self) -> None:
        self._channel.close()
        remove(self._client, self.id)

    def look(self) -> None:
        """Ends a box of root that has written too much, and raises BoxLost.

        A box looks by itself only while a reply of it is waited for. Whoever leaves processes in it
        and turns to something else has to look every `WATCH_SECONDS`.
        """
        if self._reusable:
            return
        try:
            if self._watch_disk() is None:
                most = self.limits.disk_mb
                raise BoxLost(
                    f"a box ended by itself, as one that wrote more than its {most} MB (disk_mb)"
                )
        except BoxLost:
            self._end()
            raise

    def _watch_disk(self) -> int | None:
        """The bytes that were written to the root file system, for which the engine has no quota;
        None for a box that has ended. Raises BoxLost when they are too many.
        """
        about = self._client.api.containers(size=True, filters={"id": self.id})
        if not about:
            return None
        written = int(about[0].get("SizeRw", 0))
        if written > self.limits.disk_mb * MEGABYTE:
            most = self.limits.disk_mb
            raise BoxLost(f"a box wrote {written >> 20} MB, more than its {most} MB (disk_mb)")
        return written


def _ran(reply: Mapping[str, Any], output: bytes) -> Ran:
    omitted = bool(reply["omitted"])
    return Ran(reply["code"], output, reply["seconds"], reply["timed_out"], omitted)

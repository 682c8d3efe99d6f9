"""Checks of what programs print. Programs of the agent run as the agent, never as the verifier."""

import contextlib
import ctypes
import os
import pwd
import selectors
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .reading import excerpt, expected_bytes, fail
from .texts import compare_text

OUTPUT_LIMIT = 4 * 1024 * 1024
AGENT = "agent"
AGENT_ID = 1000
PR_SET_CHILD_SUBREAPER = 36
ORPHAN_POLL = 0.05
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class Identity:
    """Whom a program runs as."""

    uid: int
    gid: int
    home: str


@dataclass(frozen=True)
class Finished:
    """A program that ended, with what it printed."""

    code: int
    stdout: bytes
    stderr: bytes


def command_prints(
    argv: Sequence[str],
    expected: str | None = None,
    *,
    text: str | None = None,
    stdin: str | None = None,
    cwd: str = "/app",
    user: str = AGENT,
    timeout: float = 10,
    exit_code: int = 0,
    trailing_newline: str = "any",
) -> None:
    """Running argv prints the given text, or expected/<expected>, and ends with the exit code.

    The program gets a clean environment, no group but its own, no terminal, a TMPDIR of its own, at
    most `timeout` seconds and 4 MiB of output; what it leaves running is killed, and what it leaves
    in its TMPDIR is removed. Without text and expected only the exit code is compared.
    """
    __tracebackhide__ = True
    done = run(argv, identity(user), stdin=stdin, cwd=cwd, timeout=timeout)
    subject = excerpt(" ".join(argv))
    if done.code != exit_code:
        tail = excerpt(done.stderr[-400:].decode("utf-8", "backslashreplace"))
        fail(f"{subject}: exit code {done.code}, expected {exit_code}; stderr: {tail}")
    if text is not None:
        compare_text(subject, done.stdout, text.encode(), trailing_newline)
    elif expected is not None:
        compare_text(subject, done.stdout, expected_bytes(expected), trailing_newline)


def git_output(
    repo: str,
    args: Sequence[str],
    expected: str | None = None,
    *,
    text: str | None = None,
    timeout: float = 20,
) -> None:
    """`git <args>` in the repository prints the given text, or expected/<expected>.

    Git runs as the agent, whoever owns the repository: its configuration may name programs to
    start, and a link in its place may lead to one that the agent wrote in a folder of root. Hooks,
    pager, prompts, fetching of missing objects, system and user configuration are off.
    """
    __tracebackhide__ = True
    agent = identity(AGENT)
    who = Identity(agent.uid, agent.gid, "/nonexistent")
    if not Path(repo).is_dir():
        fail(f"{repo}: expected a git repository, but there is no folder")
    settings = ["safe.directory=*", "core.hooksPath=/dev/null", "core.fsmonitor=false"]
    options = [part for setting in settings for part in ("-c", setting)]
    quiet = {
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_ALLOW_PROTOCOL": "none",
        "GIT_PAGER": "cat",
    }
    argv = ["/usr/bin/git", "--no-pager", *options, *args]
    done = run(argv, who, cwd=repo, timeout=timeout, extra=quiet)
    subject = excerpt(f"git -C {repo} {' '.join(args)}")
    if done.code != 0:
        tail = excerpt(done.stderr[-400:].decode("utf-8", "backslashreplace"))
        fail(f"{subject}: exit code {done.code}; stderr: {tail}")
    wanted = text.encode() if text is not None else expected_bytes(str(expected))
    compare_text(subject, done.stdout, wanted, "any")


def identity(user: str) -> Identity:
    """The ids and home of a user by name; the agent's are known even where it has no entry."""
    try:
        entry = pwd.getpwnam(user)
    except KeyError:
        if user != AGENT:
            raise
        return Identity(AGENT_ID, AGENT_ID, "/home/agent")
    return Identity(entry.pw_uid, entry.pw_gid, entry.pw_dir)


def run(
    argv: Sequence[str],
    who: Identity,
    *,
    stdin: str | None = None,
    cwd: str,
    timeout: float,
    extra: Mapping[str, str] | None = None,
) -> Finished:
    """Run a program as somebody, bounded in time and output, and kill what it leaves behind."""
    __tracebackhide__ = True
    environment = {"PATH": PATH, "HOME": who.home, "LANG": "C.UTF-8", "TZ": "UTC", **(extra or {})}
    subject = excerpt(" ".join(argv))
    # Orphans of the program become our children, so that they can be found and killed.
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    # Only root can change identity, and only root needs to.
    root = os.geteuid() == 0
    try:
        # A program that ends in the middle of its work would leave it to the checks after this one.
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
            if root:
                os.chown(scratch, who.uid, who.gid)
            with subprocess.Popen(
                list(argv),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=cwd,
                env={**environment, "TMPDIR": scratch},
                start_new_session=True,
                umask=0o022,
                user=who.uid if root else None,
                group=who.gid if root else None,
                extra_groups=[] if root else None,
            ) as process:
                try:
                    return communicate(process, (stdin or "").encode(), timeout, subject)
                finally:
                    with contextlib.suppress(ProcessLookupError):
                        os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
                    kill_children()
    except OSError as error:
        fail(f"{subject}: cannot be run in {cwd}: {error.strerror}")


def communicate(
    process: "subprocess.Popen[bytes]", stdin: bytes, timeout: float, subject: str
) -> Finished:
    """Feed and read a program until it ends; too long or too much fails the check."""
    __tracebackhide__ = True
    assert process.stdin and process.stdout and process.stderr
    deadline = time.monotonic() + timeout
    outputs = {process.stdout: bytearray(), process.stderr: bytearray()}
    pending = memoryview(stdin)
    with selectors.DefaultSelector() as selector:
        for stream in outputs:
            selector.register(stream, selectors.EVENT_READ)
        os.set_blocking(process.stdin.fileno(), False)
        selector.register(process.stdin, selectors.EVENT_WRITE)
        while selector.get_map():
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                fail(f"{subject}: still running after {timeout:g} s")
            # Asked before the wait: what it printed at its end has come once the wait is over.
            ended = process.poll() is not None
            events = selector.select(min(remaining, ORPHAN_POLL))
            if ended and not events:
                break  # only what it left behind still holds its output open
            for key, _ in events:
                if key.fileobj is process.stdin:
                    pending = feed(process, pending, selector)
                    continue
                chunk = os.read(key.fd, 65536)
                if not chunk:
                    selector.unregister(key.fileobj)
                    continue
                output = outputs[key.fileobj]  # type: ignore[index]
                output += chunk
                if len(output) > OUTPUT_LIMIT:
                    fail(f"{subject}: printed more than {OUTPUT_LIMIT} bytes")
    try:
        code = process.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        fail(f"{subject}: still running after {timeout:g} s")
    return Finished(code, bytes(outputs[process.stdout]), bytes(outputs[process.stderr]))


def feed(
    process: "subprocess.Popen[bytes]", pending: memoryview, selector: selectors.BaseSelector
) -> memoryview:
    """Write what the program takes of its input, close it at the end, return the rest."""
    assert process.stdin
    try:
        written = os.write(process.stdin.fileno(), pending) if pending else 0
    except BrokenPipeError:
        written = len(pending)
    if written == len(pending):
        selector.unregister(process.stdin)
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
    return pending[written:]


def kill_children() -> None:
    """Kill and reap every child of this process, including those adopted from the program."""
    while children := child_ids():
        for child in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        for child in children:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(child, 0)


def child_ids() -> list[int]:
    """The ids of this process's children, from the process table."""
    own, children = os.getpid(), []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            # The command's name, in parentheses, may hold anything; the parent follows it.
            parent = (entry / "stat").read_bytes().rpartition(b")")[2].split()[1]
            if int(parent) == own:
                children.append(int(entry.name))
    return children

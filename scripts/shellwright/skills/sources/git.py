"""A source that is a git repository: one commit is fetched, and read without a checkout.

The system's git does the work, with no configuration but the one below, no hooks, no submodules,
no prompts, and none of the protocols that run programs.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from shellwright.digest import digest
from shellwright.errors import UserError
from shellwright.skills.found import SourceFile
from shellwright.skills.sources.choose import Entry
from shellwright.skills.sources.complaints import is_mistake
from shellwright.skills.sources.limits import Limits
from shellwright.skills.sources.meter import Damaged, LimitReached, Meter, Unreachable
from shellwright.skills.sources.paths import Unsafe, is_relevant, is_text, safe_path
from shellwright.skills.sources.process import Running, watched
from shellwright.skills.sources.report import Report, shown
from shellwright.skills.sources.tree import Read
from shellwright.store import write_text

PROTOCOLS = ("https", "http", "ssh", "git", "file")
_URL = re.compile(rf"(?:{'|'.join(PROTOCOLS)})://(?!-)[^\s\x00-\x1f\x7f]+")
_SSH_SHORT = re.compile(r"[\w.-]+@\w[\w.-]*:(?![:-])[^\s\x00-\x1f\x7f]+")
# Of an address by HTTP the part before the @ is a secret in any case.
_SECRET = re.compile(r"https?://[^/]*@|\w+://[^/@]*:[^/@]*@")
_REF = re.compile(r"[\w][\w./@#=+-]*")
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_CHUNK = 64 * 1024
#: What git needs of the environment to reach a server through a proxy or with the user's agent.
_PASSED = (
    *("PATH", "SSH_AUTH_SOCK", "SSL_CERT_FILE", "SSL_CERT_DIR"),
    *("http_proxy", "https_proxy", "all_proxy", "no_proxy"),
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
)
_SETTINGS = {
    "core.hooksPath": os.devnull,
    "core.fsmonitor": "false",
    "core.askPass": "",
    "credential.helper": "",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "submodule.recurse": "false",
    "fetch.recurseSubmodules": "false",
    # Always a pack, never loose files: one file to watch.
    "fetch.unpackLimit": "1",
    "transfer.fsckObjects": "true",
    # Larger objects are passed on in pieces, and not held in memory.
    "core.bigFileThreshold": "4m",
    "core.packedGitWindowSize": "64m",
    "core.packedGitLimit": "512m",
    "protocol.version": "2",
    "protocol.allow": "never",
}
#: Gives the limit that has been passed, if one has.
Over = Callable[[], LimitReached | None]
_LINK, _SUBMODULE = b"120000", b"160000"


class GitTree:
    """One commit of a repository, in a bare repository below the cache.

    `missed` tells that the server could not be asked, and that the commit is the one that an
    earlier build fetched for this ref.
    """

    def __init__(
        self, url: str, ref: str, cache: Path, name: str, limits: Limits, report: Report
    ) -> None:
        """Fetches the commit, unless it is there. Raises UserError, LimitReached or Unreachable."""
        check_address(url, ref, name)
        self._label = f"skills.sources[{name}]"
        self._limits = limits
        self._report = report
        # What is left on the server depends on the limit, so it makes another repository.
        self._home = cache / "git" / digest([url, limits.skill_kb])[:16]
        self._repository = self._home / "repository"
        self._known = self._home / "known" / digest(ref)[:16]
        self.missed = False
        try:
            self.commit = self._asked(url, ref)
        except Unreachable as reason:
            self.commit = self._fetched_before()
            if not self.commit:
                raise
            self.missed = True
            report.stop(f"{reason}; read is {self.commit}, which an earlier build fetched")

    def _fetched_before(self) -> str:
        """The commit that was last fetched for the ref; empty where there is none."""
        if not self._known.is_file():
            return ""
        return self._resolved(self._known.read_text(encoding="ascii"), Meter(self._limits))

    def _asked(self, url: str, ref: str) -> str:
        """The commit that the ref stands for, fetched unless it is there."""
        try:
            return self._fetched(url, ref, Meter(self._limits))
        except LimitReached as reason:
            if reason.name != "seconds":
                raise
            raise Unreachable(
                f"fetching {ref} of {url} {reason.what} (skills.limits.seconds): see whether the"
                " server answers, or raise the limit"
            ) from None

    def _fetched(self, url: str, ref: str, meter: Meter) -> str:
        if not (self._repository / "HEAD").is_file():
            init = ["init", "--quiet", "--bare", "--template=", os.fspath(self._repository)]
            self._home.mkdir(parents=True, exist_ok=True)
            self._said(init, meter)
        if _COMMIT.fullmatch(ref) and self._resolved(ref, meter) == ref:
            return ref
        fetch = ["fetch", "--quiet", "--depth=1", "--no-tags", "--no-recurse-submodules"]
        fetch += ["--no-auto-maintenance", f"--filter=blob:limit={self._limits.skill_bytes + 1}"]
        config = (self._repository / "config").read_bytes()
        over = _grown(self._repository, self._limits)
        try:
            code, said = self._run([*fetch, "--", url, ref], meter, over)
            # The bound on a single file may have ended it before the watcher looked.
            reached = over() if code else None
        finally:
            # The fetch has made the server the place for blobs that are missing. Nothing is to be
            # fetched later; some versions of git even fail where they may not.
            (self._repository / "config").write_bytes(config)
            self._sweep()
        if reached:
            raise reached
        if code and not is_mistake(said):
            raise Unreachable(
                f"git cannot fetch {ref} of {url}: {said}: see whether the server can be reached,"
                " and the url is right"
            )
        commit = "" if code else self._resolved("FETCH_HEAD", meter)
        if not commit:
            raise UserError(
                f"{self._label}: git cannot fetch `{ref}` of {url}: {said or 'no such commit'}\n"
                "Correct `url` or `ref` (a branch, a tag or a full commit), or get access."
            )
        self._known.parent.mkdir(exist_ok=True)
        write_text(self._known, commit)
        return commit

    def _resolved(self, name: str, meter: Meter) -> str:
        """The commit of this name in the cache; empty where there is none."""
        question = ["rev-parse", "--quiet", "--verify", "--end-of-options", f"{name}^{{commit}}"]
        code, said = self._run(question, meter)
        return "" if code else said

    def entries(self, meter: Meter) -> Iterator[Entry]:
        command = ["ls-tree", "-r", "-z", "-l", "--full-tree", self.commit]
        with self._git(command, meter) as running:
            for line in _until_zero(running.stdout):
                meter.entry()
                entry = self._entry(line)
                if entry is not None:
                    yield entry
        if running.code:
            raise Damaged(f"git cannot list the commit: {_clean(running.said)}")

    def _entry(self, line: bytes) -> Entry | None:
        """An entry from a line of ls-tree: `<mode> <type> <object> <size>`, a tab, the path."""
        facts, _, raw = line.partition(b"\t")
        mode, kind, object_, size = facts.split()
        try:
            path = safe_path(raw)
        except Unsafe as reason:
            self._report.refuse(raw, str(reason))
            return None
        if mode in (_LINK, _SUBMODULE) or kind != b"blob":
            what = "symbolic link" if mode == _LINK else "submodule"
            self._report.refuse(path, f"is a {what}")
            return None
        if not is_relevant(path):
            return Entry(path, 0, unread=True)
        # A blob that the filter has left on the server has no size here.
        if not size.isdigit() or int(size) > self._limits.skill_bytes:
            limit = f"{self._limits.skill_kb} KiB (skills.limits.skill_kb)"
            self._report.refuse(path, f"is larger than {limit}")
            return None if is_text(path) else Entry(path, 0, unread=True)
        return Entry(path, int(size), object_.decode())

    @contextmanager
    def contents(self, wanted: Collection[Entry], meter: Meter) -> Iterator[Read]:
        with self._git(["cat-file", "--batch"], meter) as running:

            def read(entry: Entry) -> SourceFile | None:
                return self._content(entry, running, meter)

            yield read

    def _content(self, entry: Entry, running: Running, meter: Meter) -> SourceFile | None:
        try:
            running.stdin.write(f"{entry.place}\n".encode())
            running.stdin.flush()
        except BrokenPipeError:
            raise Damaged("git ended too early") from None
        facts = running.stdout.readline(_CHUNK).split()
        if not facts:
            raise Damaged("git ended too early")
        if len(facts) != 3 or facts[1] != b"blob":
            self._report.refuse(entry.path, "is missing in what the server sent")
            return None
        size = int(facts[2])
        content = running.stdout.read(min(size, meter.limits.file_bytes))
        rest = size - len(content) + 1  # and a line feed
        while rest:
            passed = running.stdout.read(min(rest, _CHUNK))
            if not passed:
                raise Damaged("git ended too early")
            rest -= len(passed)
        meter.read(len(content))
        return SourceFile(entry.path, content, whole=len(content) == size)

    def _said(self, arguments: list[str], meter: Meter) -> str:
        """What git says. Raises UserError where it fails."""
        code, said = self._run(arguments, meter)
        if code:
            raise UserError(f"{self._label}: git {arguments[0]} failed: {said}")
        return said

    def _run(self, arguments: list[str], meter: Meter, over: Over | None = None) -> tuple[int, str]:
        """Runs git to its end: its exit code, and what it answered or, failing, complained of."""
        with self._git(arguments, meter, over) as running:
            answer = running.stdout.read(_CHUNK)
        return running.code, _clean(running.said if running.code else answer)

    @contextmanager
    def _git(
        self, arguments: list[str], meter: Meter, over: Over | None = None
    ) -> Iterator[Running]:
        """Runs git; only with `over`, which bounds what it fetches, may it use the network."""
        settings = dict(_SETTINGS)
        if over is not None:
            settings |= {f"protocol.{name}.allow": "always" for name in PROTOCOLS}
        options = [part for pair in settings.items() for part in ("-c", "=".join(pair))]
        place = [] if arguments[0] == "init" else [f"--git-dir={self._repository}"]
        command = ["git", *options, *place, *arguments]
        try:
            with watched(command, self._environment(), meter, over or (lambda: None)) as running:
                yield running
        except FileNotFoundError:
            raise UserError(f"{self._label}: git is not installed; install it") from None

    def _environment(self) -> dict[str, str]:
        passed = {name: os.environ[name] for name in _PASSED if name in os.environ}
        return {
            **passed,
            "LC_ALL": "C",
            "HOME": os.fspath(self._home),
            "XDG_CONFIG_HOME": os.fspath(self._home),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ASKPASS": "",
            "SSH_ASKPASS": "",
            "SSH_ASKPASS_REQUIRE": "never",
            "GIT_SSH_COMMAND": "ssh -oBatchMode=yes",
            # A blob that is missing stays so. Older versions of git do not know this; there the
            # protocols, none of which is allowed outside of the fetch, keep it from being fetched.
            "GIT_NO_LAZY_FETCH": "1",
        }

    def _sweep(self) -> None:
        """Takes away what a fetch that was stopped has left half done."""
        for left in self._repository.glob("objects/pack/tmp_*"):
            left.unlink(missing_ok=True)
        for left in self._repository.glob("objects/tmp_objdir-*"):
            shutil.rmtree(left, ignore_errors=True)
        for left in self._repository.glob("*.lock"):
            left.unlink(missing_ok=True)


def check_address(url: str, ref: str, name: str) -> None:
    """Raises UserError for an address or a ref that is not passed on to git."""
    label = f"skills.sources[{name}]"
    if not (_URL.fullmatch(url) or _SSH_SHORT.fullmatch(url)):
        raise UserError(
            f"{label}: url is {shown(url)!r}; expected an address that begins with one of"
            f" {', '.join(f'{protocol}://' for protocol in PROTOCOLS)}, or user@host:path"
        )
    if _SECRET.match(url):
        raise UserError(f"{label}: url holds a name or a password; take it out, or use an SSH key")
    if not _REF.fullmatch(ref) or ".." in ref:
        raise UserError(f"{label}: ref is {shown(ref)!r}; expected a branch, a tag or a commit")


def _grown(repository: Path, limits: Limits) -> Over:
    """Tells when a repository takes more of the disk than it did, and more than it may."""
    before = _disk_bytes(repository)

    def over() -> LimitReached | None:
        if _disk_bytes(repository) - before <= limits.total_bytes:
            return None
        return LimitReached("total_mb", f"is larger than {limits.total_mb} MiB")

    return over


def _disk_bytes(folder: Path) -> int:
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(parent, name)).st_blocks * 512  # noqa: PTH118
    return total


def _until_zero(stream: IO[bytes]) -> Iterator[bytes]:
    """The parts of a stream that a zero byte ends. An unended rest is left out."""
    rest = b""
    while data := stream.read(_CHUNK):
        *parts, rest = (rest + data).split(b"\0")
        yield from parts


def _clean(said: bytes) -> str:
    """What git or a server said, as one may show it."""
    lines = said.decode(errors="replace").splitlines()[-5:]
    return "; ".join(shown(line.strip()) for line in lines if line.strip())

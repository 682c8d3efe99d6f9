"""One trial: a clean box with the task's files, somebody's work in it, and a grade."""

import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shellwright.sandbox.box import KILLED, NOT_STARTED, Box, Ran, Refused
from shellwright.sandbox.tar import tar_of
from shellwright.sandbox.terminal import events
from shellwright.tasks.outcomes import REWARDS, out_of_time, reward_in
from shellwright.verify import clock
from shellwright.verify.boxes import Boxes
from shellwright.verify.case import Case
from shellwright.verify.said import counted

LOGS = "/logs/verifier"
SOLUTION = "/solution"
# A pipe, so that each run of pytest adds its account; not where a script clears its logs.
ACCOUNT = "/run/pytest-account"
REPORT_BYTES = 4 << 20
SNAPSHOT_BYTES = 32 << 20
TAIL = 2000
SHORT = 300  # characters of what a run wrote in which nothing went wrong
MESSAGE = 300
MOST_FAILURES = 5
# Writes without making a new file: mode, owner, links and access lists stay as they are. Python
# would take what it has compiled of a file of this size and time for what it now holds.
OVERWRITE = (
    'cat >"$1" && touch -d "@$2" -- "$1" || exit; n=${1##*/}\n'
    'rm -f -- "${1%/*}/__pycache__/${n%.py}".*.pyc'
)
# The folder's own time stays.
MOVE = 'd=${1%/*}/ && t=$(stat -c %.9Y -- "$d") && mv -T -- "$1" "$2" && touch -d "@$t" -- "$d"'


@dataclass(frozen=True)
class Place:
    """Where and when a trial takes place; hours_ahead is how far its clock is ahead.

    named: whether the environment says who the user is, as after a login. An engine that starts a
    command in a container, and so Harbor, says nothing.
    """

    hostname: str
    hours_ahead: int = 0
    named: bool = True


#: The places of the oracle's runs, in turn, each in a box of its own. The second is in another
#: year, month, day of the month, day of the week and hour, whatever today is. Time zone, umask and
#: locale are part of the image, and so the same for everybody who does the task.
PLACES = (Place("task"), Place("elsewhere", hours_ahead=400 * 24 + 7, named=False))
UNNAMED = ("/usr/bin/env", "-u", "USER", "-u", "LOGNAME")


@dataclass(frozen=True)
class Graded:
    """A grade: reward in 0..1, how many checks passed of how many (None without a report).

    problem says why a reward is 0 without any check having decided so. seconds: of the tests.
    out_of_time: a program did not end in the time that a check gave it.
    """

    reward: float
    passed: int | None
    total: int | None
    problem: str
    exit_code: int
    failures: list[dict[str, str]] = field(default_factory=list)
    tail: str = ""
    seconds: float = 0.0
    timed_out: bool = False
    out_of_time: bool = False

    def evidence(self) -> dict[str, Any]:
        """What a verdict keeps of it; much of the output only where nothing else says why."""
        kept: dict[str, Any] = {
            "reward": self.reward,
            "passed": self.passed,
            "total": self.total,
            "exit_code": self.exit_code,
            "seconds": round(self.seconds, 3),
        }
        if self.total is None and (printed := counted(self.tail)):
            kept["passed"], kept["total"] = printed
        if self.problem:
            kept["problem"] = self.problem
        if self.failures:
            kept["failures"] = self.failures
        unexplained = self.problem or (self.reward < 1 and not self.failures)
        return kept | output("output", self.tail, TAIL if unexplained else SHORT)


def output(name: str, text: str, most: int) -> dict[str, str]:
    """The end of what a run wrote, as evidence under a name; nothing when it wrote nothing."""
    return {name: text[-most:]} if text else {}


class Bench:
    """The trials of one task. Every method works on the box of the latest `fresh`.

    plain: every trial has a clean box, and every grade comes from test.sh.
    """

    def __init__(
        self, boxes: Boxes, image: str, case: Case, seconds: float, *, plain: bool = False
    ) -> None:
        self.plain = plain
        self._boxes, self._image, self._case, self._seconds = boxes, image, case, seconds
        self._uploaded = False
        self.box: Box
        self.hours_ahead = 0
        self._before: Sequence[str] = ()  # each command that is the task's own

    def fresh(self, place: Place = PLACES[0]) -> None:
        """A clean box with the task's input files. Raises Refused when they cannot be unpacked.

        `hours_ahead` is then as the place has it, or 0 if the image cannot change the clock.
        """
        self._uploaded = False
        self.box = self._boxes.clean(self._image, self._case.user, place.hostname)
        changed = place.hours_ahead and clock.possible(self.box, place.hours_ahead)
        self.hours_ahead = place.hours_ahead if changed else 0
        self._before = () if place.named else UNNAMED
        if self._case.fixture:
            self.box.put(self._case.fixture)

    def apart(self) -> None:
        """A clean box for a trial that could go on with what the one before left untouched."""
        if self.plain:
            self.fresh()

    def initial(self) -> Ran | None:
        """Run the tests of the initial state; None when the bundle has none."""
        if "tests/test_initial_state.py" not in self._case.files:
            return None
        self.upload_tests()
        argv = ["/tests/run_tests.py", "initial"]
        if not self._case.project_harness:
            argv = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "/tests/test_initial_state.py"]
        return self.box.run_python(argv, timeout=self._seconds)

    def solve(self, script: str | None = None, *, trace: bool = False) -> Ran:
        """Run the oracle, or another script in its place, as the task's user; then kill all.

        It sees the clock and the environment of the place. Nothing of it is left in /solution when
        the tests come.
        trace: its commands are part of the output, each after a `+`.
        """
        self.box.put(self._case.solution_tar)
        if script is not None:
            self.box.put(tar_of([("solution/solve.sh", 0o755, script.encode())]))
        before = " ".join(self._before)
        command = f"exec {before} /bin/bash {'-x ' if trace else ''}{SOLUTION}/solve.sh"
        environment = {"DEBIAN_FRONTEND": "noninteractive", **clock.ahead(self.hours_ahead)}
        return self.work(command, environment)

    def work(self, command: str, environment: Mapping[str, str] | None = None) -> Ran:
        """Run a command as the task's user in the working folder; then kill what it left.

        /solution is empty after it, as in an agent's box: tests cannot ask who has done the work.
        """
        ran = self.box.run(
            ["/bin/bash", "-c", command],
            cwd=self._case.folder,
            environment=environment or {},
            timeout=self._seconds,
        )
        self.box.kill_all(emptied=[SOLUTION])
        self._uploaded = False
        return ran

    def account(self) -> tuple[Graded, bytes]:
        """The grade of test.sh once more, and what pytest writes of the tests that it runs in it.

        It takes that option from the environment, unless the script clears or overrules it.
        """
        self.box.remove(ACCOUNT)
        self.box.record(ACCOUNT, REPORT_BYTES)
        graded = self.grade(real=True, environment={"PYTEST_ADDOPTS": f"--junitxml={ACCOUNT}"})
        self.box.remove(ACCOUNT)
        return graded, b"".join(data for _, data in events(self.box.recorded()))

    def grade_with(self, contents: Mapping[str, bytes]) -> tuple[Graded, bytes]:
        """As `account`, with other contents of some of the tests' files, by paths in the bundle.

        Nothing of earlier grades can be taken for that of this one, and the true tests come back
        with the next.
        """
        self._uploaded = False
        self.upload_tests()
        modes = {path: self._case.files[path][0] for path in contents}
        self.box.put(tar_of((path, modes[path], text) for path, text in contents.items()))
        self.box.kill_all(emptied=[LOGS])
        try:
            return self.account()
        finally:
            self._uploaded = False

    def grade(self, *, real: bool = False, environment: Mapping[str, str] | None = None) -> Graded:
        """Upload the tests and grade: through test.sh, or, faster, in a fork of a warm Python.

        The fork runs what test.sh of this project's harness runs; other bundles have test.sh only,
        which sees the clock of the place and the environment. That of the harness clears both.
        Where root has changed what grades, nothing is run. What the tests have started and left
        is killed before the reward is read, which is therefore as they left it.
        """
        if problem := self.box.distrust():
            return Graded(0.0, None, None, problem, exit_code=0)
        self.upload_tests()
        if real or self.plain or not self._case.project_harness:
            ran = self.box.run(
                [*self._before, "/tests/test.sh"],
                user="root",
                cwd=self._case.folder,
                environment={**clock.ahead(self.hours_ahead), **(environment or {})},
                timeout=self._seconds,
                alone=True,
            )
        else:
            self.box.remove(LOGS)
            ran = self.box.run_python(["/tests/run_tests.py"], timeout=self._seconds, alone=True)
        return self._result(ran)

    def upload_tests(self) -> None:
        """Put the tests into the box, unless nobody has worked there since they came."""
        if not self._uploaded:
            if self.box.user == "root":
                # Root could have left anything there; any other user cannot write there.
                for folder in ("/tests", "/logs"):
                    self.box.remove(folder)
            self.box.put(self._case.tests_tar)
        self._uploaded = True

    def _result(self, ran: Ran) -> Graded:
        reward, problem = self._reward()
        if ran.timed_out:
            reward, problem = 0.0, f"the tests took more than {self._seconds:g} s"
        elif ran.exit_code == NOT_STARTED:
            # Whatever lies there was left by somebody else.
            reward, problem = 0.0, f"the tests could not be started: {ran.text[-MESSAGE:]}"
        elif ran.exit_code > KILLED:
            # Whatever they left, somebody ended them before they could take it back.
            reward, problem = 0.0, f"the tests were killed by signal {ran.exit_code - KILLED}"
        checks = self._checks()
        failures = [
            {key: storable(str(c.get(key))[:MESSAGE]) for key in ("name", "kind", "message")}
            for c in checks or []
            if c.get("outcome") != "passed"
        ]
        return Graded(
            reward=reward,
            passed=None if checks is None else len(checks) - len(failures),
            total=None if checks is None else len(checks),
            problem=problem,
            exit_code=ran.exit_code,
            failures=guards_first(failures)[:MOST_FAILURES],
            tail=ran.text[-TAIL:],
            seconds=ran.seconds,
            timed_out=ran.timed_out,
            out_of_time=out_of_time(checks or []),
        )

    def _reward(self) -> tuple[float, str]:
        """The reward as Harbor reads it, and why it is 0 if it could not be read."""
        for name in REWARDS:
            if (found := self._reward_in(name)) is not None:
                reward, problem = found
                return reward, f"{name} {problem}" if problem else ""
        return 0.0, "the tests wrote no reward"

    def disagreement(self) -> str:
        """How the two files of the latest grade tell different rewards, or ""."""
        first, second = (self._reward_in(name) for name in REWARDS)
        if first is None or second is None or first == second:
            return ""
        told = (found[1] or f"{found[0]:g}" for found in (first, second))
        return ", ".join(f"{name}: {reward}" for name, reward in zip(REWARDS, told, strict=True))

    def _reward_in(self, name: str) -> tuple[float, str] | None:
        """The reward that a file holds, and why it is 0 if it holds none; None without the file."""
        try:
            text = self.box.read(f"{LOGS}/{name}", 4096).decode("utf-8", "replace")
        except Refused:
            return None
        reward = reward_in(text)
        return (0.0, f"holds no reward: {text[:80]!r}") if reward is None else (reward, "")

    def _checks(self) -> list[dict[str, Any]] | None:
        """The checks in report.json; None when there is no such report."""
        try:
            report = json.loads(self.box.read(f"{LOGS}/report.json", REPORT_BYTES))
            return [check for check in report["checks"] if isinstance(check, dict)]
        except (Refused, ValueError, TypeError, KeyError, RecursionError):
            return None

    def snapshot(self, paths: Sequence[str]) -> list["Entry"]:
        """The regular files at and below paths, each once; of a path without any, none."""
        if not paths:
            return []
        try:
            content = self.box.get(paths, SNAPSHOT_BYTES)
        except Refused:  # one is reached through a symbolic link, or they are too large together
            if len(paths) == 1:
                return []
            found = [entry for path in paths for entry in self.snapshot([path])]
            return list({entry.path: entry for entry in found}.values())
        entries: dict[str, Entry] = {}
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            for member in archive:
                file = archive.extractfile(member) if member.isreg() else None
                if file is not None:
                    path = "/" + member.name
                    entries[path] = Entry(path, file.read(), float(member.mtime))
        return list(entries.values())

    def overwrite(self, entry: "Entry", content: bytes) -> None:
        """Give an existing file another content, and its own time. Raises Refused if it fails."""
        argv = ["/bin/sh", "-c", OVERWRITE, "sh", entry.path, f"{entry.mtime:.6f}"]
        ran = self.box.run(argv, user="root", cwd="/", stdin=content, timeout=self._seconds)
        if ran.exit_code != 0:
            raise Refused(f"{entry.path}: cannot be overwritten: {ran.text[-MESSAGE:]}")

    def move(self, path: str, target: str) -> None:
        """Give a file another name in its folder. Raises Refused if that fails."""
        argv = ["/bin/sh", "-c", MOVE, "sh", path, target]
        ran = self.box.run(argv, user="root", cwd="/", timeout=self._seconds)
        if ran.exit_code != 0:
            raise Refused(f"{path}: cannot be moved: {ran.text[-MESSAGE:]}")


def storable(text: str) -> str:
    """A text that can be written down: JSON may hold halves of characters."""
    return text.encode("utf-8", "replace").decode("utf-8")


def guards_first(failures: list[dict[str, str]]) -> list[dict[str, str]]:
    """The failures with those of guards first: one of them alone makes the reward 0."""
    return sorted(failures, key=lambda failure: failure["kind"] != "guard")


@dataclass(frozen=True)
class Entry:
    """A regular file in a box; mtime in seconds since 1970."""

    path: str
    content: bytes
    mtime: float

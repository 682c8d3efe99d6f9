"""The attacks of the isolation gate: what somebody could leave behind to be graded well.

The first one is made in an untouched box: rewards, a process that writes them without end, and
programs, modules and settings wherever tests might look for them: in the usual places, and in those
that the tests themselves name. Others are made in solved boxes, where tests come as far as they do:
what the agent delivers, and what else it can change, does what it did and plants a reward as well.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shellwright.sandbox.box import Ran
from shellwright.sandbox.limits import WORLD
from shellwright.sandbox.program import program
from shellwright.verify.case import Case
from shellwright.verify.named import Named, lies_in, named
from shellwright.verify.only_checks import only_calls_checks
from shellwright.verify.trial import LOGS, SHORT, Bench, Graded, output

GUEST = Path(__file__).with_name("guest")
PLANT = ("kinds", "plant")  # of its modules
# Only root can write there: the verifier, or an agent of root, which starts nothing that it plants.
MARK = "/run/planted-program-ran"
TESTS = "/tests"
# The agent can write there.
READ = "/tmp/.read-by-planted-program"
SURVIVOR = "planted-survivor"
REWARD = '{"reward": 1}'
# By this one is told who wrote it where a full reward would be due anyway.
PLANTED = 0.4375
# As Harbor mounts it; a test.sh may close it before it runs anything.
OPEN = f"chmod 777 {LOGS}"
SECONDS = 30.0
MOST_TOLD = 3
FOLDERS = ("/app", "/app/bin", "/tmp", "/tests", "~", "~/bin", "~/.local/bin")
PROGRAMS = ("pytest", "py.test", "python", "python3", "bash", "env", "sh", "rm", "mkdir")
MODULES = ("conftest", "sitecustomize", "usercustomize", "pytest", "checks", "json")
LISTS = ("folders", "within", "files", "programs", "modules", "roots", "but", "elsewhere")
# Where programs of the agent may lie.
ROOTS = (*(place[0] for place in WORLD), "/opt", "/root")
# A copy of the C library that root alone can read: who has opened it is told by its time. The
# loader passes over what it may not read.
LIBRARIES = """
library=$(ldd /bin/bash | grep -o '/[^ ]*/libc\\.so\\.6')
for path; do
    case $path in *.so | *.so.*) ;; *) path=$path/libc.so.6 ;; esac
    mkdir -p "$(dirname "$path")" && cp -L "$library" "$path" &&
        chmod 400 "$path" && touch -a -d @1 "$path"
done
"""
LOADED = """
for path; do
    case $path in *.so | *.so.*) ;; *) path=$path/libc.so.6 ;; esac
    at=$(stat -c %X "$path" 2>/dev/null) && [ "$at" != 1 ] && echo "$path"
done
"""
# What only root can do: become what grades. The interpreter of the fakes is a copy of its own.
REPLACE = rf"""
cp /bin/sh /tmp/shell
printf '#!/tmp/shell\n%s\n' \
    'mkdir -p {LOGS}; for f in txt json; do echo 1 >{LOGS}/reward.$f; done' >/tmp/fake
chmod 755 /tmp/fake
exec /usr/bin/python3 -c '
import os, shutil
for name in ("env", "python3", "bash"):
    os.replace(shutil.copy("/tmp/fake", "/tmp/" + name), "/usr/bin/" + name)
'
"""


@dataclass(frozen=True)
class Seen:
    """What the attack left: names of the killed processes, and of those still there after that.

    ran is the attack itself.
    """

    ran: Ran
    killed: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    @property
    def survivor_ran(self) -> bool:
        """Whether the process that was to survive was there to be killed."""
        return any(SURVIVOR.startswith(name) for name in self.killed if name)

    def evidence(self) -> dict[str, Any]:
        """What a verdict keeps."""
        return {**ran_evidence(self.ran), "survivor_ran": self.survivor_ran, "left": self.left}


def ran_evidence(ran: Ran) -> dict[str, Any]:
    """What a verdict keeps of an attack as a run."""
    kept = {"attack_exit_code": ran.exit_code, "attack_seconds": round(ran.seconds, 3)}
    return kept | output("attack_output", ran.text, SHORT)


def places(case: Case) -> Named | None:
    """Where the tests of a case may take something of the agent's; None where they do not.

    Tests that only call the harness's checks name data: the checks run programs as the agent.
    """
    return None if only_calls_checks(case) else named(case)


def plant(bench: Bench, **plan: Any) -> Ran:
    """Run guest/plant.py as the task's user, with what a plan names and nothing else."""
    nothing: dict[str, Any] = {key: [] for key in LISTS}
    always = {"mark": MARK, "logs": LOGS, "survivor": SURVIVOR, "home": False, "reward": REWARD}
    always |= {"tests": TESTS, "read": READ}
    told = json.dumps({**nothing, **always, **plan}).encode()
    argv = ["/usr/bin/python3", "-I", "-c", program(GUEST, PLANT)]
    return bench.box.run(argv, cwd="/", stdin=told, timeout=SECONDS)


def attack(bench: Bench, where: Named | None) -> Seen:
    """Plant everything in a box, kill all processes, and plant rewards as root on top of it."""
    within = ROOTS if where else ()
    where = where or Named()
    ran = plant(
        bench,
        home=True,
        folders=[*FOLDERS, *where.folders],
        within=within,
        files=where.files,
        programs=[*PROGRAMS, *where.programs],
        modules=[*MODULES, *where.modules],
        elsewhere=where.elsewhere,
    )
    killed = bench.box.kill_all()
    left = bench.box.kill_all()
    if where.libraries:
        as_root(bench, LIBRARIES, where.libraries)
    bench.box.write(f"{LOGS}/reward.json", REWARD.encode())
    bench.box.write(f"{LOGS}/reward.txt", b"1\n")
    return Seen(ran, killed, left)


def attacked(bench: Bench, where: Named | None) -> tuple[Seen, Graded, list[str]]:
    """An attack in a clean box, the grade in it, and what of the planted root has run."""
    bench.fresh()
    seen = attack(bench, where)
    graded = bench.grade(real=True, environment=where.environment if where else None)
    return seen, graded, fooled(bench, where)


def replace(bench: Bench) -> tuple[Ran, Graded]:
    """How root, after nothing else, has replaced what grades in a box, and the grade in it."""
    bench.fresh()
    ran = bench.box.run(["/bin/bash", "-c", REPLACE], cwd="/", timeout=SECONDS)
    return ran, bench.grade(real=True)


def fooled(bench: Bench, where: Named | None) -> list[str]:
    """What of the planted programs, modules and libraries root has run since: the verifier did."""
    found = noted(bench, MARK)
    if where and where.libraries:
        found += as_root(bench, LOADED, where.libraries).text.split("\n")
    return sorted({path for path in found if path})


def noted(bench: Bench, place: str) -> list[str]:
    """The lines that planted programs have written somewhere."""
    ran = bench.box.run(["/bin/cat", place], user="root", cwd="/", timeout=SECONDS)
    return ran.text.split("\n") if ran.exit_code == 0 else []


def as_root(bench: Bench, script: str, paths: Sequence[str]) -> Ran:
    """Run a script of the gate's with paths as its arguments."""
    argv = ["/bin/sh", "-c", script, "sh", *paths]
    return bench.box.run(argv, user="root", cwd="/", timeout=SECONDS)


def trapped(case: Case, bench: Bench, where: Named) -> tuple[str, list[dict[str, Any]]]:
    """Why a solution can reward itself while it is graded, or "", and the evidence of each trial.

    First what the agent delivers plants a reward, then everything else that it can change: one of
    them alone may be compared before the other is run. What they could read of the tests, where
    they do not run as root, would be as good: the answers are among it.
    """
    made: list[dict[str, Any]] = []
    delivered = list(case.deliverables)
    others = {"roots": [*ROOTS, *where.folders], "but": delivered}
    solved = False
    for plan in ({"roots": delivered}, others):
        if not solved:
            bench.fresh()
            bench.solve()
        ran = plant(bench, reward=json.dumps({"reward": PLANTED}), **plan)
        bench.box.kill_all()
        if ran.exit_code != 0:
            made.append(ran_evidence(ran))
            return "attack-failed: nothing could be planted in a solved box", made
        paths = said(ran, "trapped")
        solved = not paths
        if not paths:
            continue
        if case.user != "root":
            as_root(bench, OPEN, [])
        graded = bench.grade(real=True)
        made.append({"trapped": paths[:MOST_TOLD], **ran_evidence(ran), **graded.evidence()})
        if found := fooled(bench, None):
            made[-1]["ran_as_root"] = found
            return runs_as_root(case, found), made
        if graded.reward == PLANTED:
            return f"planted-reward: {by_program(paths)}", made
        if read := sorted({path for path in noted(bench, READ) if path}):
            made[-1]["read_by_agent"] = read[:MOST_TOLD]
            return f"answers-readable: {by_reader(paths, read)}", made
    return "", made


def said(ran: Ran, what: str) -> list[str]:
    """The paths that guest/plant.py tells under a name; none when it has come to no end."""
    try:
        return [str(path) for path in json.loads(ran.text.strip().rpartition("\n")[2])[what]]
    except (ValueError, TypeError, KeyError):
        return []


def open_to_agent(paths: Sequence[str]) -> str:
    """The reason for places of the image that tests use and that could not be tried here."""
    told = ", ".join(paths[:MOST_TOLD])
    return (
        f"open-to-agent: the tests run or look for something in {told}, which the agent may change "
        "where the file system is not read-only; let root own it, writable to nobody else"
    )


def runs_as_root(case: Case, found: Sequence[str]) -> str:
    """The reason for programs that root has run, with what to do."""
    told = ", ".join(found[:MOST_TOLD])
    own = [path for path in found if lies_in(path, case.deliverables)]
    if own:
        return (
            f"deliverable-runs-as-root: the tests ran {', '.join(own[:MOST_TOLD])} as root, which "
            "can write the reward; run it as the agent, by `setpriv --reuid=agent --regid=agent "
            "--clear-groups` or subprocess.run(..., user='agent', group='agent', extra_groups=[])"
        )
    return (
        f"planted-program-ran: the tests ran or loaded {told} as root, where the agent can write; "
        "keep what grades in /tests, start programs by their absolute paths and Python with -I"
    )


def by_program(paths: Sequence[str]) -> str:
    """What to do where a program that is not root's could leave a reward."""
    return (
        f"a reward that {', '.join(paths[:MOST_TOLD])} wrote was taken for that of the tests; "
        f"`chmod 700 {LOGS}` before it runs, and remove reward.txt and reward.json after it"
    )


def by_reader(paths: Sequence[str], read: Sequence[str]) -> str:
    """What to do where a program of the agent's could look up what is right."""
    return (
        f"a program of the agent's ({', '.join(paths[:MOST_TOLD])}) could read {read[0]} while "
        f"the tests ran it; `chmod 700 {TESTS}` before that"
    )

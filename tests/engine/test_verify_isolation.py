"""What the tests of a bundle run as root, and who could have written it."""

import time
from collections.abc import Iterator
from typing import Any

import docker
import pytest
from tests.support import verify_tasks as tasks

from shellwright.config import load
from shellwright.tasks.bundle import Fixture
from shellwright.trajectories.grade import grade
from shellwright.verify.boxes import Boxes
from shellwright.verify.case import Case
from shellwright.verify.gates import Gate, Report, isolation_gate
from shellwright.verify.settings import Settings
from shellwright.verify.trial import Bench

pytestmark = pytest.mark.engine

SETTINGS = Settings.of_config(load({})["verify"])
CLEARS = "chmod 700 /tests; rm -rf /logs/verifier; mkdir -p /logs/verifier"
GRADE = (
    "#!/bin/bash\n{}\ncd /\n{}\nif {} -q /tests/test_outputs.py; then\n"
    "    echo 1 > /logs/verifier/reward.txt\nelse\n    echo 0 > /logs/verifier/reward.txt\nfi\n"
)
ISOLATED = "python3 -I -m pytest -p no:cacheprovider"
PLAIN = "python3 -m pytest -p no:cacheprovider"
RIGHT = "def test_n():\n    assert open('/app/n').read() == '4\\n'\n"
TOOL = "printf 'import sys\\nprint(int(sys.argv[1]) + int(sys.argv[2]))\\n' > /app/tool.py"
RUN = "subprocess.run(['/usr/bin/python3', '/app/tool.py', '2', '3'], capture_output=True, {})"
BY_AGENT = "user='agent', group='agent', extra_groups=[]"


@pytest.fixture(scope="module")
def boxes(engine: docker.DockerClient) -> Iterator[Boxes]:
    with Boxes(engine, "test-verify-isolation", SETTINGS.limits) as made:
        yield made


@pytest.fixture
def bench(boxes: Boxes, domain: dict[str, Any]) -> Any:
    """A function that makes the trials of a row."""

    def make(row: dict[str, Any], *, plain: bool = False) -> Bench:
        return Bench(boxes, domain["image"], Case.of_row(row), 20.0, plain=plain)

    return make


def foreign(
    name: str,
    *,
    clears: str = CLEARS,
    first: str = "",
    run: str = ISOLATED,
    outputs: str = RIGHT,
    given: tuple[Fixture, ...] = (),
    user: Any = "agent",
    work: tuple[str, ...] = (),
    **options: Any,
) -> dict[str, Any]:
    """A task with a script of its own, whose files tests may run."""
    spec = tasks.variant(
        name,
        user=user,
        fixture=[*tasks.GOOD.fixture, *given],
        commands=[*tasks.GOOD.commands, *work],
    )
    gone = ("conftest.py", "run_tests.py", "test_initial_state.py")
    files: dict[str, str | None] = {f"tests/{file}": None for file in gone}
    files["tests/test.sh"] = GRADE.format(clears, first, run)
    files["tests/test_outputs.py"] = outputs
    files |= options.pop("files", {})
    return tasks.row(spec, files=files, wrong=[], steps=[], **options)


def gate(made: Any, row: dict[str, Any]) -> Gate:
    """The outcome of the isolation gate alone."""
    trials = made(row)
    return isolation_gate(Case.of_row(row), trials, SETTINGS, Report(tests_total=3))


def runs(*, by: str, before: str = "") -> str:
    """Tests that run the tool, as somebody, and after something else."""
    return (
        f"import subprocess\n\n\ndef test_x():\n{before}"
        f"    assert {RUN.format(by)}.stdout == b'5\\n'\n"
    )


def with_tool(name: str, outputs: str, **options: Any) -> dict[str, Any]:
    """A task that asks for a program, which the tests run."""
    return foreign(name, outputs=outputs, work=(TOOL,), deliverables=("/app/tool.py",), **options)


JUDGE = Fixture("/app/lib/judge.py", content=b"def right(text):\n    return text == '4\\n'\n")
BY_JUDGE = (
    "import sys\n\nsys.path.insert(0, '/app/lib')\nfrom judge import right\n\n\n"
    "def test_n():\n    assert right(open('/app/n').read())\n"
)
RUNNER = Fixture("/srv/t/runner", content=f'#!/bin/sh\nexec {ISOLATED} "$@"\n'.encode(), mode=0o755)
INI = Fixture("/app/cfg/pytest.ini", content=b"[pytest]\naddopts = -q\n")
ENV = Fixture("/srv/env.sh", content=b"export LC_ALL=C.UTF-8\n")
LATER = "    assert open('/app/n').read() == '4\\n'\n"
LOADED = "import ctypes\n\n\ndef test_x():\n    ctypes.CDLL('/app/libx.so')\n" + LATER


@pytest.mark.parametrize(
    ("row", "reason", "named"),
    [
        (foreign("path", first="export PATH=/srv/tools:$PATH"), "planted-program-ran", "/srv/tool"),
        (
            foreign("relative", first="cd /srv/x\nPATH=./bin:$PATH"),
            "planted-program-ran",
            "./bin/python3",
        ),
        (
            foreign("pythonpath", first="export PYTHONPATH=/app/src", run=PLAIN),
            "planted-program-ran",
            "/app/src/",
        ),
        (
            foreign("image", files={"environment/Dockerfile": "FROM x\nENV PATH=/srv/i:$PATH\n"}),
            "planted-program-ran",
            "/srv/i/python3",
        ),
        (
            foreign("unknown", first='for at in /app/i?; do cd "$at"; done', run=PLAIN),
            "planted-program-ran",
            "/app/in/",
        ),
        (foreign("folder", first="cd /srv/x", run=PLAIN), "planted-program-ran", "/srv/x/"),
        (foreign("sourced", first="source /srv/env.sh", given=(ENV,)), "planted-", "/srv/env.sh"),
        (
            foreign("maybe", first="[ -f /app/env ] && . /app/env"),
            "planted-program-ran",
            "/app/env",
        ),
        (foreign("marker", run=f"[ -e /app/.done ] || {ISOLATED}"), "planted-reward", ""),
        (
            foreign("settings", run=f"{ISOLATED} -c /app/cfg/pytest.ini", given=(INI,)),
            "planted-",
            "",
        ),
        (foreign("runner", run="/srv/t/runner", given=(RUNNER,)), "planted-", "/srv/t/runner"),
        (foreign("judge", outputs=BY_JUDGE, given=(JUDGE,)), "planted-program-ran", "/app/lib/"),
        (
            foreign("library", first="export LD_LIBRARY_PATH=/app/lib"),
            "planted-program-ran",
            "/app/lib/libc.so.6",
        ),
        (
            foreign("loaded", outputs=LOADED, deliverables=("/app/libx.so",)),
            "deliverable-runs-as-root",
            "/app/libx.so",
        ),
        (with_tool("tool", runs(by="")), "deliverable-runs-as-root", "/app/tool.py"),
        (with_tool("later", runs(by="", before=LATER)), "deliverable-runs-as-root", "/app/tool.py"),
        (
            with_tool(
                "imported",
                "import sys\n\nsys.path.insert(0, '/app')\n\n\ndef test_x():\n"
                f"{LATER}    import tool\n",
            ),
            "deliverable-runs-as-root",
            "/app/tool.py",
        ),
        (
            with_tool(
                "hidden", runs(by="", before=LATER).replace("/app/tool", "/app' + '/to' + 'ol")
            ),
            "deliverable-runs-as-root",
            "/app/tool.py",
        ),
        (
            with_tool("root", runs(by=""), user="root"),
            "deliverable-runs-as-root",
            "/app/tool.py",
        ),
        (
            with_tool("open", runs(by=BY_AGENT), clears="rm -f /logs/verifier/reward.*"),
            "planted-reward",
            "chmod 700",
        ),
        (
            with_tool("answers", runs(by=BY_AGENT), clears=CLEARS.partition("; ")[2]),
            "answers-readable",
            "could read /tests/",
        ),
    ],
    ids=lambda value: value["id"] if isinstance(value, dict) else None,
)
def test_what_root_takes_from_the_agent_is_found(
    bench: Any, row: dict[str, Any], reason: str, named: str
) -> None:
    found = gate(bench, row)
    assert found.outcome == "fail", found.evidence
    assert found.reason.startswith(reason)
    assert named in found.reason


@pytest.mark.parametrize(
    "row",
    [
        tasks.row(),
        foreign("control"),
        foreign("isolated", first="cd /srv/x 2>/dev/null"),
        foreign("own-folder", first="export PATH=/tests/bin:$PATH PYTHONPATH=/tests"),
        foreign(
            "cleared", first="rm -rf /app/l; LD_LIBRARY_PATH=/app/l setpriv --reuid=agent true"
        ),
        foreign("a-log", first="rm -f /app/log", run=f"2>/app/log {ISOLATED}"),
        with_tool("by-agent", runs(by=BY_AGENT)),
        with_tool(
            "closed",
            runs(by=BY_AGENT),
            clears="rm -f /logs/verifier/reward.*; chmod 700 /logs/verifier /tests",
        ),
        with_tool(
            "setpriv",
            runs(by="").replace(
                "['/usr",
                "['/usr/bin/setpriv', '--reuid=agent', '--regid=agent', '--clear-groups', '/usr",
            ),
        ),
        with_tool("by-agent-of-root", runs(by=BY_AGENT), user="root"),
    ],
    ids=lambda row: row["id"],
)
def test_what_runs_as_the_agent_may_be_the_agents(bench: Any, row: dict[str, Any]) -> None:
    found = gate(bench, row)
    assert found.outcome == "pass", found.reason
    trials = found.evidence.get("trials_of_traps", [])
    assert all(trial["reward"] == 1 for trial in trials), trials
    assert bool(trials) == ("tool.py" in str(row["authoring_json"]))


# Leaves a process that waits for the end of the tests, and a little longer, and writes rewards.
LATE = """cat >/app/tool.py <<'END'
import os
import time

tests = f"/proc/{os.getppid()}"
if os.fork() == 0:
    os.setsid()
    if os.fork():
        os._exit(0)
    os.closerange(0, 3)
    while os.path.exists(tests):
        time.sleep(0.01)
    time.sleep(0.5)
    for name in ("txt", "json"):
        with open("/logs/verifier/reward." + name, "w") as file:
            file.write("1")
END
"""


@pytest.mark.parametrize("plain", [False, True], ids=["fast", "plain"])
@pytest.mark.parametrize("own", [False, True], ids=["foreign", "own"])
def test_what_tests_have_started_writes_no_reward_after_them(
    bench: Any, own: bool, plain: bool
) -> None:
    outputs = runs(by="")
    row = tasks.row(files={"tests/test_outputs.py": outputs}) if own else with_tool("late", outputs)
    trials = bench(row, plain=plain)
    trials.fresh()
    assert trials.work(LATE).exit_code == 0
    graded = trials.grade()
    assert graded.reward == 0
    assert trials.box.kill_all() == []
    time.sleep(1.5)
    assert float(trials.box.read("/logs/verifier/reward.txt")) == 0


def test_nor_does_it_in_a_trajectory(bench: Any) -> None:
    row = with_tool("late", runs(by=""))
    trials = bench(row)
    trials.fresh()
    trials.work(LATE)
    files = [
        (path.removeprefix("tests/"), *file)
        for path, file in Case.of_row(row).below("tests").items()
    ]
    assert grade(trials.box, files, 20.0, "/app").reward == 0
    assert trials.box.kill_all() == []
    time.sleep(1.5)
    assert trials.box.read("/logs/verifier/reward.txt") == b"0\n"


def test_what_writes_while_the_tests_run_is_found_by_the_gate(bench: Any) -> None:
    """No killing after the tests helps against it: reward.json counts before reward.txt."""
    row = with_tool("meanwhile", runs(by=""))
    trials = bench(row)
    trials.fresh()
    trials.work("echo \"open('/logs/verifier/reward.json', 'w').write('1')\" >/app/tool.py")
    assert trials.grade().reward == 1
    assert gate(bench, row).reason.startswith("deliverable-runs-as-root")

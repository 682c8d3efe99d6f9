"""Trajectories in real boxes: typing, waiting, failing, grading, and what a row then holds."""

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from shellwright import tables
from shellwright.digest import digest
from shellwright.sandbox.reap import RUN_LABEL
from shellwright.store import ItemStore
from shellwright.tasks.bundle import CheckCall, Fixture, TaskSpec, build_bundle
from shellwright.trajectories import oracle
from shellwright.trajectories.stage import Settings, collect_shard

pytestmark = pytest.mark.engine

KEY = "e" * 64
RUN = "test-trajectories"
NAMES = b"zoe\nadam\nmia\nadam\n"
TEMPLATE = "JSON {{}}, please.\nTask Description:\n{instruction}\n\nTerminal:\n{terminal_state}\n"
SCRIPT = '#!/bin/bash\n# it\'s "quoted!now"\nprintf \'%s\\t%s\\n\' "$1" "100%"\n\tindented\n'
OUT = {"sorted": b"adam\nmia\nzoe\n", "script": SCRIPT.encode(), "loud": b"done!now\tok\n"}

Row = dict[str, Any]


def step(command: str, kind: str = "do", duration: float = 0.1) -> Row:
    return {
        "skill": "text/demo",
        "kind": kind,
        "command": command,
        "analysis": f"The state before {command.split()[0]}.",
        "plan": f"Run {command.split()[0]}.",
        "duration": duration,
    }


STEPS = [
    step("pwd", "look"),
    step("ls -la in", "look"),
    step("cat in/names.txt", "look"),
    step("mkdir -p out\nsort -u in/names.txt > out/sorted"),
    step(f"cat > out/script <<'EOF'\n{SCRIPT}EOF"),
    step("sleep 1.5; printf 'done!now\tok\\n' > out/slow; cp out/slow out/other"),
    step('printf "done!now\tok\\n" > out/loud'),
    step("head out/*", "look"),
]
BRIEF = [step("ls -la", "look"), step("touch x")]


def task(name: str, steps: list[Row] = STEPS, user: Any = "agent") -> Row:
    calls = [
        CheckCall(
            "text_equals",
            {"path": f"/app/out/{name}", "expected": name, "trailing_newline": "exact"},
            f"{name}_is_right",
            f"The file {name} is right.",
            expected={name: content},
        )
        for name, content in OUT.items()
    ]
    spec = TaskSpec(
        id=name,
        instruction=f"Make the files below /app/out ({name}).",
        image="domain:1",
        fixture=[Fixture("/app/in/names.txt", content=NAMES)],
        commands=[one["command"] for one in steps if one["kind"] == "do"],
        calls=calls,
        difficulty="easy",
        category="text",
        domain="file-operations",
        user=user,
    )
    deliverables = [{"path": f"/app/out/{name}", "kind": "text"} for name in OUT]
    made: Row = {
        "id": name,
        "instruction": spec.instruction,
        "files": build_bundle(spec),
        "environment_key": KEY,
        "user": user,
        "authoring_json": json.dumps({"steps": steps, "deliverables": deliverables}),
    }
    return {**made, "digest": digest(made)}


Collect = Callable[..., dict[str, Row]]


def collector(engine: Any, image: str, folder: Path) -> Collect:
    """Runs the stage over tasks; gives the rows by task id. Checks them against the schema."""

    def collect(*tasks: Row, rejected: tuple[str, ...] = ()) -> dict[str, Row]:
        tiers = {one["id"]: "rejected" if one["id"] in rejected else "rl" for one in tasks}
        with ItemStore(folder / "items", "trajectories", "0", 0) as store:
            outcome = collect_shard(
                tasks,
                [{"id": name, "tier": tier} for name, tier in tiers.items()],
                [{"id": KEY, "image": image}],
                prompt_template=TEMPLATE,
                policy="oracle",
                attempt=0,
                settings=Settings(),
                workers=4,
                code="c",
                client=engine,
                run_id=RUN,
                store=store,
                label="trajectories/0",
            )
        tables.write_table(folder / "rows.parquet", "trajectory", outcome.rows)
        return {row["task_id"]: row for row in outcome.rows}

    return collect


@pytest.fixture
def collect(engine: Any, image: str, tmp_path: Path) -> Iterator[Collect]:
    """The collector; afterwards no container of it may be left."""
    yield collector(engine, image, tmp_path)
    deadline = time.monotonic() + 10
    while left := engine.api.containers(all=True, filters={"label": f"{RUN_LABEL}={RUN}"}):
        assert time.monotonic() < deadline, left
        time.sleep(0.1)


@pytest.fixture(scope="module")
def solved(engine: Any, image: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Row]:
    """The rows of one task as the user agent, and as root."""
    collect = collector(engine, image, tmp_path_factory.mktemp("solved"))
    return collect(task("agent"), task("root", user="root"))


@pytest.mark.parametrize("user", ["agent", "root"])
def test_the_oracle_solves_a_task_by_typing_it(solved: dict[str, Row], user: str) -> None:
    row = solved[user]
    assert (row["termination"], row["cause"], row["failure"]) == ("completed", "none", None)
    assert (row["reward"], row["success"]) == (1.0, True)
    assert (row["tests_passed"], row["tests_total"]) == (3, 3)
    labels = json.loads(row["labels_json"])["turns"]
    kinds = [one["kind"] for one in labels if one["kind"] != "wait"]
    assert kinds[-6:] == ["do", "do", "do", "look", "complete", "confirm"]
    assert [place for one in labels for place in one["steps"]] == list(range(len(STEPS)))
    conversation = "\n".join(message["content"] for message in row["messages"])
    sign = "#" if user == "root" else "$"
    assert f"{user}@workbench:/app{sign} cat in/names.txt" in conversation
    assert "zoe\nadam\nmia\nadam\n" in conversation
    roles = [message["role"] for message in row["messages"]]
    assert roles == ["user", "assistant"] * row["turns"]


def test_a_slow_command_is_waited_for(solved: dict[str, Row]) -> None:
    row = solved["agent"]
    labels = json.loads(row["labels_json"])["turns"]
    slow = next(place for place, one in enumerate(labels) if one["steps"] == [5])
    assert labels[slow + 1]["kind"] == "wait"
    assert row["success"]


def test_the_recording_plays_with_real_times(solved: dict[str, Row]) -> None:
    row = solved["agent"]
    header, *events = [json.loads(line) for line in row["cast"].rstrip("\n").split("\n")]
    assert (header["version"], header["width"], header["height"]) == (2, 160, 40)
    times = [event[0] for event in events]
    assert times == sorted(times) and 1.5 < times[-1] <= row["seconds"] + 0.5
    assert [event[2] for event in events if event[1] == "m"] == [
        f"Turn {number}" for number in range(1, row["turns"] + 1)
    ]
    shown = "".join(event[2] for event in events if event[1] == "o")
    assert "workbench" in shown and "adam" in shown


def test_failed_and_broken_attempts_are_rows(
    collect: Collect, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = step("true")
    tasks = [
        task("typo", [step("ls", "look"), step("sortt -u in/names.txt"), step("touch x")]),
        task(
            "wrong", [step("ls", "look"), step("mkdir out; touch out/sorted"), step("ls", "look")]
        ),
        task("leaves", [step("ls", "look"), step("exit"), step("touch x")]),
        task("unreasoned", [step("ls", "look"), {**bare, "analysis": " "}]),
        task("hangs", [step("ls", "look"), step("cat"), step("touch x")]),
        task("refused"),
    ]
    monkeypatch.setattr(oracle, "WAITS", (0.1, 0.2))
    rows = collect(*tasks, rejected=("refused",))
    ended = {name: (row["termination"], row["cause"], row["reward"]) for name, row in rows.items()}
    assert ended == {
        "typo": ("policy_stopped", "agent", 0.0),
        "wrong": ("completed", "none", 0.0),
        "leaves": ("session_ended", "agent", 0.0),
        "unreasoned": ("not_started", "agent", None),
        "hangs": ("policy_stopped", "agent", 0.0),
    }
    assert "sortt: command not found" in rows["typo"]["failure"]
    assert "step 1 (skill text/demo) has an empty analysis" in rows["unreasoned"]["failure"]
    assert not any(row["success"] for row in rows.values())
    assert (rows["wrong"]["tests_passed"], rows["wrong"]["tests_total"]) == (0, 3)


def test_tests_without_a_reward_are_not_the_agents_failure(collect: Collect) -> None:
    broken = task("broken", BRIEF)
    for file in broken["files"]:
        if file["path"] == "tests/test.sh":
            file["content"] = b"#!/bin/bash\necho no reward today\n"
    row = collect(broken)["broken"]
    assert (row["termination"], row["cause"], row["reward"]) == (
        "completed",
        "infrastructure",
        None,
    )
    assert "no reward today" in row["failure"]


def test_a_root_agent_cannot_plant_its_reward(collect: Collect) -> None:
    plant = step(
        "rm -rf /logs /tests; ln -s /tmp /logs; ln -s /tmp /tests; mkdir /tmp/verifier\n"
        "while sleep 0.01; do echo 1 > /tmp/verifier/reward.txt; done 2> /tmp/log &"
    )
    row = collect(task("forger", [step("ls", "look"), plant], user="root"))["forger"]
    assert (row["termination"], row["reward"], row["tests_passed"]) == ("completed", 0.0, 0)


def test_a_root_agent_cannot_become_what_grades(collect: Collect) -> None:
    become = step(
        "cp /bin/sh /tmp/shell\n"
        "{ echo '#!/tmp/shell'; echo 'mkdir -p /logs/verifier'; "
        "echo 'echo 1 >/logs/verifier/reward.txt'; } >/tmp/fake\n"
        "chmod 755 /tmp/fake; cp /tmp/fake /usr/bin/env; mv /tmp/fake /usr/bin/bash"
    )
    row = collect(task("fake", [step("ls", "look"), become], user="root"))["fake"]
    assert (row["termination"], row["reward"], row["tests_passed"]) == ("completed", 0.0, None)
    assert row["failure"].startswith("root changed what grades: /bin/bash, /bin/env")


def test_what_was_made_is_not_made_again(collect: Collect) -> None:
    first = collect(task("one", BRIEF), task("two", BRIEF))
    again = collect(task("one", BRIEF), task("two", BRIEF))
    assert again == first
    changed = task("two", [*BRIEF, step("ls out", "look")])
    third = collect(task("one", BRIEF), changed)
    assert third["one"] == first["one"]
    assert third["two"]["messages"] != first["two"]["messages"]


def test_transcripts_hold_nothing_of_the_machinery(solved: dict[str, Row]) -> None:
    text = solved["agent"]["steps_json"]
    assert not re.search(r"shellwright\.|supervisor|/tests|/logs|127\.0\.0\.1", text)
    assert len(text.encode()) < 100_000

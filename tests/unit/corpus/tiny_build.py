"""A tiny build: the tables of every stage up to the trajectories, written as the stages would."""

import json
from pathlib import Path
from typing import Any

from shellwright import tables
from shellwright.corpus.stage import CorpusSettings, Shard
from shellwright.digest import canonical, digest
from shellwright.tasks.bundle import CheckCall, TaskSpec, build_bundle
from shellwright.tasks.fixture import Fixture

Row = dict[str, Any]

PARTS = ("tasks", "verified", "trajectories")
SORTED = CheckCall("present", {"path": "/app/out.txt"}, "written", "The output is there.")


def turn(text: str = "Looked.", keys: tuple[str, ...] = (), done: bool = False) -> str:
    """Return an assistant message as Terminus-2 writes it."""
    commands = [{"keystrokes": key, "duration": 0.1} for key in keys]
    response = {"analysis": text, "plan": "Go on.", "commands": commands}
    return json.dumps({**response, "task_complete": True} if done else response, indent=2)


def conversation(request: str, *turns: str, screen: str = "$ ") -> list[Row]:
    """Return messages that begin with ``request`` and answer each turn but the last."""
    messages = [{"role": "user", "content": request}]
    for number, text in enumerate(turns):
        messages.append({"role": "assistant", "content": text})
        if number < len(turns) - 1:
            messages.append({"role": "user", "content": f"New Terminal Output:\n{screen}{number}"})
    return messages


def solved(request: str, what: str) -> list[Row]:
    """Return the messages of a trajectory that solves its task and confirms it twice."""
    return conversation(
        request,
        turn(f"I will look at {what} first.", (f"ls {what}\n",)),
        turn(f"Now {what} is written.", (f"sort {what} > {what}.sorted\n",)),
        turn(f"All of {what} is done.", (), done=True),
        turn(f"Confirmed for {what}.", (), done=True),
    )


def task(id: str, instruction: str, **changes: Any) -> Row:
    """Return a task row with a real bundle."""
    spec = TaskSpec(
        id=id,
        instruction=instruction,
        image="shellwright/text:0",
        fixture=[Fixture(path="/app/in.txt", content=f"{id}\n".encode())],
        commands=["sort /app/in.txt > /app/out.txt"],
        calls=[SORTED],
        difficulty="easy",
        category="text-processing",
        domain="text",
    )
    row = {
        "id": id,
        "status": "ok",
        "reason": None,
        "instruction": instruction,
        "files": build_bundle(spec),
        "environment_key": "env-text",
        "domain": "text",
        "user": "agent",
        "category": "text-processing",
        "difficulty": "easy",
        "tags": ["sort"],
        "tools": ["sort"],
        "skills": ["bundled/sort-lines"],
        "length": 1,
        "license": "Apache-2.0",
        "authoring_json": "{}",
        "lineage_json": canonical({"skills": ["bundled/sort-lines"]}).decode(),
        "facts": ["/app/out.txt"],
        **changes,
    }
    return {**row, "digest": digest({k: row[k] for k in sorted(row)})}


def failed_task(id: str, reason: str) -> Row:
    """Return the row of a task that could not be written."""
    return {
        **task(id, ""),
        "status": "failed",
        "reason": reason,
        "files": [],
        "environment_key": None,
        "digest": "",
    }


def verdict(task_row: Row, tier: str = "rl", reason: str | None = None) -> Row:
    """Return the verdict of a task."""
    gates = [
        {"gate": name, "outcome": "pass", "reason": None, "evidence_json": '{"reward": 1.0}'}
        for name in ("lint", "initial_state", "noop", "oracle", "mutants", "isolation")
    ]
    if tier == "rejected":
        gates[3] |= {"outcome": "fail", "reason": reason}
    return {
        "id": task_row["id"],
        "task_digest": task_row["digest"],
        "image": "sha256:" + "0" * 64,
        "tier": tier,
        "reason": reason,
        "gates": gates,
        "oracle_rewards": [1.0, 1.0],
        "noop_reward": 0.0,
        "tests_total": 3,
        "mutants": [],
        "kill_rate": None,
        "differences": None,
        "seconds": 1.5,
    }


def trajectory(task_id: str, messages: list[Row], attempt: int = 0, **changes: Any) -> Row:
    """Return a successful attempt at a task."""
    return {
        "id": f"{task_id}/oracle/{attempt}",
        "task_id": task_id,
        "policy": "oracle",
        "agent": "terminus-2",
        "model": None,
        "attempt": attempt,
        "steps_json": "[]",
        "messages": messages,
        "reward": 1.0,
        "success": True,
        "tests_passed": 3,
        "tests_total": 3,
        "termination": "completed",
        "cause": "none",
        "failure": None,
        "turns": sum(message["role"] == "assistant" for message in messages),
        "prompt_tokens": None,
        "completion_tokens": None,
        "cost_usd": None,
        "image": "sha256:" + "0" * 64,
        "tests_digest": "1" * 64,
        "prompt_digest": "2" * 64,
        "policy_digest": "3" * 64,
        "labels_json": "{}",
        "cast": None,
        "seconds": 4.5,
        "started_at": "2030-01-01T00:00:00Z",
        **changes,
    }


def skill(id: str, status: str = "ok", reason: str | None = None) -> Row:
    """Return a skill of the library."""
    return {
        "id": id,
        "name": id.rpartition("/")[2],
        "title": "Sort lines",
        "description": "Sorts lines.",
        "body": "Use sort.",
        "category": "text-processing",
        "field": "data-processing",
        "source": "bundled",
        "url": None,
        "commit": None,
        "path": "text-processing/sort-lines",
        "license": "Apache-2.0",
        "license_evidence": "LICENSE beside SKILL.md",
        "digest": "4" * 64,
        "status": status,
        "reason": reason,
        "problems": [],
        "provenance": [],
        "commands": [],
        "tools": ["sort"],
        "oracle_tools": ["sort"],
        "packages": [],
        "domains": ["text"],
        "root": False,
        "recipe": True,
        "filters": [],
        "pre": [],
        "post": [],
        "transitions": [],
    }


def blueprint(id: str, index: int) -> Row:
    """Return a blueprint of one skill."""
    return {
        "id": id,
        "source": "skill_graph",
        "index": index,
        "seed": index,
        "skills": ["bundled/sort-lines"],
        "scenarios": ["a", "b"],
        "branch_skills": [],
        "branch_scenarios": [],
        "joins": None,
        "domain": "text",
        "length": 1,
        "difficulty": "easy",
        "category": "text-processing",
        "executable": True,
        "lineage_json": "{}",
    }


def write_shards(
    folder: Path, tasks: list[Row], verdicts: list[Row], trajectories: list[Row], count: int = 2
) -> list[Shard]:
    """Write the three tables as ``count`` shards, dealt out by task."""
    place = {row["id"]: number % count for number, row in enumerate(tasks)}
    shards = []
    for number in range(count):
        shard = Shard(*(folder / part / f"{number}.parquet" for part in PARTS))
        mine = [row for row in tasks if place[row["id"]] == number]
        tables.write_table(shard.tasks, "task", mine)
        mine = [row for row in verdicts if place[row["id"]] == number]
        tables.write_table(shard.verdicts, "verdict", mine)
        mine = [row for row in trajectories if place.get(row["task_id"], 0) == number]
        tables.write_table(shard.trajectories, "trajectory", mine)
        shards.append(shard)
    return shards


def settings(*drop: str, indexes: tuple[Path, ...] = (), max_tokens: int = 32768) -> CorpusSettings:
    """Return corpus settings that drop by the given filters."""
    return CorpusSettings(frozenset(drop), indexes, 14, max_tokens)

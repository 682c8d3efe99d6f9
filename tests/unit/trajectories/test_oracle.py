"""The oracle policy: its turns, its patience, and what makes it give up."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shellwright.trajectories.episode import Episode, Limits, run_episode
from shellwright.trajectories.oracle import WAITS, OraclePolicy, read_steps
from shellwright.trajectories.outcome import Termination
from shellwright.trajectories.policy import PolicyUnfit
from shellwright.trajectories.protocol import parse

from .scripted import TEMPLATE, FakeShell


def step(command: str, kind: str = "do", **changes: Any) -> dict[str, Any]:
    return {
        "skill": "files/demo",
        "kind": kind,
        "command": command,
        "analysis": f"Before {command!r}.",
        "plan": f"Then run {command!r}.",
        "duration": 0.1,
        **changes,
    }


def record(*steps: dict[str, Any], deliverables: tuple[str, ...] = ()) -> dict[str, Any]:
    paths = [{"path": path, "kind": "file"} for path in deliverables]
    return {"steps": list(steps), "deliverables": paths, "wrong": [], "mistakes": []}


def play(authoring: dict[str, Any], shell: FakeShell, task_id: str = "t1") -> Episode:
    return run_episode(
        shell,
        OraclePolicy(task_id, authoring, 160),
        template=TEMPLATE,
        instruction="Do it.",
        limits=Limits(),
    )


def kinds(episode: Episode) -> list[Any]:
    return [turn.action.label["kind"] for turn in episode.turns]


def test_every_step_is_typed_with_its_reasoning_and_then_confirmed_twice() -> None:
    authoring = record(
        step("ls", "look"),
        step("cat > a.txt <<'EOF'\nx\nEOF"),
        step("wc a.txt", "look"),
        deliverables=("/app/a.txt", "/app/b.txt"),
    )
    shell = FakeShell(lambda line: "")
    episode = play(authoring, shell)
    assert episode.termination is Termination.COMPLETED
    assert kinds(episode) == ["look", "do", "look", "complete", "confirm"]
    assert [keys for keys, _ in shell.sent] == [
        "ls\n",
        "cat > a.txt <<'EOF'\nx\nEOF\n",
        "wc a.txt\n",
    ]
    parsed = [parse(turn.action.text) for turn in episode.turns]
    assert [one.task_complete for one in parsed] == [False, False, False, True, True]
    assert (parsed[1].analysis, parsed[1].plan) == (
        authoring["steps"][1]["analysis"],
        authoring["steps"][1]["plan"],
    )
    assert "/app/a.txt and /app/b.txt are as requested" in parsed[3].analysis
    assert parsed[4].commands == ()


def test_a_repository_is_one_result_however_many_files_it_has() -> None:
    names = ("a.txt", "b.txt", "c.txt", ".git/HEAD", ".git/config")
    authoring = record(step("touch a"), deliverables=("/app/n.csv",))
    authoring["deliverables"] += [
        {"path": f"/app/repo/{name}", "kind": "repository", "resource": "/app/repo"}
        for name in names
    ]
    said = parse(play(authoring, FakeShell(lambda line: "")).turns[2].action.text).analysis
    assert "/app/n.csv and /app/repo are as requested" in said


def test_many_results_are_counted_as_the_request_names_them() -> None:
    authoring = record(step("touch a"), deliverables=tuple(f"/app/{n}.csv" for n in range(4)))
    authoring["deliverables"] += [
        {"path": f"/app/tree/{n}", "kind": "tree", "resource": "/app/tree"} for n in range(9)
    ]
    said = parse(play(authoring, FakeShell(lambda line: "")).turns[2].action.text).analysis
    assert "all 5 results are where they were asked for" in said


def test_a_task_that_starts_with_work_is_looked_at_first() -> None:
    episode = play(record(step("touch a")), FakeShell(lambda line: ""))
    assert kinds(episode) == ["look", "do", "complete", "confirm"]
    assert "ls" in parse(episode.turns[0].action.text).commands[0].keystrokes


def test_every_look_has_a_turn_of_its_own_as_it_may_rest_on_the_one_before() -> None:
    authoring = record(*(step(f"look{number}", "look") for number in range(6)), step("do"))
    played = [play(authoring, FakeShell(lambda line: "")) for _ in range(2)]
    sizes = [len(parse(turn.action.text).commands) for turn in played[0].turns]
    assert sizes == [1] * 7 + [0, 0]
    assert played[0].messages == played[1].messages


def test_a_command_that_still_runs_is_waited_for() -> None:
    shell = FakeShell(lambda line: "", slow={"make": 2})
    episode = play(record(step("ls", "look"), step("make"), step("touch a")), shell)
    assert kinds(episode) == ["look", "do", "wait", "wait", "do", "complete", "confirm"]
    assert ("", WAITS[0]) in shell.sent
    assert episode.termination is Termination.COMPLETED


def test_a_command_that_never_ends_is_given_up() -> None:
    shell = FakeShell(lambda line: None if line == "cat" else "")
    episode = play(record(step("ls", "look"), step("cat"), step("touch a")), shell)
    assert episode.termination is Termination.POLICY_STOPPED
    assert "did not come back" in episode.failure
    assert kinds(episode)[-len(WAITS) :] == ["wait"] * len(WAITS)


def test_a_step_that_the_shell_rejects_ends_the_episode() -> None:
    shell = FakeShell(lambda line: "bash: nope: command not found\n" if line == "nope" else "")
    episode = play(record(step("ls", "look"), step("nope"), step("touch a")), shell)
    assert episode.termination is Termination.POLICY_STOPPED
    assert episode.failure == "step [1] failed: bash: nope: command not found"


def test_a_look_may_meet_an_error() -> None:
    shell = FakeShell(lambda line: "bash: ./run: Permission denied\n" if line == "./run" else "")
    episode = play(record(step("./run", "look"), step("chmod +x run")), shell)
    assert episode.termination is Termination.COMPLETED


def test_completion_and_history_expansion_go_off_once_and_only_where_they_bite() -> None:
    shell = FakeShell(lambda line: "")
    authoring = record(
        step("ls", "look"), step("printf 'a\tb' > x"), step('echo "a!b\tc"'), step('echo "d!e"')
    )
    episode = play(authoring, shell)
    assert [keys for keys, _ in shell.sent] == [
        "ls\n",
        "bind 'set disable-completion on'\n",
        "printf 'a\tb' > x\n",
        "set +H\n",
        'echo "a!b\tc"\n',
        'echo "d!e"\n',
    ]
    assert "Tab completion goes off" in parse(episode.turns[1].action.text).plan


@pytest.mark.parametrize("field", ["command", "analysis", "plan"])
def test_a_step_without_reasoning_is_refused_by_name(field: str) -> None:
    with pytest.raises(PolicyUnfit, match=rf"step 1 \(skill files/demo\) has an empty {field}"):
        read_steps(record(step("ls", "look"), {**step("touch a"), field: " \n"}))


def test_control_characters_and_idle_tasks_are_refused() -> None:
    with pytest.raises(PolicyUnfit, match="cannot be typed"):
        read_steps(record(step("printf '\x1b[0m'")))
    with pytest.raises(PolicyUnfit, match="no step that does anything"):
        read_steps(record(step("ls", "look")))


_texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(str.strip)


@given(st.lists(st.tuples(_texts, st.booleans()), min_size=1, max_size=8), st.text(max_size=3))
def test_whatever_the_commands_all_are_typed_in_order(
    steps: list[tuple[str, bool]], task_id: str
) -> None:
    authoring = record(*(step(one, "look" if look else "do") for one, look in steps), step("end"))
    shell = FakeShell(lambda line: "")
    play(authoring, shell, task_id)
    switches = ("", "set +H\n", "bind 'set disable-completion on'\n")
    looks_first = 0 if steps[0][1] else 1
    typed = [keys for keys, _ in shell.sent if keys not in switches][looks_first:]
    assert typed == [f"{one}\n" for one, _ in steps] + ["end\n"]


def test_responses_are_json_that_needs_no_repair() -> None:
    episode = play(record(step("ls -la ä", "look"), step("touch 'ü'")), FakeShell(lambda line: ""))
    for turn in episode.turns:
        parsed = parse(turn.action.text)
        assert (parsed.error, parsed.warnings) == ("", ())
        assert json.loads(turn.action.text)["analysis"] == parsed.analysis

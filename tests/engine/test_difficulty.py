"""Difficulty in real boxes: an agent that solves a task, one that does not, and what is neither."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.support import verify_tasks as tasks
from tests.support.agent import DONE, acting, response, typing
from tests.support.model_client import client, settings
from tests.support.model_server import ModelServer, Step, error, ok, rate_limited

from shellwright import tables
from shellwright.difficulty.bands import Bands
from shellwright.difficulty.stage import Measured, Plan, measure_shard
from shellwright.sandbox.box import WATCH_SECONDS, Box, BoxLost, Limits
from shellwright.sandbox.reap import RUN_LABEL
from shellwright.sandbox.terminal import Terminal
from shellwright.store import ItemStore
from shellwright.teacher.openai.failures import EndpointError
from shellwright.trajectories.boxes import WatchedPolicy
from shellwright.trajectories.model import ModelAgent
from shellwright.trajectories.policy import Action
from shellwright.trajectories.stage import Settings, collect_shard

pytestmark = pytest.mark.engine

Row = dict[str, Any]
RUN = "test-difficulty"
TEMPLATE = "JSON {{}}, please.\nTask Description:\n{instruction}\n\nTerminal:\n{terminal_state}\n"
TASK = tasks.row()
SOLUTION = next(f["content"] for f in TASK["files"] if f["path"] == "solution/solve.sh")
AGENT = acting({TASK["instruction"]: SOLUTION})
IDLE = tasks.row(tasks.variant("idle", instruction="Do something else that nobody knows."))

Measure = Callable[..., Measured]


@pytest.fixture
def measure(engine: Any, image: str, tmp_path: Path) -> Iterator[Measure]:
    """A function that measures tasks by a server; items and answers stay where they are."""

    def run(server: ModelServer, *rows: Row, attempts: int = 1, **model: Any) -> Measured:
        with client(server.base_url, tmp_path / "calls", **model) as asked:
            identity = settings(server.base_url, **model).identity
            agent = ModelAgent(asked, identity, "difficulty", "t@1")
            verdicts = [{"id": row["id"], "tier": "rl"} for row in rows]

            def collect(some: Any, attempt: int, again: int) -> list[Row]:
                stage = f"difficulty/{attempt}-{again}"
                with ItemStore(tmp_path / "items", stage, "0", 0) as store:
                    return collect_shard(
                        some,
                        verdicts,
                        [{"id": tasks.KEY, "image": image}],
                        prompt_template=TEMPLATE,
                        policy="model",
                        attempt=attempt,
                        settings=replace(Settings(), tests_seconds=30.0),
                        workers=2,
                        code="c",
                        client=engine,
                        run_id=RUN,
                        store=store,
                        label="difficulty/0",
                        model=agent,
                        again=again,
                    ).rows

            plan = Plan(attempts, 1, Bands(0.34, 0.67), "model", asked.model)
            measured = measure_shard(rows, verdicts, plan, collect)
        tables.write_table(tmp_path / "d.parquet", "difficulty", measured.rows)
        tables.write_table(tmp_path / "t.parquet", "trajectory", measured.attempts)
        return measured

    yield run
    deadline = time.monotonic() + 10
    while left := engine.api.containers(all=True, filters={"label": f"{RUN_LABEL}={RUN}"}):
        assert time.monotonic() < deadline, left
        time.sleep(0.1)


def test_an_agent_that_can_and_one_that_cannot(measure: Measure) -> None:
    with ModelServer(default=AGENT) as server:
        measured = measure(server, TASK, IDLE)
        asked = server.count
        assert asked == 3 + 2
        # Nothing of it is made again, and a further attempt leaves the first as it is.
        assert measure(server, TASK, IDLE) == measured
        assert server.count == asked
        more = measure(server, TASK, IDLE, attempts=2)
        assert server.count == 2 * asked
    solved, idle = measured.rows
    assert (solved["id"], solved["pass_rate"], solved["band"]) == ("sort-names", 1.0, "trivial")
    assert (idle["id"], idle["pass_rate"], idle["band"]) == ("idle", 0.0, "unsolved")
    (run,) = solved["runs"]
    assert (run["termination"], run["turns"], run["prompt_tokens"]) == ("completed", 3, 300)
    assert (run["reward"], run["tries"], run["failure"]) == (1.0, 1, None)
    attempt = measured.attempts[0]
    assert (attempt["policy"], attempt["model"]) == ("model", "test-model")
    assert (attempt["tests_passed"], attempt["tests_total"]) == (3, 3)
    assert "agent@workbench:/app$" in attempt["messages"][2]["content"]
    assert [row["runs"][0] for row in more.rows] == [solved["runs"][0], idle["runs"][0]]
    assert [row["measured"] for row in more.rows] == [2, 2]


def test_attempts_differ_as_the_answers_do(measure: Measure) -> None:
    solving, idle = [ok(typing(SOLUTION)), DONE, DONE], [DONE, DONE]
    with ModelServer(*idle, *solving, *idle) as server:
        (row,) = measure(server, TASK, attempts=3).rows
        assert server.count == 7
    assert [run["success"] for run in row["runs"]] == [False, True, False]
    assert (row["solved"], row["pass_rate"], row["band"]) == (1, 0.333333, "hard")


def test_an_agent_that_breaks_the_protocol_has_failed_by_itself(measure: Measure) -> None:
    with ModelServer(default=ok("I would sort the file.")) as server:
        (row,) = measure(server, TASK).rows
        assert server.count == 5
    (run,) = row["runs"]
    assert (run["termination"], run["cause"]) == ("parse_error_limit", "agent")
    assert (row["measured"], row["band"]) == (1, "unsolved")


def test_an_endpoint_that_goes_down_is_no_failure_and_the_next_run_goes_on(
    measure: Measure,
) -> None:
    first: list[Step] = [rate_limited("3"), ok(typing(SOLUTION))]
    with ModelServer(*first, default=error(503, "out of order")) as server:
        with pytest.raises(EndpointError, match="out of order"):
            measure(server, TASK, retries=1)
        assert server.count == 4
    with ModelServer(default=AGENT) as server:
        (row,) = measure(server, TASK, retries=1).rows
        # The first answer is in the store; the two that never came are asked for.
        assert server.count == 2
    assert (row["attempts"], row["measured"], row["band"]) == (1, 1, "trivial")


def test_a_lost_box_is_no_failure_of_the_agent(
    measure: Measure, monkeypatch: pytest.MonkeyPatch
) -> None:
    started, lost = Terminal.start, [0]

    def start(self: Terminal) -> Any:
        lost[0] += 1
        if lost[0] <= 3:
            raise BoxLost("a box ended")
        return started(self)

    monkeypatch.setattr(Terminal, "start", start)
    with ModelServer(default=AGENT) as server:
        (row,) = measure(server, TASK).rows
    (run,) = row["runs"]
    assert (run["tries"], run["cause"], row["band"]) == (2, "none", "trivial")

    lost[0] = -100
    monkeypatch.setattr(Terminal, "start", lambda self: (_ for _ in ()).throw(BoxLost("gone")))
    with ModelServer(default=AGENT) as server:
        (row,) = measure(server, IDLE).rows
        assert server.count == 0
    (run,) = row["runs"]
    assert (run["termination"], run["cause"], run["tries"]) == ("box_lost", "infrastructure", 2)
    assert (row["measured"], row["pass_rate"], row["band"]) == (0, None, "unmeasured")


def test_keys_of_all_kinds_reach_the_terminal(measure: Measure) -> None:
    steps = [
        ok(response(("cat > out.txt\n", 0.2), ("a line\n", 0.2), ("C-d", 0.3))),
        ok(response(("sleep 60\n", 0.2), ("C-c", 0.3), ("cat out.txt; echo $?\n", 0.3))),
        DONE,
        DONE,
    ]
    with ModelServer(*steps) as server:
        (attempt,) = measure(server, IDLE).attempts
    assert attempt["termination"] == "completed"
    assert "a line\n0\n" in attempt["messages"][4]["content"]


def test_a_box_of_root_is_watched_while_a_model_thinks(engine: Any, image: str) -> None:
    limits = Limits(disk_mb=64)
    with Box.start(engine, image, limits=limits, run_id=RUN, user="root") as box:
        flood = "(for ((n = 0; ; n++)); do head -c 4M /dev/zero > /app/$n; sleep 0.1; done) &"
        box.run(["/bin/bash", "-c", flood])
        began = time.monotonic()

        class Slow:
            name, model = "slow", None

            def act(self, history: Any) -> Action:
                while engine.api.containers(filters={"id": box.id}):
                    assert time.monotonic() < began + 60
                    time.sleep(0.2)
                time.sleep(WATCH_SECONDS + 1)
                return Action("too late")

        with pytest.raises(BoxLost, match="more than its 64 MB"):
            WatchedPolicy(Slow(), box).act([])

"""How many tasks a minute the oracle and the no-op are checked on: Harbor beside Shellwright.

    python tests/benchmarks/against_harbor.py [--results results] [--count 40] [--workers 2]

Both run the same exported tasks on the same machine and engine, one after the other: Harbor with
the overlay that makes its containers stop at once, Shellwright with the verifier's own trials.
Prints the tasks per minute of both, their ratio, where Shellwright's time goes, and what the ratio
would be if nothing took time but the oracles' programs and the tests, which are the tasks' own
and run under Harbor as well. Images are built before either clock starts.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(PROJECT / "scripts"), str(PROJECT / "tests" / "harbor")]

import docker  # noqa: E402
from harbor_env import compose_config, make_environment  # noqa: E402
from run_harbor import CACHE, LOCK, run_agent, sample  # noqa: E402
from trials import read_trials  # noqa: E402

from shellwright import config, tables  # noqa: E402
from shellwright.sandbox.box import Box, Ran  # noqa: E402
from shellwright.sandbox.channel import Channel  # noqa: E402
from shellwright.sandbox.engine import connect  # noqa: E402
from shellwright.sandbox.idle import IdleBoxes  # noqa: E402
from shellwright.sandbox.limits import Limits  # noqa: E402
from shellwright.verify.boxes import Boxes  # noqa: E402
from shellwright.verify.case import Case  # noqa: E402
from shellwright.verify.oracle import solved  # noqa: E402
from shellwright.verify.stage import by_image  # noqa: E402
from shellwright.verify.trial import PLACES, Bench  # noqa: E402

Row = dict[str, Any]
RUN = "benchmark"
TESTS = ("/tests/test.sh", "/tests/run_tests.py")


class Clock:
    """Seconds by what they were spent on, over all threads."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = defaultdict(float)
        self._lock = threading.Lock()

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Count the time of a block."""
        began = time.perf_counter()
        try:
            yield
        finally:
            with self._lock:
                self.spent[name] += time.perf_counter() - began

    def inside(self, act: Callable[..., Ran]) -> Callable[..., Ran]:
        """Return ``act``, which runs something in a box, with the seconds that it ran counted."""

        def counted(box: Box, argv: list[str], *arguments: Any, **more: Any) -> Ran:
            ran = act(box, argv, *arguments, **more)
            name = "tests" if argv[0] in TESTS else "oracle"
            with self._lock:
                self.spent[name] += ran.seconds
            return ran

        return counted

    def around(self, name: str, act: Callable[..., Any]) -> Callable[..., Any]:
        """Return ``act`` with its time counted."""

        def timed(*arguments: Any, **more: Any) -> Any:
            with self.part(name):
                return act(*arguments, **more)

        return timed


def ours(rows: list[Row], images: dict[str, str], workers: int, clock: Clock) -> tuple[float, int]:
    """Return the seconds for no-op and oracle of every task, and how many were as they must be."""
    client = connect("measure")
    chosen = config.load(PROJECT / "config.yaml")["verify"]
    limits = Limits(**chosen["limits"])
    local = threading.local()
    opened: list[Boxes] = []
    idle = IdleBoxes(most=2 * workers)

    def check(row: Row) -> bool:
        if not hasattr(local, "boxes"):
            local.boxes = Boxes(client, RUN, limits, idle=idle)
            opened.append(local.boxes)
        bench = Bench(
            local.boxes, images[row["environment_key"]], Case.of_row(row), chosen["wall_seconds"]
        )
        with clock.part("fresh box and input files"):
            bench.fresh()
        with clock.part("no-op: grade"):
            noop = bench.grade()
        with clock.part("fresh box, oracle, grade"):
            ran, graded = solved(bench, PLACES[0], [], real=True)
        return noop.reward == 0 and ran.exit_code == 0 and graded.reward == 1

    order = by_image([str(row["environment_key"]) for row in rows], workers)
    began = time.perf_counter()
    with ThreadPoolExecutor(workers) as pool:
        good = sum(pool.map(check, [rows[place] for place in order]))
    for boxes in opened:
        boxes.close()
    idle.close()
    return time.perf_counter() - began, good


def harbors(ids: list[str], tasks: Path, workers: int) -> tuple[float, int]:
    """Return the seconds that Harbor took for both agents, and the tasks as they must be."""
    harbor = make_environment(CACHE, LOCK) / "harbor"
    environment = {**os.environ, "HARBOR_TELEMETRY": "0", "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    plugin = compose_config(CACHE)
    if plugin is not None:
        environment["DOCKER_CONFIG"] = str(plugin)
    with tempfile.TemporaryDirectory(prefix="shellwright-harbor-") as name:
        work = Path(name)
        for id in ids:
            shutil.copytree(tasks / id, work / "tasks" / id)
        seconds = sum(
            run_agent(agent, work / "tasks", work / "jobs", harbor, workers, environment)
            for agent in ("oracle", "nop")
        )
        oracle, nop = (read_trials(work / "jobs" / agent) for agent in ("oracle", "nop"))
    good = [
        id
        for id in ids
        if [t.reward for t in oracle.get(id, [])] == [1.0]
        and [t.reward for t in nop.get(id, [])] == [0.0]
    ]
    return seconds, len(good)


def main() -> None:
    """Measure both and print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--results", type=Path, default=Path("results"))
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--workers", type=int, default=2, help="trials at the same time")
    options = parser.parse_args()
    export = options.results / "tasks_export" / "harbor"
    manifest = json.loads((export / "manifest.json").read_text(encoding="utf-8"))
    ids = sample(manifest, options.count)
    rows = [
        row
        for path in sorted((options.results / "tasks").glob("*.parquet"))
        for row in tables.read_table(path, "task")
        if row["id"] in ids
    ]
    images = {
        row["id"]: row["image"]
        for path in sorted((options.results / "images").glob("*.parquet"))
        for row in tables.read_table(path, "image")
    }
    clock = Clock()
    # Everything that reaches the engine goes through one of the first three, and everything that
    # runs in a box through one of the others.
    call, boot, request = Channel.call, Channel.boot, docker.APIClient.request
    run, run_python = Box.run, Box.run_python
    Box.run = clock.inside(run)  # type: ignore[method-assign]
    Box.run_python = clock.inside(run_python)  # type: ignore[method-assign]
    Channel.call = clock.around("engine", call)  # type: ignore[method-assign]
    Channel.boot = clock.around("engine", boot)  # type: ignore[method-assign]
    docker.APIClient.request = clock.around("engine", request)
    own, good = ours(rows, images, options.workers, clock)
    Channel.call, Channel.boot = call, boot  # type: ignore[method-assign]
    Box.run, Box.run_python = run, run_python  # type: ignore[method-assign]
    docker.APIClient.request = request
    oracle, tests = (clock.spent.pop(name) for name in ("oracle", "tests"))
    inside = clock.spent.pop("engine") / (own * options.workers)
    other, accepted = harbors(ids, export, options.workers)
    print(f"{len(ids)} tasks, oracle and no-op each, {options.workers} at the same time")
    print(f"{'':14}{'seconds':>9}{'tasks/min':>11}{'as they must be':>17}")
    for name, seconds, right in (("Harbor", other, accepted), ("Shellwright", own, good)):
        print(f"{name:14}{seconds:9.1f}{60 * len(ids) / seconds:11.1f}{right:>11} of {len(ids)}")
    print(f"ratio: {other / own:.1f} times more tasks per minute")
    print(f"share of the wall time inside the engine: {inside:.0%}")
    for name, seconds in clock.spent.items():
        print(f"  {name:28}{1000 * seconds / len(ids):8.1f} ms per task")
    own_work = {"the oracles' programs": oracle, "the tests": tests}
    for name, seconds in own_work.items():
        print(f"    of these in {name:25}{1000 * seconds / len(ids):8.1f} ms per task")
    bound = other * options.workers / (oracle + tests)
    print(f"ratio if nothing else took time: {bound:.1f}")


if __name__ == "__main__":
    main()

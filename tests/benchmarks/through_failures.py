"""A build through failures: the engine restarts, images vanish, the build is killed.

    python -m tests.benchmarks.through_failures --tasks 500

Builds a corpus in a folder of its own. While tasks are verified it stops the engine and starts it
again, removes the images of two domains, and kills the build with all its processes; then it says
the same command again. At the end it holds the result against what a build without failures must
have: a verdict for every task, none because of a lost box, none that an undisturbed trial comes to
another way, a trajectory for every accepted task, nothing to do in a further run, no container and
no lock left. Prints what happened and when;
the exit code is 1 when something is missing.

Needs root on a machine whose engine it may stop: everybody else's containers stop with it.
"""

import argparse
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import yaml
from tests.support.builds import PROJECT, Build

from shellwright.preflight import unlock
from shellwright.sandbox.engine import DAEMON_PID, connect
from shellwright.sandbox.reap import OWNER_LABEL
from shellwright.verify.failures import read_failure
from shellwright.verify.rerun import rerun

#: After which share of the verdicts each failure comes.
STOP_ENGINE, LOSE_IMAGES, KILL_BUILD = 0.15, 0.35, 0.55
DOMAINS_LOST = ("data-processing", "security")
DOWN_SECONDS = 10
POLL_SECONDS = 2.0


def verdicts(folder: Path) -> int:
    """How many verdicts the store has, finished shards or not."""
    count = 0
    for path in (folder / "results" / ".items" / "verified").glob("*.sqlite"):
        try:
            with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
                count += int(db.execute("select count(*) from items").fetchone()[0])
        except sqlite3.Error:
            continue  # it is being made
    return count


def restart_engine() -> str:
    """Stop the engine, wait, start it again."""
    os.kill(int(DAEMON_PID.read_text()), signal.SIGTERM)
    time.sleep(DOWN_SECONDS)
    subprocess.run([sys.executable, "-m", "shellwright.sandbox.engine", "--ensure"], check=True)
    return f"the engine was down for {DOWN_SECONDS} s"


def lose_images() -> str:
    """Remove images by force, also those that containers use."""
    client = connect()
    names = [
        tag
        for image in client.images.list()
        for tag in image.tags
        if tag.startswith(tuple(f"shellwright/{domain}:" for domain in DOMAINS_LOST))
    ]
    for name in names:
        client.images.remove(name, force=True)
    return f"removed {', '.join(names)}"


class Run:
    """The build as a process group of its own, so that all of it can be killed at once."""

    def __init__(self, build: Build) -> None:
        self._log = (build.folder / "log").open("ab")
        self.process = subprocess.Popen(
            build.command(), stdout=self._log, stderr=self._log, start_new_session=True
        )

    def kill(self) -> str:
        """Kill it with everything that it started."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        return "killed the build with all its processes"


def through(build: Build, tasks: int) -> int:
    """Run the build through the failures; return the exit code of its last run."""
    began = time.monotonic()
    run = Run(build)

    def kill() -> str:
        nonlocal run
        said = run.kill()
        unlock(build.folder)  # as `make corpus` does
        run = Run(build)
        return said

    plan: list[tuple[float, Callable[[], str]]] = [
        (STOP_ENGINE, restart_engine),
        (LOSE_IMAGES, lose_images),
        (KILL_BUILD, kill),
    ]
    while run.process.poll() is None:
        done = verdicts(build.folder)
        if plan and done >= plan[0][0] * tasks:
            print(f"{time.monotonic() - began:6.0f} s, {done} verdicts: {plan.pop(0)[1]()}")
        time.sleep(POLL_SECONDS)
    print(f"{time.monotonic() - began:6.0f} s: the build ended with {run.process.returncode}")
    if plan:
        print(f"only {3 - len(plan)} of 3 failures came about: verify more tasks")
        return 1
    return run.process.returncode


def containers_left() -> list[dict[str, Any]]:
    """The containers of builds that are there, and still are ten seconds later: the engine takes a
    moment to remove those that have just ended."""
    deadline = time.monotonic() + 10
    while True:
        left: list[dict[str, Any]] = connect().api.containers(
            all=True, filters={"label": OWNER_LABEL}
        )
        if not left or time.monotonic() >= deadline:
            return left
        time.sleep(0.5)


def disturbed(results: Path, rows: pl.DataFrame) -> list[str]:
    """The tasks that failed a gate and come to another tier when they are tried once more."""
    failed = rows.filter(pl.col("tier") != "rl")
    found = []
    for id, tier, reason in failed.select("id", "tier", "reason").iter_rows():
        again = rerun(read_failure(results / "verified" / "failures" / id)).tier
        print(f"{id}: {tier} ({reason}); undisturbed: {again}")
        if again != tier:
            found.append(id)
    return found


def missing(build: Build, tasks: int) -> list[str]:
    """What a build without failures would have and this one does not."""
    results = build.folder / "results"
    rows = pl.read_parquet(results / "verified" / "*.parquet")
    corpus = pl.read_parquet(results / "corpus.parquet")
    accepted = rows.filter(pl.col("tier") != "rejected")
    lost = rows.filter(pl.col("reason").str.starts_with("box-lost"))
    again = build.run("--dry-run")
    changed = disturbed(results, rows)
    locks = [path.name for path in (build.folder / ".snakemake" / "locks").glob("*")]
    left = containers_left()
    print(f"{len(rows)} verdicts: {dict(rows['tier'].value_counts().iter_rows())}")
    wanted = {
        f"{tasks} verdicts, not {len(rows)}": len(rows) == tasks,
        f"no verdict because of a lost box: {lost['id'].to_list()[:3]}": lost.is_empty(),
        f"the verdicts of an undisturbed trial: {changed}": not changed,
        "a trajectory of every accepted task": set(corpus["task_id"]) == set(accepted["id"]),
        "nothing to do in a further run": "Nothing to be done" in again.text,
        f"no lock left: {locks}": not locks,
        f"no container left: {[each['Id'][:12] for each in left]}": not left,
    }
    return [what for what, holds in wanted.items() if not holds]


def main() -> int:
    """Build through the failures and say what is missing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tasks", type=int, default=500)
    tasks = parser.parse_args().tasks
    with tempfile.TemporaryDirectory(prefix="shellwright-failures-") as name:
        build = Build(PROJECT, Path(name))
        # Nothing may be dropped from the corpus, so that every accepted task can be looked for.
        config = {"blueprints": {"count": tasks}, "corpus": {"drop": []}}
        (build.folder / "mine.yaml").write_text(yaml.safe_dump(config))
        status = through(build, tasks)
        found = [f"exit code 0, not {status}"] if status else missing(build, tasks)
        for what in found:
            print(f"MISSING: {what}")
        if status:
            print((build.folder / "log").read_text(errors="replace")[-3000:])
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

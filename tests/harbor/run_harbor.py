"""Runs exported tasks by Harbor itself: its oracle must get reward 1, doing nothing reward 0.

    python tests/harbor/run_harbor.py [--tasks FOLDER] [--count 20] [-- options of Snakemake]

Makes Harbor's environment when it is missing, takes the same sample of the export every time
(spread over the categories), runs both agents on it, reads the trial files, prints a table and
ends with 1 unless every task of the sample is accepted. Also checks that Harbor reads the data
set's own files, and prints what Harbor's linter finds.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any

from harbor_env import MissingError, compose_config, make_environment
from trials import problem, read_trials

from shellwright.errors import UserError
from shellwright.options import work_folder

PROJECT = Path(__file__).resolve().parents[2]
LOCK = PROJECT / "envs" / "harbor.lock"
CACHE = PROJECT / ".shellwright" / "harbor"

# PID 1 of Harbor's containers ignores SIGTERM; without this every trial waits ten seconds to end.
OVERLAY = """\
services:
  main:
    init: true
    stop_grace_period: 1s
"""

CHECK = """
import json, sys
from pathlib import Path
from harbor.models.dataset.manifest import DatasetManifest
from harbor.models.registry import Registry
from harbor.publisher.packager import Packager
folder, ids = Path(sys.argv[1]), sys.argv[2:]
dataset = DatasetManifest.from_toml((folder / "dataset.toml").read_text())
registry = Registry.from_path(folder / "registry.json").datasets[0]
pinned = {task.short_name: task.digest for task in dataset.tasks}
assert [task.name for task in registry.tasks] == sorted(pinned), "registry.json and dataset.toml"
for id in ids:
    found = "sha256:" + Packager.compute_content_hash(folder / id)[0]
    assert found == pinned[id], f"{id}: dataset.toml pins {pinned[id]}, Harbor computes {found}"
print(f"harbor: reads dataset.toml and registry.json ({len(pinned)} tasks), digests agree")
"""


def sample(entries: Sequence[dict[str, Any]], count: int) -> list[str]:
    """Return ``count`` task ids, taken in turn from every category; the same ones every time."""
    by_category: dict[str, list[str]] = {}
    for entry in sorted(entries, key=lambda entry: hashlib.sha256(entry["id"].encode()).digest()):
        by_category.setdefault(entry["category"], []).append(entry["id"])
    turns = zip_longest(*(by_category[name] for name in sorted(by_category)))
    return [id for id in chain.from_iterable(turns) if id is not None][:count]


def run_agent(
    agent: str, tasks: Path, jobs: Path, harbor: Path, workers: int, environment: dict[str, str]
) -> float:
    """Run one agent of Harbor on all tasks of a folder; return the seconds that it took."""
    overlay = jobs.parent / "overlay.yaml"
    overlay.write_text(OVERLAY)
    command = [harbor, "run", "--path", tasks, "--agent", agent, "--jobs-dir", jobs]
    command += ["--job-name", agent, "--n-concurrent", str(workers), "--n-attempts", "1"]
    command += ["--quiet", "--yes", "--extra-docker-compose", overlay]
    begun = time.monotonic()
    with (jobs.parent / f"{agent}.log").open("wb") as log:
        subprocess.run(command, env=environment, stdout=log, stderr=subprocess.STDOUT, check=False)
    return time.monotonic() - begun


def lint(folders: Sequence[Path], harbor: Path, environment: dict[str, str]) -> None:
    """Print how often each rule of Harbor's linter objects."""
    command = [harbor, "lint", *folders, "--json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    try:
        report = json.loads(done.stdout)
    except ValueError:
        print(f"harbor lint: unreadable answer: {(done.stdout + done.stderr)[-500:]}")
        return
    found = Counter(str(finding["rule"]) for finding in findings(report))
    counted = ", ".join(f"{rule} {count}" for rule, count in found.most_common())
    print(f"harbor lint: {len(folders)} tasks, {counted or 'no findings'}")
    if found["invalid-task-config"] and not _compose_can_lint(environment):
        print(
            "harbor lint: this docker compose is too old for invalid-task-config to mean anything"
        )


def _compose_can_lint(environment: dict[str, str]) -> bool:
    command = ["docker", "compose", "config", "--help"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return "--no-env-resolution" in done.stdout


def findings(report: Any) -> list[dict[str, Any]]:
    """Return every object of a lint report that names a rule, wherever it stands."""
    if isinstance(report, list):
        return [found for part in report for found in findings(part)]
    if isinstance(report, dict):
        inner = [found for part in report.values() for found in findings(part)]
        return [report, *inner] if isinstance(report.get("rule"), str) else inner
    return []


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tasks", type=Path, help="the export; default: that of the build")
    parser.add_argument("--count", type=int, default=20, help="size of the sample")
    parser.add_argument("--workers", type=int, default=2, help="trials at the same time")
    parser.add_argument("--keep", type=Path, help="keep Harbor's job folders here")
    parser.add_argument("build", nargs="*", help="behind --: what Snakemake was called with")
    options = parser.parse_args()
    options.tasks = options.tasks or work_folder(options.build) / "results/tasks_export/harbor"
    manifest = options.tasks / "manifest.json"
    if not manifest.is_file():
        print(f"{manifest}: not there; export the tasks first: snakemake {manifest}")
        return 1
    chosen = sample(json.loads(manifest.read_text(encoding="utf-8")), options.count)
    if not chosen:
        print(f"{manifest}: no task in it; nothing to run")
        return 1
    try:
        harbor = make_environment(CACHE, LOCK) / "harbor"
        config = compose_config(CACHE)
    except (MissingError, UserError) as error:
        print(f"harbor: {error}")
        return 1
    environment = {**os.environ, "HARBOR_TELEMETRY": "0", "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    if config is not None:
        environment["DOCKER_CONFIG"] = str(config)
    with tempfile.TemporaryDirectory(prefix="shellwright-harbor-") as name:
        work = Path(name)
        subprocess.run(
            [harbor.parent / "python", "-c", CHECK, options.tasks, *chosen],
            env=environment,
            check=True,
        )
        for id in chosen:
            shutil.copytree(options.tasks / id, work / "tasks" / id)
        lint([work / "tasks" / id for id in chosen], harbor, environment)
        seconds = [
            run_agent(agent, work / "tasks", work / "jobs", harbor, options.workers, environment)
            for agent in ("oracle", "nop")
        ]
        refused = table(chosen, work / "jobs")
        print(
            f"harbor: {len(chosen) - refused} of {len(chosen)} tasks accepted;"
            f" oracle {seconds[0]:.0f} s, nop {seconds[1]:.0f} s"
        )
        if options.keep is not None:
            shutil.copytree(work, options.keep, dirs_exist_ok=True)
        elif refused:
            print("harbor: run again with --keep FOLDER to look at its job folders")
    return 1 if refused else 0


def table(chosen: Sequence[str], jobs: Path) -> int:
    """Print a line per task; return how many are not accepted."""
    oracle, nop = read_trials(jobs / "oracle"), read_trials(jobs / "nop")
    width = max(map(len, chosen))
    refused = 0
    print(f"{'task':{width}}  oracle  nop")
    for id in chosen:
        own, other = oracle.get(id, []), nop.get(id, [])
        wrong = problem(own, other, attempts=1)
        refused += wrong is not None
        rewards = [str(trials[0].reward) if trials else "-" for trials in (own, other)]
        print(f"{id:{width}}  {rewards[0]:6}  {rewards[1]:4} {wrong or ''}".rstrip())
    return refused


if __name__ == "__main__":
    sys.exit(main())

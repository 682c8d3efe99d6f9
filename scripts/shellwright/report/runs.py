"""What one run of the build did: how many items it reused and made, from the jobs' logs.

    python -m shellwright.report.runs --since SECONDS -- [options of Snakemake]

prints it for the jobs that ended after that time (seconds since 1970), below the summary.
"""

import argparse
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from shellwright.options import is_dry, work_folder

_CLOSING = re.compile(
    r"(?P<stage>[a-z_]+)/(?P<part>[0-9a-f]{1,2}( [^:\n]*)?): (?P<items>\d+) items,"
    r" (?P<reused>\d+) reused, (?P<made>\d+) made, (?P<failed>\d+) failed"
)
# The stages in the order of the build; others follow.
_ORDER = ["skills", "blueprints", "tasks", "images", "verified", "rubric", "trajectories"]


@dataclass
class StageRun:
    """The counts of one stage over the shards that ran."""

    shards: int = 0
    items: int = 0
    reused: int = 0
    made: int = 0
    failed: int = 0


def read_runs(logs: Path, since: float) -> dict[str, StageRun]:
    """Return what the jobs did whose logs were written at or after ``since``, by stage.

    A job has a closing line for each part of its work, of which the last one counts; a job that
    did not come to its end has none.
    """
    runs: dict[str, StageRun] = {}
    recent = [path for path in logs.rglob("*.log") if path.stat().st_mtime >= since]
    for path in sorted(recent):
        text = path.read_text(encoding="utf-8", errors="replace")
        parts = {(each["stage"], each["part"]): each for each in _CLOSING.finditer(text)}
        for stage in dict.fromkeys(stage for stage, _ in parts):
            runs.setdefault(stage, StageRun()).shards += 1
        for (stage, _), closing in parts.items():
            run = runs[stage]
            for name in ("items", "reused", "made", "failed"):
                setattr(run, name, getattr(run, name) + int(closing[name]))
    return runs


def next_steps(options: Sequence[str]) -> str:
    """Return what to type next for a build that had these options."""
    again = f" OPTIONS={shlex.quote(shlex.join(options))}" if options else ""
    return (
        "What next:\n"
        f"    make corpus{again}         after a change: only what is stale is made again\n"
        f"    make test-harbor{again}    the tasks run by Harbor itself"
    )


def describe(runs: dict[str, StageRun]) -> str:
    """Return a line for each stage that ran."""
    if not runs:
        return "This run had no items to make."
    lines = ["This run:"]
    for stage, run in sorted(runs.items(), key=_place):
        lines.append(
            f"    {stage}: {run.shards} shards, {run.items} items, of which {run.failed} failed;"
            f" {run.reused} reused, {run.made} made"
        )
    return "\n".join(lines)


def _place(entry: tuple[str, StageRun]) -> tuple[int, str]:
    stage = entry[0]
    return _ORDER.index(stage) if stage in _ORDER else len(_ORDER), stage


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m shellwright.report.runs")
    parser.add_argument("--since", type=float, required=True, help="seconds since 1970")
    parser.add_argument("options", nargs="*", help="behind --: what Snakemake was called with")
    given = parser.parse_args(arguments)
    if is_dry(given.options):
        print("This was a dry run: nothing was made.")
        return 0
    folder = work_folder(given.options)
    results = folder / "results"
    summary = results / "report" / "summary.md"
    if summary.is_file():
        print(summary.read_text(encoding="utf-8"))
    if folder != Path():
        print(f"All of this lies in {folder}, and the query is for that folder.\n")
    print(describe(read_runs(results / "logs", given.since)))
    print(f"\n{next_steps(given.options)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

"""What one run of the build did: how many items it reused and made, from the jobs' logs.

    python -m shellwright.report.runs --since SECONDS -- [options of Snakemake]

prints it for the jobs that ended after that time (seconds since 1970), below the summary.
"""

import argparse
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from shellwright.options import is_dry, work_folder

_CLOSING = re.compile(
    r"(?P<stage>[a-z_]+)/(?P<part>[0-9a-f]{1,2}( [^:\n]*)?): (?P<items>\d+) items,"
    r" (?P<reused>\d+) reused, (?P<made>\d+) made, (?P<failed>\d+) failed"
)


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
    for path in sorted(recent, key=lambda path: path.stat().st_mtime):
        text = path.read_text(encoding="utf-8", errors="replace")
        parts = {(each["stage"], each["part"]): each for each in _CLOSING.finditer(text)}
        for stage in dict.fromkeys(stage for stage, _ in parts):
            runs.setdefault(stage, StageRun()).shards += 1
        for (stage, _), closing in parts.items():
            run = runs[stage]
            for name in ("items", "reused", "made", "failed"):
                setattr(run, name, getattr(run, name) + int(closing[name]))
    return runs


def describe(runs: dict[str, StageRun]) -> str:
    """Return a line for each stage that ran."""
    if not runs:
        return "This run had no items to make."
    lines = ["This run:"]
    for stage, run in runs.items():
        lines.append(
            f"    {stage}: {run.shards} shards, {run.items} items, {run.reused} reused,"
            f" {run.made} made, {run.failed} failed"
        )
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m shellwright.report.runs")
    parser.add_argument("--since", type=float, required=True, help="seconds since 1970")
    parser.add_argument("options", nargs="*", help="behind --: what Snakemake was called with")
    given = parser.parse_args(arguments)
    if is_dry(given.options):
        print("This was a dry run: nothing was made.")
        return 0
    results = work_folder(given.options) / "results"
    summary = results / "report" / "summary.md"
    if summary.is_file():
        print(summary.read_text(encoding="utf-8"))
    print(describe(read_runs(results / "logs", given.since)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

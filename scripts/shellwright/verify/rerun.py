"""Put the task of a folder through the gates again: `python -m shellwright.verify.rerun FOLDER`.

The folder is one that the verify stage wrote for a task that failed a gate; its bundle may have
been edited since. An image that the engine has lost is brought back as the build would have, by the
configuration that the folder keeps. A task that the build compared with the plain way is compared
again; a model is not asked. The exit code is 0 when every gate passes now, 1 when one fails, 2 for
an error, and 3 when all pass that are tried here, but the build asked a model, too.
"""

import argparse
import json
import sys
import textwrap
from pathlib import Path
from typing import Any

from shellwright.errors import ShellwrightError
from shellwright.images.present import present, workshop
from shellwright.sandbox.engine import connect
from shellwright.verify.boxes import Boxes
from shellwright.verify.case import Case
from shellwright.verify.comparing import compared
from shellwright.verify.failures import Failure, read_failure
from shellwright.verify.gates import GATES, try_gates
from shellwright.verify.report import Report
from shellwright.verify.stage import unusable

PASSES, FAILS, BROKEN, UNDECIDED = range(4)
WIDEST = 200  # characters of a line of evidence that are printed


def rerun(failure: Failure) -> Report:
    """The report of the gates on a folder's task. Raises ShellwrightError when it cannot be."""
    image = {**failure.image, "status": "ok"} if failure.image else None
    reason = unusable(failure.task, image)
    if reason or image is None:
        raise ShellwrightError(f"{failure.task['id']}: nothing to run: {reason}")
    case, settings = Case.of_row(failure.task), failure.settings
    client = connect("to run the gates again")
    name = present(client, [image], workshop(failure.images, failure.work))[0]["image"]

    def lane(plain: bool) -> Report:
        with Boxes(client, f"rerun-{case.id}", settings.limits, reuse=not plain) as boxes:
            return try_gates(case, name, boxes, settings, client, plain=plain)

    return compared(lane, wanted=failure.verdict["differences"] is not None)


def not_repeated(failure: Failure) -> list[str]:
    """A line for each gate of the build that is not tried here, because a model decides it."""
    return [
        f"{gate['gate']:14} not repeated, a model judges; in the build: {gate['outcome']}"
        f" {gate['reason'] or ''}".rstrip()
        for gate in failure.verdict["gates"]
        if gate["gate"] not in GATES
    ]


def readable(evidence: Any) -> str:
    """Evidence as indented JSON, of which each line that is too long is cut."""
    text = json.dumps(evidence, indent=2, ensure_ascii=False, default=str)
    return "\n".join(
        line if len(line) <= WIDEST else f"{line[:WIDEST]} ... ({len(line) - WIDEST} more)"
        for line in text.split("\n")
    )


def main(arguments: list[str] | None = None) -> int:
    """Print one line per gate, its evidence where it failed, and the tier."""
    parser = argparse.ArgumentParser(prog="python -m shellwright.verify.rerun", description=__doc__)
    parser.add_argument("folder", type=Path, help="folder of a failed task")
    folder = parser.parse_args(arguments).folder
    try:
        failure = read_failure(folder)
        report = rerun(failure)
    except ShellwrightError as error:
        print(error, file=sys.stderr)
        return BROKEN
    for gate in report.gates:
        print(f"{gate.gate:14} {gate.outcome:5} {gate.reason}")
        if gate.outcome == "fail":
            print(textwrap.indent(readable(gate.evidence), "    "))
    if report.differences is not None:
        told = "; ".join(report.differences) or "no difference"
        print(f"compared with a container and test.sh for every trial: {told}")
    left = not_repeated(failure)
    for line in left:
        print(line)
    if report.tier == "rl" and left:
        print(f"every gate that is tried here passes; {report.seconds:.1f} s")
        return UNDECIDED
    print(f"tier: {report.tier}; {report.seconds:.1f} s")
    return PASSES if report.tier == "rl" else FAILS


if __name__ == "__main__":
    sys.exit(main())

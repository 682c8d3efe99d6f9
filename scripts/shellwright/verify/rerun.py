"""Put the task of a folder through the gates again: `python -m shellwright.verify.rerun FOLDER`.

The folder is one that the verify stage wrote for a task that failed a gate; its bundle may have
been edited since. An image that the engine has lost is brought back as the build would have, by the
configuration that the folder keeps. The exit code is 0 when the task is accepted now, 1 when it is
rejected, 2 for an error.
"""

import argparse
import sys
from pathlib import Path

from shellwright.errors import ShellwrightError
from shellwright.images.present import present, workshop
from shellwright.sandbox.engine import connect
from shellwright.verify.case import Case
from shellwright.verify.failures import read_failure
from shellwright.verify.gates import Report, run_gates
from shellwright.verify.stage import unusable
from shellwright.verify.trial import Bench, Boxes


def rerun(folder: Path) -> Report:
    """The report of the gates on the folder's task. Raises ShellwrightError when it cannot be."""
    failure = read_failure(folder)
    image = {**failure.image, "status": "ok"} if failure.image else None
    reason = unusable(failure.task, image)
    if reason or image is None:
        raise ShellwrightError(f"{folder}: nothing to run: {reason}")
    case = Case.of_row(failure.task)
    client = connect("to run the gates again")
    image = present(client, [image], workshop(failure.images, failure.work))[0]
    with Boxes(client, f"rerun-{case.id}", failure.settings.limits) as boxes:
        bench = Bench(boxes, image["image"], case, failure.settings.wall_seconds)
        return run_gates(case, bench, failure.settings)


def main(arguments: list[str] | None = None) -> int:
    """Print one line per gate, its evidence where it failed, and the tier."""
    parser = argparse.ArgumentParser(prog="python -m shellwright.verify.rerun", description=__doc__)
    parser.add_argument("folder", type=Path, help="folder of a failed task")
    folder = parser.parse_args(arguments).folder
    try:
        report = rerun(folder)
    except ShellwrightError as error:
        print(error, file=sys.stderr)
        return 2
    for gate in report.gates:
        print(f"{gate.gate:14} {gate.outcome:5} {gate.reason}")
        if gate.outcome == "fail":
            for key, value in gate.evidence.items():
                print(f"    {key}: {value}")
    print(f"tier: {report.tier}; {report.seconds:.1f} s")
    return 1 if report.tier == "rejected" else 0


if __name__ == "__main__":
    sys.exit(main())

"""Put the task of a folder through the gates again: `python -m shellwright.verify.rerun FOLDER`.

The folder is one that the verify stage wrote for a task that failed a gate; its bundle may have
been edited since. An image that the engine has lost is brought back as the build would have, by the
configuration that the folder keeps, and an environment of the bundle's own, or one that has been
edited, is built. A task that the build compared with the plain way is compared again; a model is
not asked. The exit code is 0 when every gate passes now, 1 when one fails or the environment cannot
be built, 2 for an error, 3 when all pass that are tried here, but the build asked a model, too, and
130 when it was interrupted.
"""

import argparse
import contextlib
import json
import sys
import textwrap
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import docker

from shellwright.errors import ShellwrightError
from shellwright.images.catalogue import OWN
from shellwright.images.environment import Environment
from shellwright.images.own import PASSING, own_record
from shellwright.images.present import present, workshop
from shellwright.sandbox.engine import connect
from shellwright.verify.boxes import Boxes
from shellwright.verify.case import Case
from shellwright.verify.comparing import compared
from shellwright.verify.failures import EVIDENCE, Failure, read_failure
from shellwright.verify.gates import GATES, try_gates
from shellwright.verify.report import Report
from shellwright.verify.stage import unusable

PASSES, FAILS, BROKEN, UNDECIDED = range(4)
INTERRUPTED = 130
WIDEST = 200  # characters of a line of evidence that are printed


class NoImage(ShellwrightError):
    """The bundle's environment gives no image; the build rejects such a task without any gate."""


def rerun(failure: Failure) -> Report:
    """The report of the gates on a folder's task.

    Raises NoImage when its environment cannot be built, and another ShellwrightError when there
    is nothing to run, or something around it is broken.
    """
    image = failure.image
    if image is None or failure.task["status"] != "ok":
        reason = unusable(failure.task, image)
        raise ShellwrightError(f"{failure.task['id']}: nothing to run: {reason}")
    case, settings = Case.of_row(failure.task), failure.settings
    client = connect("to run the gates again")
    # There, since records tell of paths in the folder of the build, and are the build's, too.
    with contextlib.chdir(failure.work):
        name = image_of(client, failure, image)

    def lane(plain: bool) -> Report:
        with Boxes(client, f"rerun-{case.id}", settings.limits, reuse=not plain) as boxes:
            return try_gates(case, name, boxes, settings, client, plain=plain)

    return compared(lane, wanted=failure.verdict["differences"] is not None)


def image_of(client: docker.DockerClient, failure: Failure, image: Mapping[str, Any]) -> str:
    """The engine's name of the image for the bundle as it lies there; `image` was the build's."""
    shop = workshop(failure.images)
    if image["domain"] != OWN and not failure.edited:
        return str(present(client, [image], shop)[0]["image"])
    environment = Environment.of_files(failure.task["files"])
    record = own_record(client, environment.key(shop), environment, shop)
    if record["status"] == "ok":
        return str(record["image"])
    reason = f"{record['reason']}; the log of its build is {Path(record['log_path']).absolute()}"
    if record["reason"].partition(":")[0] in PASSING:
        raise ShellwrightError(f"{failure.task['id']}: nothing to run: {reason}")
    raise NoImage(f"no-image: {record['reference']}: {reason}")


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
    """Run the gates of the folder that the arguments name again; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m shellwright.verify.rerun", description=__doc__)
    parser.add_argument("folder", type=Path, help="folder of a failed task")
    folder = parser.parse_args(arguments).folder
    try:
        failure = read_failure(folder)
        return tell(failure, rerun(failure))
    except NoImage as error:
        print(f"{error}\ntier: rejected")
        return FAILS
    except ShellwrightError as error:
        print(error, file=sys.stderr)
    except OSError as error:
        print(
            f"{folder}: it could not be run: {error}. The folder must be readable, and the one that"
            f" the build worked in (`work` in its {EVIDENCE}) writable.",
            file=sys.stderr,
        )
    except KeyboardInterrupt:
        print("stopped; nothing is known of the task", file=sys.stderr)
        return INTERRUPTED
    except Exception:
        traceback.print_exc()  # with Python's own exit code, 1, the task would be called bad
    return BROKEN


def tell(failure: Failure, report: Report) -> int:
    """Print one line per gate, its evidence where it failed, and the tier; return the exit code."""
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

"""Folders of tasks that failed a gate, without any gate having run."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.support import verify_tasks as tasks

from shellwright.config import load
from shellwright.verify.failures import write_failure
from shellwright.verify.gates import GATES
from shellwright.verify.report import Gate, Report
from shellwright.verify.settings import Settings
from shellwright.verify.stage import verdict_row

CONFIG = load({"images": {"registry": "localhost:5000/mine"}})
SETTINGS = Settings.of_config(CONFIG["verify"])
IMAGE = {
    "id": tasks.KEY,
    "domain": "file-operations",
    "image": "sha256:1",
    "reference": "d:1",
    "status": "ok",
    "reason": None,
}


def verdict(task: Any, failing: str) -> dict[str, Any]:
    """The verdict of a task that failed one gate, or none ("")."""
    gates = [
        Gate(name, "fail", "why: detail") if name == failing else Gate(name, "pass")
        for name in GATES
    ]
    return verdict_row(task, IMAGE, Report(gates=gates), "")


def write(
    failures: Path, task: Any, failing: str = "oracle", image: Mapping[str, Any] = IMAGE
) -> Path:
    """The folder of a task that failed a gate."""
    write_failure(failures, task, image, SETTINGS, verdict(task, failing), CONFIG["images"])
    return failures / task["id"]

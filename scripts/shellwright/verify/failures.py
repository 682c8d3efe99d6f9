"""A folder for each task that failed a gate: bundle, evidence and the command that reruns it."""

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from shellwright.digest import digest
from shellwright.errors import UserError
from shellwright.store import write_text
from shellwright.tasks.bundle import BundleError, unpack
from shellwright.verify.settings import Settings

EVIDENCE = "evidence.json"
KEPT = ("id", "status", "reason", "environment_key", "domain", "user", "authoring_json", "digest")
STANDINGS = {"rejected": "rejected", "sft": "no task for reinforcement learning (tier sft)"}

README = """\
# Why task {id} is {standing}

{reason}

`bundle/` holds the task, `{evidence}` what every gate saw. To put the bundle as it lies here
through the gates again, changed or not, run this in the project's folder and environment:

    PYTHONPATH=scripts python -m shellwright.verify.rerun {folder}
"""


def write_failure(
    failures: Path,
    task: Mapping[str, Any],
    image: Mapping[str, Any] | None,
    settings: Settings,
    verdict: Mapping[str, Any],
) -> None:
    """Write the folder of a task that failed a gate, unless it is there with this verdict."""
    folder = failures / folder_name(task["id"])
    gates = [{**g, "evidence_json": json.loads(g["evidence_json"])} for g in verdict["gates"]]
    evidence = {
        "verdict": {**verdict, "gates": gates},
        "task": {name: task[name] for name in KEPT},
        "image": {name: image[name] for name in image if name != "packages"} if image else None,
        "settings": settings.plain(),
    }
    text = json.dumps(evidence, indent=2) + "\n"
    if (folder / EVIDENCE).is_file() and (folder / EVIDENCE).read_text("utf-8") == text:
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        unpack(task["files"], folder / "bundle")
    except (BundleError, OSError) as error:
        write_text(folder / "bundle.txt", f"The bundle cannot be unpacked: {error}\n")
    readme = README.format(
        id=task["id"],
        standing=STANDINGS[verdict["tier"]],
        reason=verdict["reason"],
        evidence=EVIDENCE,
        folder=folder,
    )
    write_text(folder / "README.md", readme)
    # Last: with it the folder is complete.
    write_text(folder / EVIDENCE, text)


def forget_failure(failures: Path, task_id: str) -> None:
    """Remove the folder of a task that fails no gate any more."""
    shutil.rmtree(failures / folder_name(task_id), ignore_errors=True)


def folder_name(task_id: str) -> str:
    """A name for the folder of a task, whatever its id."""
    if re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,199}", task_id):
        return task_id
    return "task-" + digest(task_id)[:32]


def read_failure(folder: Path) -> tuple[dict[str, Any], dict[str, Any] | None, Settings]:
    """The task row, the image and the settings of a folder that write_failure wrote.

    The bundle is read as it lies there. Raises UserError when the folder is not complete.
    """
    path = folder / EVIDENCE
    try:
        evidence = json.loads(path.read_text("utf-8"))
        settings = Settings.of_plain(evidence["settings"])
        task = dict(evidence["task"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"{path}: cannot be read ({error}); expected the folder of a failed task, as the"
            " verify stage writes it. Give such a folder."
        ) from error
    bundle = folder / "bundle"
    task["files"] = [
        {
            "path": file.relative_to(bundle).as_posix(),
            "mode": file.stat().st_mode & 0o777,
            "content": file.read_bytes(),
        }
        for file in sorted(bundle.rglob("*"))
        if file.is_file() and not file.is_symlink()
    ]
    return task, evidence["image"], settings

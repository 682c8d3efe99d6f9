"""A folder for each task that failed a gate: bundle, evidence and the command that reruns it."""

import hashlib
import json
import os
import re
import shlex
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shellwright
from shellwright.digest import digest
from shellwright.errors import UserError
from shellwright.images.environment import Environment
from shellwright.store import write_text
from shellwright.tasks.bundle import BundleError, unpack
from shellwright.verify.settings import Settings

EVIDENCE = "evidence.json"
HASHED = re.compile("task-[0-9a-f]{32}")  # a folder whose task's id cannot be a name
# What decides which engine answers.
ENGINE = ("DOCKER_HOST", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH")
KEPT = ("id", "status", "reason", "environment_key", "domain", "user", "authoring_json", "digest")
STANDINGS = {"rejected": "rejected", "sft": "no task for reinforcement learning (tier sft)"}

README = """\
# Why task {id} is {standing}

{reason}

`bundle/` holds the task, `{evidence}` what every gate saw. To put the bundle as it lies here
through the gates again, changed or not, run this, in whatever folder:

    {command}
"""


@dataclass(frozen=True)
class Failure:
    """What a folder holds: the task with the bundle as it lies there, and what decided about it.

    images is the configuration's block of that name, by which an image is brought back into the
    engine, or built; work is the folder to do that in: the one that the build worked in, or the
    task's own where that is gone. edited tells whether the bundle's environment is another one
    than the build had.
    """

    task: dict[str, Any]
    image: dict[str, Any] | None
    settings: Settings
    verdict: dict[str, Any]
    images: dict[str, Any]
    work: Path
    edited: bool


def keep_failures(
    failures: Path,
    tasks: Sequence[Mapping[str, Any]],
    images: Iterable[Mapping[str, Any]],
    settings: Settings,
    verdicts: Sequence[Mapping[str, Any]],
    section: Mapping[str, Any],
    *,
    belongs: Callable[[str], bool],
) -> None:
    """Have a folder for each task of a shard that failed a gate, and none for any other.

    verdicts are those of the tasks, in their order, complete with what a model judged; section is
    the configuration's block `images`; belongs tells whether a task, by its id, is of this shard,
    also one that is gone: other shards have their folders beside these, at the same time.
    """
    by_key = {image["id"]: image for image in images}
    failed = set()
    for task, verdict in zip(tasks, verdicts, strict=True):
        if verdict["tier"] != "rl":
            image = by_key.get(task["environment_key"])
            write_failure(failures, task, image, settings, verdict, section)
            failed.add(task["id"])
    for folder in sorted(failures.iterdir()) if failures.is_dir() else ():
        task_id = _task_of(folder, belongs)
        if task_id is not None and task_id not in failed:
            shutil.rmtree(folder, ignore_errors=True)


def _task_of(folder: Path, belongs: Callable[[str], bool]) -> str | None:
    """The id of the folder's task if that is one of the shard.

    Most names are the id, so that few files of other shards are read. The evidence has the last
    word: a person may have copied a folder beside it under another name.
    """
    hashed = HASHED.fullmatch(folder.name)
    if not hashed and not belongs(folder.name):
        return None
    try:
        task_id = str(json.loads((folder / EVIDENCE).read_text("utf-8"))["task"]["id"])
    except (OSError, ValueError, KeyError, TypeError):  # it was never finished
        return None if hashed else folder.name
    return task_id if belongs(task_id) else None


def write_failure(
    failures: Path,
    task: Mapping[str, Any],
    image: Mapping[str, Any] | None,
    settings: Settings,
    verdict: Mapping[str, Any],
    section: Mapping[str, Any],
) -> None:
    """Write the folder of a task that failed a gate, unless it is there with this verdict.

    section: the configuration's block `images`. It holds no secrets: what logs in to a registry is
    Docker's.
    """
    folder = failures.absolute() / folder_name(task["id"])
    gates = [{**g, "evidence_json": json.loads(g["evidence_json"])} for g in verdict["gates"]]
    evidence = {
        "verdict": {**verdict, "gates": gates},
        "task": {name: task[name] for name in KEPT},
        "image": {name: image[name] for name in image if name != "packages"} if image else None,
        "settings": settings.plain(),
        "images": dict(section),
        "work": str(Path.cwd()),
        "environment": _environment(task["files"]),
    }
    readme = README.format(
        id=task["id"],
        standing=STANDINGS[verdict["tier"]],
        reason=verdict["reason"],
        evidence=EVIDENCE,
        command=command(folder),
    )
    texts = {"README.md": readme, EVIDENCE: json.dumps(evidence, indent=2) + "\n"}
    if all(_holds(folder / name, text) for name, text in texts.items()):
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        unpack(task["files"], folder / "bundle")
    except (BundleError, OSError) as error:
        write_text(folder / "bundle.txt", f"The bundle cannot be unpacked: {error}\n")
    # The evidence last: with it the folder is complete.
    for name, text in texts.items():
        write_text(folder / name, text)


def command(folder: Path) -> str:
    """The command that puts the folder's task through the gates again, from wherever it is run.

    It asks the engine that was asked here, also in a shell that would ask another one.
    """
    settings = {"PYTHONPATH": str(Path(shellwright.__file__).resolve().parents[1])}
    settings |= {name: os.environ[name] for name in ENGINE if os.environ.get(name)}
    if certificates := settings.get("DOCKER_CERT_PATH"):
        settings["DOCKER_CERT_PATH"] = str(Path(certificates).absolute())
    words = [sys.executable, "-m", "shellwright.verify.rerun", str(folder)]
    told = " ".join(f"{name}={shlex.quote(value)}" for name, value in settings.items())
    return f"{told} {shlex.join(words)}"


def _holds(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text("utf-8") == text


def folder_name(task_id: str) -> str:
    """A name for the folder of a task, whatever its id."""
    if re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,199}", task_id):
        return task_id
    return "task-" + digest(task_id)[:32]


def read_failure(folder: Path) -> Failure:
    """What is in a folder that write_failure wrote; the bundle is read as it lies there.

    Raises UserError when the folder is not complete, or its bundle could not be unpacked.
    """
    path, bundle = folder / EVIDENCE, folder / "bundle"
    files = _files(bundle)
    try:
        evidence = json.loads(path.read_text("utf-8"))
        work = Path(evidence["work"])
        failure = Failure(
            task={**evidence["task"], "files": files},
            image=evidence["image"],
            settings=Settings.of_plain(evidence["settings"]),
            verdict=dict(evidence["verdict"]),
            images=dict(evidence["images"]),
            work=work if work.is_dir() else folder.absolute(),
            edited=_environment(files) != evidence["environment"],
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"{path}: cannot be read ({error}); expected the folder of a failed task, as the"
            " verify stage writes it. Give such a folder."
        ) from error
    if not bundle.is_dir():
        raise UserError(
            f"{bundle}: no such folder; expected the files of the task. If bundle.txt lies beside"
            " it, it says why they could not be unpacked; otherwise copy the whole folder."
        )
    return failure


def _files(bundle: Path) -> list[dict[str, Any]]:
    """The files of an unpacked bundle as {path, mode, content}; links are left out."""
    return [
        {
            "path": file.relative_to(bundle).as_posix(),
            "mode": file.stat().st_mode & 0o777,
            "content": file.read_bytes(),
        }
        for file in sorted(bundle.rglob("*"))
        if file.is_file() and not file.is_symlink()
    ]


def _environment(files: Iterable[Mapping[str, Any]]) -> str:
    """A digest of what the image of a bundle's environment is made from, but for its base."""
    return hashlib.sha256(Environment.of_files(files).tar()).hexdigest()

"""Removes images and archives that nothing names any more: `python -m shellwright.images.prune`.

    --dry-run             only says what would go
    --configfile FILE     keeps what a configuration names, too, laid over config.yaml (repeatable)
    FOLDER ...            work folders whose tasks keep their images; this one if none is given

An image of this project stays if config.yaml, a configuration that is given, or what was built in
one of the folders names its key, and as long as a container uses it. Images of other projects are
never looked at.
"""

import argparse
import json
import re
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
from docker.errors import APIError, ImageNotFound

from shellwright import tables
from shellwright.config import DEFAULT_FILE, load
from shellwright.config_file import Origins, read_file
from shellwright.errors import UserError
from shellwright.images.catalogue import BASE, FOLDER, OWN, PREFIX, tag
from shellwright.images.keeping import KEY_LABEL
from shellwright.images.present import RESULTS, workshop
from shellwright.preflight import running
from shellwright.sandbox.engine import connect

PROJECT = Path(__file__).resolve().parents[3]
NAME = re.compile(rf"{PREFIX}[a-z0-9-]+:[0-9a-f]{{16}}")
REMOTE = re.compile(r"\S+[.:]\S*/[a-z0-9-]+:[0-9a-f]{16}")  # a host has a dot or a port
LABELS = "shellwright."
# An image without a name may be one that is just being built.
UNNAMED_SECONDS = 2 * 3600


@dataclass(frozen=True)
class Stale:
    """An image that nothing names: its name in the engine or, without one, its id, and its size in
    bytes with all that it stands on.
    """

    name: str
    size: int


def named_by_configurations(files: Sequence[Path]) -> set[str]:
    """The engine's names of the images that config.yaml, and each file laid over it, ask for."""
    first = read_file(PROJECT / DEFAULT_FILE)
    names: set[str] = set()
    for file in (None, *files):
        layers = [(DEFAULT_FILE, first), *([(str(file), read_file(file))] if file else [])]
        origins = Origins(layers)
        config = load(origins.merged(), origins)
        shop = workshop(config["images"])
        folders = [path.parent.name for path in FOLDER.glob("*/Dockerfile")]
        names |= {shop.tag(name) for name in (BASE, *folders)}
    return names


def named_by_folder(folder: Path) -> set[str]:
    """The engine's names of the images that what was built in a work folder runs in.

    Raises UserError for a folder that is not there, and for a table that cannot be read: what it
    names could be anything.
    """
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder; expected one that a build was run in.")
    results = folder / RESULTS
    records = [*results.glob("*.json"), *results.glob("*/*.json")]
    names = {_recorded(path) for path in records if path.parent.name != "tasks"}
    for path in results.glob("*.parquet"):
        names |= {str(row["reference"]) for row in tables.read_table(path, "image", ["reference"])}
    # The images of tasks that were written and whose images are not all built yet.
    for path in (folder / "results" / "tasks").glob("*.parquet"):
        keys = {
            row["environment_key"] for row in tables.read_table(path, "task", ["environment_key"])
        }
        names |= {tag(OWN, key) for key in keys if key}
    return names


def _recorded(record: Path) -> str:
    """The engine's name of the image that a record tells of."""
    try:
        return str(json.loads(record.read_text(encoding="utf-8"))["reference"])
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"{record}: not a readable record of an image ({error!r}); expected JSON with its "
            "reference. Remove it and build again."
        ) from error


def stale_images(client: docker.DockerClient, keep: set[str]) -> list[Stale]:
    """The images of this project that are neither kept nor in use, newest first: what stands on
    another one comes before it.
    """
    used = {about["ImageID"] for about in client.api.containers(all=True)}
    found = []
    for about in sorted(client.api.images(), key=lambda about: -int(about["Created"])):
        if about["Id"] not in used:
            found += [Stale(name, about["Size"]) for name in _stale_names(about, keep)]
    return found


def _stale_names(about: Mapping[str, Any], keep: set[str]) -> list[str]:
    names = [name for name in about["RepoTags"] or [] if name != "<none>:<none>"]
    labels = about["Labels"] or {}
    old = time.time() - about["Created"] > UNNAMED_SECONDS
    if names:
        found = [name for name in names if NAME.fullmatch(name) and name not in keep]
        # A push that was killed leaves the registry's name.
        key = labels.get(KEY_LABEL) or " "
        pushed = [name for name in names if REMOTE.fullmatch(name) and key[:16] in name]
        return found + (pushed if old else [])
    ours = any(value for label, value in labels.items() if label.startswith(LABELS))
    return [about["Id"]] if ours and old else []


def stale_files(folder: Path, keep: set[str]) -> list[Path]:
    """Archives, and build contexts and records of tasks' own environments, that nothing names."""
    results = folder / RESULTS
    found = [
        path
        for path in (results / "archive").glob("*.tar.gz*")
        if _reference(path.name.partition(".")[0]) not in keep
    ]
    found += [path for path in (results / "tasks").glob("*.*") if tag(OWN, path.stem) not in keep]
    return sorted(found)


def _reference(stem: str) -> str:
    """The name of the image that an archive holds."""
    name, _, key = stem.rpartition("-")
    return f"{PREFIX}{name}:{key}"


def remove(client: docker.DockerClient, images: Iterable[Stale]) -> Iterator[tuple[Stale, str]]:
    """Removes images; yields each with "" or with why it stays, such as a container begun since."""
    for image in images:
        try:
            client.api.remove_image(image.name)
        except ImageNotFound:
            yield image, ""
        except APIError as error:
            yield image, str(error.explanation)
        else:
            yield image, ""


def layers_size(client: docker.DockerClient) -> int:
    """Bytes that all images of the engine take, what they share counted once."""
    return int(client.df()["LayersSize"])


def prune(
    client: docker.DockerClient,
    keep: set[str],
    folders: Sequence[Path],
    *,
    dry_run: bool,
) -> Iterator[str]:
    """Removes what nothing names, or only looks for it; yields the lines that tell of it."""
    images = stale_images(client, keep)
    files = [path for folder in folders for path in stale_files(folder, keep)]
    if dry_run:
        for image in images:
            yield f"would remove {image.name} ({_mb(image.size)} with what it stands on)"
        for path in files:
            yield f"would remove {path} ({_mb(path.stat().st_size)})"
        yield f"{_count(len(images), len(files))} would be removed"
        return
    before = layers_size(client)
    removed = 0
    for image, problem in remove(client, images):
        yield f"kept {image.name}: {problem}" if problem else f"removed {image.name}"
        removed += not problem
    freed = max(0, before - layers_size(client))
    for path in files:
        freed += path.stat().st_size
        path.unlink()
        yield f"removed {path}"
    yield f"{_count(removed, len(files))} removed, {_mb(freed)} freed"


def _count(images: int, files: int) -> str:
    return f"{images} image{'s' * (images != 1)} and {files} file{'s' * (files != 1)}"


def _mb(size: int) -> str:
    return f"{size / 1e6:.0f} MB"  # as the engine says it


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns its exit code."""
    parser = argparse.ArgumentParser(description="Remove images that nothing names any more.")
    parser.add_argument("--dry-run", action="store_true", help="only say what would go")
    parser.add_argument("--configfile", action="append", default=[], type=Path, metavar="FILE")
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER")
    wanted = parser.parse_args(arguments)
    folders = wanted.folders or [Path()]
    try:
        if not wanted.folders and not Path("results").is_dir():
            raise UserError(
                "Nothing was built in this folder, and other folders' images would go. Name the "
                "folders whose images are to stay, or . if there are none."
            )
        keep = named_by_configurations(wanted.configfile)
        for folder in folders:
            keep |= named_by_folder(folder)
            if not wanted.dry_run and running(folder):
                raise UserError(f"{folder}: a build is running here. Wait for it, or stop it.")
        client = connect("remove images")
        for line in prune(client, keep, folders, dry_run=wanted.dry_run):
            print(line)
    except UserError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

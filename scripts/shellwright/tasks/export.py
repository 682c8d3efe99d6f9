"""The accepted tasks as a Harbor data set: a folder per task, and what describes them.

<out>/<task id>/...     the files of the bundle, byte for byte
<out>/dataset.toml      the data set as Harbor publishes it, each task pinned by its digest
<out>/registry.json     the data set as ``harbor run --registry-path`` reads it
<out>/manifest.json     one entry per task: digests, tier, licence, labels, image
<out>/domains/          the build contexts of the domain images, and build.sh, which builds them
<out>/README.md         how to get the images and run the tasks
"""

import hashlib
import json
import logging
import shlex
import shutil
import stat
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import polars as pl

from shellwright import tables
from shellwright.digest import digest
from shellwright.store import write_text
from shellwright.tasks.bundle import toml_value
from shellwright.tasks.unpacking import unpack

log = logging.getLogger(__name__)

Row = dict[str, Any]

ACCEPTED = ("sft", "rl")
DOMAINS = "domains"
_IMAGES = "shellwright/"
_OWN_ORGANISATION = "shellwright"
_LABELS = ["id", "category", "difficulty", "domain", "environment_key", "license", "digest"]
_IMAGE = ["id", "domain", "reference", "image"]
_TEMPORARY = ".unfinished-"
_ROWS = 32


@dataclass(frozen=True)
class ExportReport:
    """How many tasks there were, and what became of their folders."""

    seen: int
    accepted: int
    written: int
    removed: int


def export_harbor(
    tasks: Sequence[Path],
    verdicts: Sequence[Path],
    images: Sequence[Path],
    out: Path,
    *,
    contexts: Sequence[Path],
    base: str,
    sources: Sequence[str],
    organisation: str,
) -> ExportReport:
    """Write the tasks whose tier is sft or rl to ``out``.

    ``contexts``: the folders of the images' Dockerfiles in build order; each image is named after
    its folder. ``base``: the image that the first of them starts from, where a registry answers.
    ``sources``: the package sources that it is given, its own if there are none.
    ``organisation``: what stands before the slash in the tasks' names.

    A folder that already holds its task's files is left alone; folders of tasks that are no
    longer accepted are removed. A folder is complete or not there, and the describing files are
    written last.
    """
    tiers = {
        row["id"]: row["tier"]
        for path in verdicts
        for row in tables.read_table(path, "verdict", ["id", "tier"])
        if row["tier"] in ACCEPTED
    }
    built = {row["id"]: row for path in images for row in tables.read_table(path, "image", _IMAGE)}
    out.mkdir(parents=True, exist_ok=True)
    entries: list[Row] = []
    seen = written = 0
    for path in tasks:
        labels = {row["id"]: row for row in tables.read_table(path, "task", _LABELS)}
        seen += len(labels)
        for id, files in _bundles(path, tiers.keys() & labels.keys(), organisation):
            written += _place(out / id, files)
            entries.append(_entry(labels[id], tiers[id], files, built))
    entries.sort(key=lambda entry: str(entry["id"]))
    removed = _remove_others(out, {entry["id"] for entry in entries})
    _write_domains(out / DOMAINS, contexts, base, sources, entries)
    _describe(out, entries, organisation)
    log.info("export: %d tasks, %d written, %d removed", len(entries), written, removed)
    return ExportReport(seen, len(entries), written, removed)


def _bundles(
    path: Path, ids: set[str], organisation: str
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    chosen = pl.scan_parquet(path).select("id", "files").filter(pl.col("id").is_in(sorted(ids)))
    for frame in chosen.collect_batches(chunk_size=_ROWS, maintain_order=True):
        for row in frame.to_dicts():
            if organisation != _OWN_ORGANISATION:
                _rename(row["files"], row["id"], organisation)
            yield row["id"], row["files"]


def _rename(files: list[Row], id: str, organisation: str) -> None:
    for file in files:
        if file["path"] == "task.toml":
            old = f"name = {toml_value(f'{_OWN_ORGANISATION}/{id}')}\n".encode()
            new = f"name = {toml_value(f'{organisation}/{id}')}\n".encode()
            file["content"] = file["content"].replace(old, new, 1)


def _place(folder: Path, files: Sequence[Mapping[str, Any]]) -> bool:
    """Make ``folder`` hold exactly ``files``; return whether it had to be written."""
    if _holds(folder, files):
        return False
    new = Path(mkdtemp(dir=folder.parent, prefix=_TEMPORARY))
    try:
        unpack(files, new)
        new.chmod(0o755)
        if folder.exists():
            shutil.rmtree(folder)
        new.rename(folder)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return True


def _holds(folder: Path, files: Sequence[Mapping[str, Any]]) -> bool:
    wanted = {str(file["path"]): (int(file["mode"]) & 0o777, file["content"]) for file in files}
    found: dict[str, tuple[int, bytes]] = {}
    for path in folder.rglob("*"):
        if path.is_symlink():
            return False
        if path.is_file():
            mode = stat.S_IMODE(path.stat().st_mode)
            found[path.relative_to(folder).as_posix()] = (mode, path.read_bytes())
    return found == wanted


def content_hash(files: Sequence[Mapping[str, Any]]) -> str:
    """Return the digest by which Harbor pins a task: SHA-256 over paths and file hashes."""
    outer = hashlib.sha256()
    for file in sorted(files, key=lambda file: str(file["path"])):
        inner = hashlib.sha256(file["content"]).hexdigest()
        outer.update(f"{file['path']}\0{inner}\n".encode())
    return outer.hexdigest()


def _entry(
    labels: Row, tier: str, files: Sequence[Mapping[str, Any]], built: dict[str, Row]
) -> Row:
    image = built.get(labels["environment_key"], {})
    return {
        **{name: labels[name] for name in _LABELS},
        "tier": tier,
        "content_hash": content_hash(files),
        "reference": image.get("reference"),
        "image": image.get("image"),
    }


def _remove_others(out: Path, ids: set[str]) -> int:
    """Remove the folders of an earlier export that hold no accepted task any more."""
    removed = 0
    for path in out.iterdir():
        if path.name.startswith(_TEMPORARY):
            shutil.rmtree(path)
        elif path.name not in ids and (path / "task.toml").is_file():
            shutil.rmtree(path)
            removed += 1
    return removed


def _write_domains(
    folder: Path,
    contexts: Sequence[Path],
    base: str,
    sources: Sequence[str],
    entries: Sequence[Row],
) -> None:
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir()
    tags: dict[str, set[str]] = {}
    for entry in entries:
        # The image of a task's own environment is made from its own Dockerfile.
        if (entry["reference"] or "").startswith(f"{_IMAGES}{entry['domain']}:"):
            tags.setdefault(entry["domain"], set()).add(entry["reference"])
    lines = [_BUILD.format(base=shlex.quote(base))]
    if sources:
        lines.append(_SOURCES.format(lines=shlex.join(sources)))
    for context in contexts:
        shutil.copytree(context, folder / context.name)
        own = shlex.quote(_IMAGES + context.name)
        lines.append(f"docker build --tag {own} {shlex.quote(context.name)}")
        lines += [
            f"docker tag {own} {shlex.quote(tag)}" for tag in sorted(tags.get(context.name, ()))
        ]
    path = folder / "build.sh"
    write_text(path, "\n".join(lines) + "\n")
    path.chmod(0o755)


def _describe(out: Path, entries: list[Row], organisation: str) -> None:
    version = digest([entry["content_hash"] for entry in entries])[:12]
    name = f"{organisation}/tasks"
    # A slash in the name would send Harbor to its hub instead of to the registry file.
    registered = f"{organisation}-tasks"
    about = f"{len(entries)} verified terminal tasks"
    registry = {
        "name": registered,
        "version": version,
        "description": about,
        "tasks": [{"name": entry["id"], "path": entry["id"]} for entry in entries],
        "metrics": [],
    }
    lines = [
        "[dataset]",
        f"name = {toml_value(name)}",
        f"version = {toml_value(version)}",
        f"description = {toml_value(about)}",
        'keywords = ["terminal", "agents"]',
    ]
    for entry in entries:
        lines += [
            "",
            "[[tasks]]",
            f"name = {toml_value(f'{organisation}/' + entry['id'])}",
            f"digest = {toml_value('sha256:' + entry['content_hash'])}",
        ]
    write_text(out / "registry.json", json.dumps([registry], indent=2) + "\n")
    write_text(out / "dataset.toml", "\n".join(lines) + "\n")
    write_text(out / "README.md", _readme(registered, version, entries))
    # The manifest comes last: it stands for the whole folder.
    write_text(out / "manifest.json", json.dumps(entries, indent=2, sort_keys=True) + "\n")


def _readme(name: str, version: str, entries: Sequence[Row]) -> str:
    references = sorted({str(entry["reference"]) for entry in entries if entry["reference"]})
    return _README.format(
        name=name,
        version=version,
        count=len(entries),
        tiers=_counted(entry["tier"] for entry in entries),
        categories=_counted(entry["category"] for entry in entries),
        difficulties=_counted(entry["difficulty"] for entry in entries),
        licenses=_counted(entry["license"] for entry in entries),
        references=" ".join(map(shlex.quote, references)),
    )


def _counted(values: Iterable[str]) -> str:
    return ", ".join(f"{value} {count}" for value, count in Counter(values).most_common()) or "none"


_BUILD = """\
#!/bin/bash
# Builds the images that the tasks start from. The argument is a Debian image to build on.
set -euo pipefail
cd "$(dirname "$0")"
base=${{1:-{base}}}
docker image inspect "$base" > /dev/null 2>&1 || docker pull "$base"
docker tag "$base" shellwright/base"""

_SOURCES = """\
docker build --tag shellwright/base - <<'DOCKERFILE'
FROM shellwright/base
RUN printf '%s\\n' {lines} > /etc/apt/sources.list
RUN find /etc/apt/sources.list.d -mindepth 1 -delete
DOCKERFILE"""

_README = """\
# {name}

{count} terminal tasks in Harbor's format (version {version}). Each was solved by its reference
solution and refused by its tests without it, in a container without a network.

| | |
|---|---|
| tiers | {tiers} |
| categories | {categories} |
| difficulties | {difficulties} |
| licences | {licenses} |

Tier `rl`: the tests also reject every wrong solution that was tried. `sft`: the reference solution
passes. `manifest.json` has the labels, the licence and the digests of each task.

## Images

A task's Dockerfile puts its input files on an image that holds the tools of its domain. On the
machine that built this data set those images are in the engine already. Elsewhere, either build
them (`domains/` holds all that this takes):

    bash domains/build.sh

or carry them over:

    docker save {references} | gzip > images.tar.gz
    gzip -dc images.tar.gz | docker load

## Running

    harbor run -p . -a oracle     # the reference solutions: reward 1
    harbor run -p . -a nop        # nothing done: reward 0
    harbor run -p . -a terminus-2 -m <provider>/<model>

`harbor run -d {name}@{version} --registry-path registry.json`, from this folder, runs the same
tasks by name.
"""

"""The shard rule of the images: rows for the environments that a shard's tasks need."""

import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import polars as pl

from shellwright.errors import UserError
from shellwright.images.environment import Environment
from shellwright.images.workshop import Workshop

log = logging.getLogger(__name__)

Record = Mapping[str, Any]
COLUMNS = (
    "domain",
    "reference",
    "image",
    "status",
    "reason",
    "size_bytes",
    "packages",
    "log_path",
)


def image_rows(keys: Iterable[str], records: Iterable[Record]) -> list[dict[str, Any]]:
    """One row per distinct environment key, sorted by key, from the records of images.

    Raises UserError for a key that no record has.
    """
    by_key = {record["key"]: {"status": "ok", "reason": None, **record} for record in records}
    rows = []
    for key in sorted(set(keys)):
        if key not in by_key:
            raise UserError(
                f"images: no image has the environment key {key[:16]}; the domains have "
                f"{sorted(known[:16] for known in by_key)}. Build results/images again."
            )
        rows.append({"id": key, **{name: by_key[key][name] for name in COLUMNS}})
    return rows


def own_environments(
    tasks: Path, keys: Collection[str], workshop: Workshop
) -> dict[str, Environment]:
    """The environments that tasks of a task table bring themselves, by those of `keys` they have.

    A key that no task's own files give is left out: it is one of a domain that has changed.
    """
    if not keys:
        return {}
    chosen = (
        pl.scan_parquet(tasks)
        .filter(pl.col("environment_key").is_in(sorted(keys)))
        .unique("environment_key")
        .select("environment_key", "files")
        .collect()
    )
    found = {}
    for key, files in chosen.iter_rows():
        environment = Environment.of_files(files)
        if environment.key(workshop) == key:
            found[key] = environment
    return found


def own_records(
    environments: Mapping[str, Environment],
    make: Callable[[str, Environment], dict[str, Any]],
    *,
    workers: int,
    label: str,
) -> list[dict[str, Any]]:
    """The record of each environment, by `make`, which is called in `workers` threads.

    An exception means that something around the images is broken: it is raised when those in work
    are done. Ctrl-C does not wait for them.
    """
    pool = ThreadPoolExecutor(max_workers=workers)
    try:
        records = list(pool.map(make, environments.keys(), environments.values()))
    except BaseException as error:
        pool.shutdown(wait=isinstance(error, Exception), cancel_futures=True)
        raise
    pool.shutdown()
    for record in records:
        if record["status"] != "ok":
            log.debug("%s: %s: %s", label, record["key"], record["reason"])
    if records:
        failed = sum(record["status"] != "ok" for record in records)
        log.info("%s: %d environments of tasks, %d failed", label, len(records), failed)
    return records

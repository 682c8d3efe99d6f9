"""Sort the blueprints into shards: a table and a manifest for each, empty ones included."""

from collections import defaultdict
from typing import Any

from shellwright import tables
from shellwright.digest import digest
from shellwright.job import Job, run
from shellwright.store import shard_names, shard_of

Row = dict[str, Any]


def entry(row: Row, skills: dict[str, str]) -> tables.Entry:
    """Return a blueprint's line of the manifest.

    It covers the skills of the path, too: an edited recipe makes stale the shards whose tasks use
    it, and no other.
    """
    used = [skills.get(skill) for skill in row["skills"]]
    return tables.Entry(row["id"], digest([tables.stable_digest("blueprint", row), used]), "ok")


def main(job: Job) -> None:
    """Read all blueprints and write them shard by shard."""
    bits = job.settings["shards"]["bits"]
    skills = {row["id"]: row["digest"] for row in tables.read_table(job.input("skills"), "skill")}
    shards: dict[str, list[Row]] = defaultdict(list)
    for row in tables.read_table(job.input("rows"), "blueprint"):
        shards[shard_of(row["id"], bits)].append(row)
    places = zip(shard_names(bits), job.outputs("rows"), job.outputs("manifests"), strict=True)
    for shard, rows, manifest in places:
        tables.write_table(rows, "blueprint", shards[shard])
        tables.write_manifest(manifest, [entry(row, skills) for row in shards[shard]])


if __name__ == "__main__":
    run(main, globals()["snakemake"])

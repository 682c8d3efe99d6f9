"""How long it takes from archives of skills to the graph and its blueprints, and how much memory.

    python tests/benchmarks/scraping.py                       the archives in ../shared/data
    python tests/benchmarks/scraping.py --generated 5000 20000

Runs the workflow up to the blueprints in a folder of its own, prints seconds, processor time and
peak memory of every rule, then runs it again: with nothing changed, and with one skill changed.
After that it counts the rows that have become others.
"""

import argparse
import json
import random
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl
import yaml

PROJECT = Path(__file__).resolve().parents[2]
DATA = PROJECT.parent / "shared" / "data"
TARGETS = [
    "results/blueprints/all.parquet",
    "results/blueprints/coverage.json",
    "results/graph/explorer.html",
    "results/report/skills.md",
]
TABLES = [
    "skills.parquet",
    *(f"graph/{name}.parquet" for name in ("scenarios", "transitions", "clusters", "judgements")),
    "blueprints/all.parquet",
]
Change = Callable[[], None]
BUNDLED = {"name": "bundled", "kind": "library", "path": str(PROJECT / "resources" / "skills")}
WORDS = [
    "".join(random.Random(number).choices("bcdfglmnprst", k=1) * 2)
    + "".join(random.Random(number + 1).choices("aeioulnrst", k=5))
    for number in range(0, 8000, 2)
]
COMMANDS = [
    "sort {a}.csv | uniq -c > {b}.txt",
    "tar -czf {b}.tar.gz {a}/",
    "jq '.{a}[]' {a}.json > {b}.jsonl",
    "sqlite3 {a}.db '.dump' > {b}.sql",
    "grep -h ERROR {a}.log > {b}.log",
    "pandoc {a}.md -o {b}.html",
    "convert {a}.png -resize 50% {b}.png",
    "openssl x509 -in {a}.pem -noout -text > {b}.txt",
    "git -C {a} log --oneline > {b}.txt",
    "ffmpeg -i {a}.wav {b}.mp3",
    "unzip {a}.zip -d {b}",
    "gcc -o {b} {a}.c",
    "rsync -a {a}/ {b}/",
    "awk -F, '{{print $1}}' {a}.csv > {b}.csv",
    "chmod -R go-w {a}",
]


def generated(number: int, version: int = 1) -> str:
    """Return the text of a skill that nobody wrote."""
    rng = random.Random(f"{number} {version}")

    def words(count: int) -> str:
        # By rank, as in natural language.
        return " ".join(WORDS[int(len(WORDS) ** rng.random()) - 1] for _ in range(count))

    steps = "\n".join(
        f"## {words(3).title()}\n\n{words(40)}.\n\n```bash\n"
        + rng.choice(COMMANDS).format(a=words(1), b=words(1))
        + "\n```\n"
        for _ in range(rng.randint(2, 7))
    )
    return (
        f"---\nname: skill-{number}\ndescription: {words(14)}.\nlicense: MIT\n---\n\n"
        f"# {words(3).title()}\n\n{steps}"
    )


def repack(source: Path, target: Path) -> None:
    """Copy an archive; one of its skills gets a sentence more."""
    with tarfile.open(source) as old, tarfile.open(target, "w:gz", compresslevel=1) as new:
        members = [member for member in old if member.isfile()]
        skills = [member for member in members if member.name.endswith("/SKILL.md")]
        chosen = skills[len(skills) // 2]
        for member in members:
            file = old.extractfile(member)
            text = file.read() if file else b""
            if member is chosen:
                text += b"\nIt was read once more.\n"
                member.size = len(text)
            new.addfile(member, BytesIO(text))


def write_archive(path: Path, count: int, changed: int | None = None) -> None:
    """Write an archive of generated skills; one of them in another version."""
    with tarfile.open(path, "w:gz", compresslevel=1) as archive:
        for number in range(count):
            text = generated(number, 2 if number == changed else 1).encode()
            info = tarfile.TarInfo(f"skills/author-{number % 97}/skill-{number}/SKILL.md")
            info.size = len(text)
            archive.addfile(info, BytesIO(text))


def run(folder: Path) -> float:
    """Run the workflow; return the seconds that it took."""
    command = [sys.executable, "-m", "snakemake", *TARGETS, "--cores", "2", "--quiet"]
    command += ["--snakefile", str(PROJECT / "Snakefile"), "--directory", str(folder)]
    command += ["--configfile", str(folder / "mine.yaml")]
    began = time.monotonic()
    with (folder / "log").open("a") as log:
        done = subprocess.run(command, check=False, stdout=log, stderr=subprocess.STDOUT)
    if done.returncode:
        sys.exit((folder / "log").read_text()[-3000:])
    return time.monotonic() - began


def measured(folder: Path) -> Iterator[tuple[str, float, float, float]]:
    """Yield every job's name, seconds, seconds of processor time and peak memory in MiB."""
    benchmarks = folder / "results" / "benchmarks"
    for path in sorted(benchmarks.rglob("*.jsonl")):
        entry: dict[str, Any] = json.loads(path.read_text().splitlines()[-1])
        name = path.relative_to(benchmarks).with_suffix("").as_posix()
        yield name, float(entry["s"]), float(entry["cpu_time"]), float(entry["max_rss"] or 0)


def contents(folder: Path) -> dict[str, tuple[int, set[int]]]:
    """How many rows each table has, and a hash of each different one."""
    found = {}
    for path in TABLES:
        table = pl.read_parquet(folder / "results" / path)
        found[path] = (table.height, {hash(repr(row)) for row in table.iter_rows()})
    return found


def measure(title: str, sources: list[dict[str, Any]], change: Change, blueprints: int) -> None:
    """Run three times and print what it took."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config = {
            "skills": {"sources": [BUNDLED, *sources]},
            "blueprints": {"count": blueprints, "skills": "any"},
        }
        (folder / "mine.yaml").write_text(yaml.safe_dump(config))
        seconds = run(folder)
        stats = json.loads((folder / "results" / "graph" / "stats.json").read_text())
        print(f"{title}: {seconds:.0f} s")
        for job, took, worked, memory in measured(folder):
            print(f"  {job:28}{took:9.1f} s{worked:9.1f} s of processor{memory:9.0f} MiB")
        shape = stats["scenarios_and_skills_as_nodes"]
        print(
            f"  graph: {stats['skills']} skills, {stats['scenarios']} scenarios,"
            f" {stats['transitions']} transitions, largest component"
            f" {shape['largest_component_share']:.1%}"
        )
        plan = json.loads((folder / "results" / "blueprints" / "coverage.json").read_text())
        more = {name: f"{100 * share:+.0f} %" for name, share in plan["more_pairs_than"].items()}
        print(
            f"  blueprints: {plan['blueprints']['tasks']}, of which the procedural teacher can"
            f" write {plan['executable_share']:.1%}; pairs against baselines: {more}"
        )
        print(f"  again, nothing changed: {run(folder):.1f} s")
        before = contents(folder)
        change()
        print(f"  again, one skill changed: {run(folder):.1f} s")
        for line in (folder / "log").read_text().splitlines():
            if " reused, 1 made" in line:
                print(f"    {line}")
        for table, (rows, new) in contents(folder).items():
            print(f"    {table}: {len(new - before[table][1])} of {rows} rows are others")


def main() -> None:
    """Measure the archives, or generated ones."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--generated", type=int, nargs="*", default=[], help="numbers of skills")
    parser.add_argument("--blueprints", type=int, default=5000)
    options = parser.parse_args()
    for count in options.generated:
        with tempfile.TemporaryDirectory() as folder:
            archive = Path(folder) / "skills.tar.gz"
            write_archive(archive, count)
            source = {"name": "generated", "kind": "archive", "path": str(archive)}

            change = partial(write_archive, archive, count, changed=count // 2)
            measure(f"{count} generated skills", [source], change, options.blueprints)
    if not options.generated:
        skills = {"name": "openclaw", "kind": "archive", "license": "MIT"}
        pages = {"name": "tldr", "kind": "tldr", "license": "CC-BY-4.0"}
        pages["path"] = str(DATA / "tldr-pages.tar.gz")
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / "skills.tar.gz"
            shutil.copyfile(DATA / "openclaw-skills.tar.gz", copy)
            skills["path"] = str(copy)
            measure(
                "community skills and tldr pages",
                [skills, pages],
                partial(repack, DATA / "openclaw-skills.tar.gz", copy),
                options.blueprints,
            )


if __name__ == "__main__":
    main()

"""A small copy of the project with six skills, and builds of it in folders of their own."""

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import yaml

PROJECT = Path(__file__).resolve().parents[2]
PARTS = ["Snakefile", "config.yaml", "rules", "scripts", "schemas", "profiles", "envs"]
SKILLS = [
    "archives-and-compression/unpack-archive",
    "data-querying/load-table-into-sqlite",
    "data-querying/totals-from-sqlite",
    "text-and-data-processing/filter-records",
    "text-and-data-processing/keep-latest-revision",
    "text-and-data-processing/strip-export-noise",
]
CONFIG = {"shards": {"bits": 1}, "blueprints": {"count": 8, "length": {"max": 3}}}
TASKS = ["results/tasks/0.parquet", "results/tasks/1.parquet"]

_FINISHED = re.compile(r"^Finished jobid: \d+ \(Rule: (\w+)\)$", re.MULTILINE)
# Not at the start of a line: the bar of another job may stand there on a slow machine.
_CLOSING = re.compile(r"(\w+)/\w+: (\d+) items, (\d+) reused, (\d+) made")


@dataclass(frozen=True)
class Result:
    """How a run of Snakemake ended, and what it printed."""

    status: int
    text: str

    @property
    def jobs(self) -> Counter[str]:
        """The jobs that were finished, by rule."""
        return Counter(_FINISHED.findall(self.text))

    def made(self, stage: str) -> int:
        """How many items of a stage were made, and not reused, in all shards."""
        return sum(int(made) for name, _, _, made in _CLOSING.findall(self.text) if name == stage)

    def reused(self, stage: str) -> int:
        """How many items of a stage were taken from the store, in all shards."""
        return sum(int(old) for name, _, old, _ in _CLOSING.findall(self.text) if name == stage)

    def items(self, stage: str) -> int:
        """How many items a stage saw in all shards."""
        return sum(int(seen) for name, seen, _, _ in _CLOSING.findall(self.text) if name == stage)


@dataclass
class Build:
    """A build of ``project`` in ``folder``, with a configuration of its own."""

    project: Path
    folder: Path

    def configure(self, config: object) -> None:
        """Lay ``config`` over the project's own."""
        (self.folder / "mine.yaml").write_text(yaml.safe_dump(config))

    def command(self, *arguments: str) -> list[str]:
        """Return the command that runs Snakemake with ``arguments``."""
        options = ["--cores", "2", "--snakefile", str(self.project / "Snakefile")]
        options += ["--directory", str(self.folder), "--configfile", str(self.folder / "mine.yaml")]
        return [sys.executable, "-m", "snakemake", *arguments, *options]

    def run(self, *arguments: str, **environment: str) -> Result:
        """Run Snakemake to its end."""
        done = subprocess.run(
            self.command(*arguments),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, **environment},
            check=False,
        )
        return Result(done.returncode, done.stdout)

    def good(self, *arguments: str) -> Result:
        """Run Snakemake and insist that it succeeds."""
        result = self.run(*arguments)
        assert result.status == 0, f"status {result.status}\n{result.text[-4000:]}"
        return result


def copy_project(folder: Path) -> Path:
    """Copy what a build reads, with a few skills of the library."""
    folder.mkdir(parents=True, exist_ok=True)
    ignored = shutil.ignore_patterns("__pycache__", ".mypy_cache", ".snakemake")
    for part in PARTS:
        if (PROJECT / part).is_dir():
            shutil.copytree(PROJECT / part, folder / part, ignore=ignored)
        else:
            shutil.copy2(PROJECT / part, folder / part)
    library = folder / "resources" / "skills"
    for skill in SKILLS:
        shutil.copytree(PROJECT / "resources" / "skills" / skill, library / skill, ignore=ignored)
    shutil.copytree(PROJECT / "resources" / "decontamination", library.parent / "decontamination")
    shutil.copy2(PROJECT / "resources" / "tools.yaml", library.parent)
    return folder

"""How long a build takes that has nothing to do.

    python -m tests.benchmarks.noop_build [--bits 8]

Builds a copy of the project whose scripts only touch their outputs, so that the time is that of the
rules, then runs it again. Prints seconds, and the ratio to Snakemake doing nothing at all on an
empty workflow. The budget is 5 seconds at 256 shards. Makes 2^bits * 4 small jobs first, which
takes minutes.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.support.builds import Build, copy_project

STUB = """
from pathlib import Path
for path in snakemake.output:
    Path(path).touch()
"""
RUNS = 3


def seconds(command: list[str], folder: Path) -> float:
    """Return the shortest of several runs of a command."""
    times = []
    for _ in range(RUNS):
        started = time.monotonic()
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
        times.append(time.monotonic() - started)
    return min(times)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bits", type=int, default=8, help="shards as a power of two")
    bits = parser.parse_args().bits
    with tempfile.TemporaryDirectory(prefix="shellwright-noop-") as name:
        folder = Path(name)
        project = copy_project(folder / "project")
        for script in (project / "scripts").glob("*.py"):
            script.write_text(STUB)
        build = Build(project, folder / "work")
        build.folder.mkdir()
        build.configure({"shards": {"bits": bits}})
        started = time.monotonic()
        build.good("--no-hooks")
        cold = time.monotonic() - started
        noop = seconds(build.command(), folder)
        empty = folder / "empty"
        empty.mkdir()
        (empty / "Snakefile").write_text("rule all:\n    input: []\n")
        nothing = seconds([sys.executable, "-m", "snakemake", "--cores", "1"], empty)
    print(f"{2**bits} shards: {cold:.0f} s to make, {noop:.2f} s with nothing to do")
    print(f"an empty workflow: {nothing:.2f} s; ratio {noop / nothing:.2f}")


if __name__ == "__main__":
    main()

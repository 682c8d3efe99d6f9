"""A disk that is really full: said in one line, and nothing is lost."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.builds import CONFIG, PROJECT, TASKS, Build

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """An empty disk of the size that a build asks for, in memory that nothing takes yet."""
    place = tmp_path / "disk"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1100m", "tmpfs", place], check=True)
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)


def test_too_small_a_disk_is_refused_before_any_work(disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,size=60m", disk], check=True)
    build = Build(PROJECT, disk)
    build.configure(CONFIG)
    result = build.run(*TASKS)
    assert result.status != 0
    assert re.search(r"results: \d\d MB are free and 1000 MB are needed\. Make room", result.text)
    assert "Traceback" not in result.text
    assert not result.jobs


def test_a_build_whose_disk_fills_up_goes_on_when_there_is_room_again(disk: Path) -> None:
    build = Build(PROJECT, disk)
    build.configure({**CONFIG, "blueprints": {"count": 40}})
    build.good("results/skills.parquet")
    process = subprocess.Popen(
        build.command(*TASKS), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout
    said = ""
    for line in process.stdout:
        said += line
        if "Building the skill graph" in line:
            fill = ["dd", "if=/dev/zero", f"of={disk / 'filler'}", "bs=1M"]
            subprocess.run(fill, stderr=subprocess.DEVNULL, check=False)
    assert process.wait() != 0
    # Whichever job meets it: Python and polars say the first, SQLite the second.
    assert re.search("No space left on device|disk is full", said), said[-3000:]
    (disk / "filler").unlink()
    build.run("--unlock")
    build.good(*TASKS)

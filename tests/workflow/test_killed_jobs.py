"""A job that kill -9 ends in the middle leaves nothing that the next build would not mend.

No counts have to be right after a crash: the blueprints' visits are computed from the graph, and
not kept. So the tables have to be the bytes that an undisturbed build writes.
"""

import shutil
from pathlib import Path

import pytest
from tests.support.builds import Build, copy_project
from tests.support.killing import Point, kill_at
from tests.support.wild import configure, pack, texts

TARGETS = ["results/blueprints/all.parquet", "results/blueprints/coverage.json"]
# What stands there when the job begins is what the stages before it have made.
POINTS = {
    "while skills are read": (
        Point("collect_skills", "store/items.py", "ItemStore.put", 3),
        [".items", "skills", "skills.parquet", "skills.manifest.jsonl", "graph", "blueprints"],
    ),
    "while the graph is aligned": (
        Point("build_graph", "graph/align.py", "align", 1),
        ["graph", "blueprints"],
    ),
    "between the tables of the graph": (
        Point("build_graph", "tables/files.py", "write_table", 3),
        ["graph", "blueprints"],
    ),
    "while paths are drawn": (
        Point("sample_blueprints", "blueprints/sample.py", "_row", 4),
        ["blueprints"],
    ),
    "before the blueprints get their name": (
        # The second time is when the file is written and the generator goes on.
        Point("sample_blueprints", "store/atomic.py", "replacing", 2),
        ["blueprints"],
    ),
}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Build:
    build = Build(copy_project(tmp_path_factory.mktemp("project")), tmp_path_factory.mktemp("work"))
    archive = tmp_path_factory.mktemp("wild") / "skills.tar.gz"
    pack(archive, texts())
    configure(build, {"kind": "archive", "path": str(archive)})
    build.good(*TARGETS)
    return build


def outputs(build: Build) -> dict[str, bytes]:
    """What the rules have made; not their logs, nor what a killed job left under another name."""
    results = build.folder / "results"
    names = [path for path in results.rglob("*") if path.is_file()]
    kept = [path.relative_to(results) for path in names if not path.name.startswith(".")]
    apart = ("logs", "benchmarks", ".items")
    return {str(path): (results / path).read_bytes() for path in kept if path.parts[0] not in apart}


@pytest.mark.parametrize("when", POINTS)
def test_the_next_build_makes_what_an_undisturbed_one_does(
    undisturbed: Build, tmp_path: Path, when: str
) -> None:
    point, unmade = POINTS[when]
    build = Build(undisturbed.project, shutil.copytree(undisturbed.folder, tmp_path / "work"))
    for name in unmade:
        path = build.folder / "results" / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    kill_at(point, build, TARGETS, tmp_path)
    before = outputs(undisturbed)
    assert outputs(build).keys() < before.keys()
    shutil.rmtree(build.folder / ".snakemake" / "locks")
    again = build.good(*TARGETS)
    assert again.jobs[point.rule] > 0
    assert outputs(build) == before
    if point.rule == "collect_skills":
        assert again.items("skills") == 7
        assert again.made("skills") < 7

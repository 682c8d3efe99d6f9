"""What is rebuilt after a change, and what is not."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.support.builds import CONFIG, SKILLS, TASKS, Build, copy_project

from shellwright import tables

NOTHING = "Nothing to be done"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """A finished build up to the tasks."""
    build = Build(copy_project(tmp_path_factory.mktemp("project")), tmp_path_factory.mktemp("work"))
    build.configure(CONFIG)
    result = build.good(*TASKS)
    assert result.made("tasks") == result.items("tasks") == 8
    return build


@pytest.fixture
def edited(built: Build, tmp_path: Path) -> Iterator[Build]:
    """A copy of the finished build, with its project, to be edited."""
    project = shutil.copytree(built.project, tmp_path / "project")
    yield Build(project, shutil.copytree(built.folder, tmp_path / "work"))


def rows(build: Build) -> list[dict[str, object]]:
    return [row for path in TASKS for row in tables.read_table(build.folder / path, "task")]


@dataclass(frozen=True)
class Used:
    """A skill that some of the finished build's tasks use, and others do not."""

    folder: str
    tasks: frozenset[str]

    @property
    def id(self) -> str:
        return f"bundled/{self.folder.rpartition('/')[2]}"

    def recipe(self, build: Build) -> Path:
        return build.project / "resources" / "skills" / self.folder / "recipe.py"


@pytest.fixture(scope="module")
def used(built: Build) -> Used:
    tasks = rows(built)
    for folder in SKILLS:
        used = Used(folder, frozenset())
        using = frozenset(str(row["id"]) for row in tasks if used.id in str(row["skills"]))
        if 0 < len(using) < len(tasks):
            return Used(folder, using)
    pytest.fail("each skill of the small library is in all tasks or in none")


def test_nothing_is_rebuilt_when_nothing_changed(built: Build) -> None:
    assert NOTHING in built.good(*TASKS).text


def test_nothing_is_rebuilt_after_touching_and_moving_everything(edited: Build) -> None:
    for path in edited.project.rglob("*"):
        if path.is_file():
            os.utime(path)
    assert NOTHING in edited.good(*TASKS).text


def test_an_edited_recipe_remakes_only_the_tasks_that_use_it(edited: Build, used: Used) -> None:
    before = {row["id"]: row for row in rows(edited)}
    recipe = used.recipe(edited)
    recipe.write_text(recipe.read_text() + "\n# Edited.\n")
    result = edited.good(*TASKS)
    assert result.made("tasks") == len(used.tasks)
    after = rows(edited)
    assert {id for id, row in before.items() if row not in after} == used.tasks


def test_two_runs_skip_the_shards_that_an_edit_does_not_reach(edited: Build, used: Used) -> None:
    edited.configure({**CONFIG, "shards": {"bits": 3}})
    shards = [f"results/tasks/{shard}.parquet" for shard in range(8)]
    edited.good(*shards)
    reached = {
        path
        for path in shards
        for row in tables.read_table(edited.folder / path, "task", ["skills"])
        if used.id in row["skills"]
    }
    recipe = used.recipe(edited)
    recipe.write_text(recipe.read_text() + "\n# Edited.\n")
    edited.good(*shards, "--until", "shard_blueprints")
    assert 0 < len(reached) < len(shards)
    assert edited.good(*shards).jobs == {"write_tasks": len(reached)}


def test_an_edit_that_is_taken_back_leaves_what_was_there(edited: Build, used: Used) -> None:
    before = [(edited.folder / path).read_bytes() for path in TASKS]
    recipe = used.recipe(edited)
    text = recipe.read_text()
    recipe.write_text(text + "\n# Edited.\n")
    edited.good(*TASKS)
    recipe.write_text(text)
    edited.good(*TASKS)
    assert [(edited.folder / path).read_bytes() for path in TASKS] == before


def test_another_seed_remakes_everything_from_the_blueprints_on(edited: Build) -> None:
    edited.configure({**CONFIG, "seed": 2})
    result = edited.good(*TASKS)
    assert set(result.jobs) == {"sample_blueprints", "shard_blueprints", "write_tasks"}
    assert result.made("tasks") == 8


def test_more_tasks_keep_those_that_are_there(edited: Build) -> None:
    blueprints = {**CONFIG["blueprints"], "count": 10}
    edited.configure({**CONFIG, "blueprints": blueprints})
    result = edited.good(*TASKS)
    assert result.items("tasks") == 10
    assert result.made("tasks") == 2


def test_another_number_of_shards_makes_no_task_again(edited: Build) -> None:
    edited.configure({**CONFIG, "shards": {"bits": 2}})
    result = edited.good(*(f"results/tasks/{shard}.parquet" for shard in range(4)))
    assert result.items("tasks") == 8
    assert result.made("tasks") == 0


def test_a_knob_that_decides_no_item_reruns_nothing(edited: Build) -> None:
    edited.configure({**CONFIG, "verify": {"workers": 7}, "images": {"build_timeout_s": 5}})
    assert NOTHING in edited.good(*TASKS).text


@pytest.mark.parametrize(
    ("module", "rules"),
    [
        ("verify/gates.py", set()),
        ("teacher/stage.py", {"write_tasks"}),
        ("blueprints/race.py", {"sample_blueprints", "shard_blueprints", "write_tasks"}),
    ],
)
def test_edited_code_reruns_the_stages_that_it_stands_behind(
    edited: Build, module: str, rules: set[str]
) -> None:
    file = edited.project / "scripts" / "shellwright" / module
    file.write_text(file.read_text() + "\n# Edited.\n")
    assert set(edited.good(*TASKS).jobs) == rules


def test_an_edited_carrier_of_items_makes_no_item_again(edited: Build) -> None:
    file = edited.project / "scripts" / "shellwright" / "store" / "atomic.py"
    file.write_text(file.read_text() + "\n# Edited.\n")
    result = edited.good(*TASKS)
    assert result.jobs["write_tasks"] == 2
    assert result.made("tasks") == 0


def test_a_lost_table_is_written_again_from_the_store(edited: Build) -> None:
    table = edited.folder / TASKS[0]
    content = table.read_bytes()
    table.unlink()
    result = edited.good(*TASKS)
    assert result.jobs == {"write_tasks": 1}
    assert result.made("tasks") == 0
    assert table.read_bytes() == content


def test_two_builds_give_the_same_bytes(built: Build, new_build: Callable[..., Build]) -> None:
    other = new_build()
    other.good(*TASKS)
    for path in sorted((built.folder / "results").rglob("*.parquet")):
        twin = other.folder / path.relative_to(built.folder)
        assert twin.read_bytes() == path.read_bytes(), path.name


def test_a_broken_recipe_is_reported_and_the_build_goes_on(edited: Build, used: Used) -> None:
    recipe = used.recipe(edited)
    recipe.write_text(recipe.read_text() + "\ndef broken(:\n")
    result = edited.good(*TASKS)
    (line,) = [line for line in result.text.splitlines() if "left out:" in line]
    assert used.id in line
    assert "recipe.py" in line
    assert result.items("tasks") > 0
    assert not any(used.id in str(row["skills"]) for row in rows(edited))

"""What skills and tasks are called, and where a recipe is."""

from pathlib import Path

from tiny_build import skill

from shellwright import tables
from shellwright.report.names import Named, read_names, task_title, title_of

NAMES = {
    "lib/a": Named("Unpack an archive"),
    "lib/b": Named("Keep the latest revision"),
    "lib/c": Named("CSV to JSON"),
}


def test_a_task_is_called_by_the_titles_along_its_path() -> None:
    assert task_title(["lib/a", "lib/b"], NAMES) == "Unpack an archive → keep the latest revision"
    assert task_title(["lib/b", "lib/c"], NAMES) == "Keep the latest revision → CSV to JSON"
    assert task_title([], NAMES) == ""


def test_an_unknown_skill_is_called_by_its_id() -> None:
    assert title_of("lib/totals-per-category", NAMES) == "Totals per category"


def test_the_recipe_of_a_library_s_skill_has_a_path(tmp_path: Path) -> None:
    scraped = skill("web/x") | {"source": "web", "title": " ", "recipe": False}
    tables.write_table(tmp_path / "s.parquet", "skill", [skill("bundled/sort-lines"), scraped])
    sources = [
        {"name": "bundled", "kind": "library", "path": "resources/skills"},
        {"name": "web", "kind": "git", "path": None},
    ]
    assert read_names(tmp_path / "s.parquet", sources) == {
        "bundled/sort-lines": Named(
            "Sort lines", "resources/skills/text-processing/sort-lines/recipe.py"
        ),
        "web/x": Named("X"),
    }
    assert read_names(tmp_path / "s.parquet")["bundled/sort-lines"].recipe is None

"""Rows of a library: its licences are held against the same list as those of scraped skills."""

import shutil
from pathlib import Path

import pytest

from shellwright.skills.library import load_skill
from shellwright.skills.stage import collect_library

FOLDER = next((Path(__file__).parents[3] / "resources/skills").glob("*/totals-from-sqlite"))


@pytest.mark.parametrize(
    ("license_", "allowed", "status"),
    [
        ("MIT", {"MIT"}, "ok"),
        ("MIT OR GPL-3.0-only", {"MIT"}, "ok"),
        ("(MIT OR GPL-3.0-only) AND LicenseRef-Proprietary", {"MIT"}, "rejected"),
        ("As you like", {"MIT"}, "rejected"),
        ("As you like", {"unknown"}, "ok"),
    ],
)
def test_expressions_and_unknown_licences(
    tmp_path: Path, license_: str, allowed: set[str], status: str
) -> None:
    copy = tmp_path / FOLDER.parent.name / FOLDER.name
    shutil.copytree(FOLDER, copy)
    text = (copy / "SKILL.md").read_text()
    old = load_skill(FOLDER).license
    (copy / "SKILL.md").write_text(text.replace(f"license: {old}", f"license: {license_}"))
    recipe = load_skill(copy).recipe
    assert recipe is not None
    domains = {"any": frozenset(recipe.packages)}
    (row,) = collect_library("mine", tmp_path, domains, allowed)
    assert (row["status"], row["problems"]) == (status, [])


def test_why_a_skill_is_broken_names_no_folder_of_this_machine(tmp_path: Path) -> None:
    place = f"{FOLDER.parent.name}/{FOLDER.name}"
    copy = tmp_path / place
    shutil.copytree(FOLDER, copy)
    for content, reason in (
        ("def :\n", f"syntax error: {place}/recipe.py, line 1: "),
        ("open(__file__ + '.no')\n", f"No such file or directory: '{place}/recipe.py.no'"),
        ("from shellwright.recipe import no\n", "(scripts/shellwright/recipe/__init__.py)"),
    ):
        (copy / "recipe.py").write_text(content)
        (row,) = collect_library("mine", tmp_path, {}, {"MIT"})
        assert row["status"] == "broken"
        assert reason in row["reason"]
        assert str(tmp_path) not in row["reason"]

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

"""What params know: every module behind a stage, nothing heavy at parse time."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.builds import PROJECT, TASKS, Build

PACKAGE = PROJECT / "scripts" / "shellwright"
HEAVY = {"polars", "duckdb", "docker", "openai", "networkx", "pyarrow"}
# Modules that bring something about but do not decide what comes out.
CARRIED = {
    "build_base_image": ["sandbox"],
    "build_layer_image": ["sandbox"],
    "build_domain_image": ["sandbox"],
    "record_images": ["sandbox"],
    # The client of the models; their names, parameters and prompts are in params or item keys.
    "verify_tasks": ["images", "teacher"],
    "collect_trajectories": ["images", "tasks", "teacher"],
    "measure_difficulty": ["images", "tasks", "teacher"],
    "collect_skills": ["teacher"],
    "build_graph": ["teacher"],
}


def constants() -> dict[str, Any]:
    """Return the tables at the top of rules/common.smk."""
    names = {"BUNDLE", "UNTRUSTED", "CODE", "PLUMBING"}
    tree = ast.parse((PROJECT / "rules" / "common.smk").read_text())
    chosen = [
        node
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in names
    ]
    found: dict[str, Any] = {}
    exec(compile(ast.Module(chosen, []), "common.smk", "exec"), found)
    return found


def rules() -> Iterator[tuple[str, str, list[str]]]:
    """Yield each rule that runs a script: its name, the script, the parts of the package named."""
    known = constants()
    for file in sorted((PROJECT / "rules").glob("*.smk")):
        for block in re.split(r"^rule ", file.read_text(), flags=re.MULTILINE)[1:]:
            script = re.search(r"scripts/(\w+\.py)", block)
            stages = re.findall(r'code_params\("(\w+)"\)', block)
            parts = [part for stage in stages for part in known["CODE"][stage]]
            if script:
                yield block.partition(":")[0], script[1], [*parts, *known["PLUMBING"]]


def imported(path: Path) -> set[Path]:
    """Return the modules of the package that a file imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            if name.startswith("shellwright."):
                place = PACKAGE.joinpath(*name.split(".")[1:])
                candidates = (place.with_suffix(".py"), place / "__init__.py")
                found |= {path for path in candidates if path.exists()}
    return found


def behind(script: Path) -> set[Path]:
    """Return the modules that a script's work rests on, however far away."""
    seen: set[Path] = set()
    todo = {script}
    while todo:
        path = todo.pop()
        seen.add(path)
        todo |= imported(path) - seen
    return seen - {script}


RULES = list(rules())


@pytest.mark.parametrize(("rule", "script", "parts"), RULES, ids=[rule for rule, _, _ in RULES])
def test_params_name_every_module_behind_a_rule(rule: str, script: str, parts: list[str]) -> None:
    named = [PACKAGE / part for part in [*parts, *CARRIED.get(rule, [])]]
    assert all(path.exists() for path in named)
    forgotten = {
        str(path.relative_to(PACKAGE))
        for path in behind(PROJECT / "scripts" / script)
        if path.name != "__init__.py" and not any(path.is_relative_to(part) for part in named)
    }
    assert not forgotten, f"name them in CODE of rules/common.smk: {sorted(forgotten)}"


def test_a_rule_that_knows_the_base_image_knows_its_package_sources() -> None:
    for file in (PROJECT / "rules").glob("*.smk"):
        for block in file.read_text().split("\nrule ")[1:]:
            knows = ['"images.base.reference"' in block, '"images.base.sources"' in block]
            assert knows[0] == knows[1], f"{file.name}: {block.partition(':')[0]}"


def test_every_rule_has_its_script_and_the_other_way_round() -> None:
    scripts = {path.name for path in (PROJECT / "scripts").glob("*.py")}
    assert {script for _, script, _ in RULES} == scripts
    assert all(script == f"{rule}.py" for rule, script, _ in RULES)


def test_parsing_imports_nothing_heavy(new_build: Callable[..., Build]) -> None:
    """Every job on a cluster parses the Snakefile again."""
    result = new_build().run("--dry-run", *TASKS, PYTHONPROFILEIMPORTTIME="1")
    assert result.status == 0
    loaded = {line.rpartition("|")[2].strip() for line in result.text.splitlines()}
    assert "shellwright.config" in loaded
    assert not loaded & HEAVY

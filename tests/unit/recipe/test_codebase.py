"""Codebases say what they hold and what may change in them."""

import subprocess
from dataclasses import replace
from pathlib import Path

from shellwright.recipe import Draw, Scenario, Table
from shellwright.recipe.kinds.codebase import Codebase, Trial, generate, patch_between, unseen
from shellwright.recipe.start import start_world
from shellwright.recipe.themes import THEMES

RECORDS = Scenario.parse("table:condition=clean,extent=full,format=csv,shape=records")


def codebase(path: str = "/app/data/code", **changes: object) -> Codebase:
    files = {"Makefile": "all:\n\ttrue\n", "run.sh": "#!/bin/sh\necho hi\n"}
    return replace(Codebase(path=path, noun="tool", files=files), **changes)  # type: ignore[arg-type]


def test_scripts_are_executable_and_other_files_are_not() -> None:
    modes = {entry.path: entry.mode for entry in codebase().entries()}
    assert modes == {"/app/data/code/Makefile": 0o644, "/app/data/code/run.sh": 0o755}


def test_what_may_be_edited_is_tried_and_the_rest_is_kept() -> None:
    trial = Trial("./run.sh", "hi\n", "runs", "It runs.", 5)
    checks = codebase(editable=("Makefile",), trials=(trial,)).checks()
    assert [check.function for check in checks] == ["command_prints", "unchanged"]
    assert checks[0].arguments["timeout"] == 5
    assert not checks[0].guard and checks[1].guard
    assert checks[1].paths == ("/app/data/code/run.sh",)


def test_a_trial_runs_in_a_copy_without_binaries(tmp_path: Path) -> None:
    place = tmp_path / "code"
    place.mkdir()
    (place / "text").write_text("kept\n")
    (place / "left.o").write_bytes(b"\x7fELF\0\1\2")
    (place / "build").mkdir()
    (check,) = codebase(str(place), files={}, trials=(Trial("ls", "text\n", "x", "x"),)).checks()
    done = subprocess.run(check.arguments["argv"], capture_output=True, text=True, check=True)
    assert done.stdout == "text\n"
    assert (place / "left.o").exists()


def test_a_patch_leads_from_one_to_the_other(tmp_path: Path) -> None:
    before = codebase(str(tmp_path))
    for name, text in before.files.items():
        (tmp_path / name).write_text(text)
    after = replace(before, files={**before.files, "Makefile": "all:\n\tfalse\n"})
    subprocess.run(["bash", "-c", patch_between(before, after)], check=True)
    assert (tmp_path / "Makefile").read_text() == "all:\n\tfalse\n"


def test_unseen_records_have_the_same_columns_and_other_rows() -> None:
    world = start_world(RECORDS, Draw("test", 1))
    table = world.focus
    assert isinstance(table, Table)
    other = unseen(table, world.theme, Draw("other"), 12)
    assert other.header == table.header and len(other.rows) == 12
    assert not set(other.values("id")) & set(table.values("id"))


def test_a_generated_codebase_depends_on_its_draw_alone() -> None:
    first, second = (generate({}, THEMES[0], Draw("test", 2), "/app/code") for _ in range(2))
    assert first == second
    assert first.scenario().id == "codebase:language=c"

"""What the rules lean on in Snakemake; a new version has to pass this before the lock file takes
it.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support.builds import PROJECT

WORKFLOW = """
rule all:
    input:
        "copy.txt",

rule stage:
    output:
        manifest="manifest.jsonl",
        rows="rows.txt",
    params:
        settings=config["settings"],
    script:
        "stage.py"

rule copy:
    input:
        manifest="manifest.jsonl",
        rows=ancient("rows.txt"),
    output:
        "copy.txt",
    shell:
        "cat {input.manifest} > {output}"
"""
SCRIPT = """
from pathlib import Path
Path(snakemake.output.manifest).write_text("id\\n")
Path(snakemake.output.rows).write_text(repr(snakemake.params.settings))
"""
NOTHING = "Nothing to be done"


@pytest.fixture
def workflow(tmp_path: Path) -> Path:
    (tmp_path / "Snakefile").write_text(WORKFLOW)
    (tmp_path / "stage.py").write_text(SCRIPT)
    assert "2 of 3 steps" in run(tmp_path)
    return tmp_path


def run(folder: Path, *targets: str, a: int = 1, b: int = 2) -> str:
    command = [sys.executable, "-m", "snakemake", "--cores", "1", *targets]
    command += ["--workflow-profile", str(PROJECT / "profiles" / "default")]
    command += ["--config", f"settings={{a: {a}, b: {b}}}"]
    done = subprocess.run(command, cwd=folder, text=True, capture_output=True, check=True)
    return done.stderr


def test_touching_a_script_or_an_input_reruns_nothing(workflow: Path) -> None:
    for name in ("stage.py", "manifest.jsonl", "rows.txt", "Snakefile"):
        os.utime(workflow / name)
    assert NOTHING in run(workflow)


def test_an_edited_script_alone_reruns_nothing(workflow: Path) -> None:
    """Which is why every rule's params carry the digest of its script."""
    (workflow / "stage.py").write_text(SCRIPT + "# Edited.\n")
    assert NOTHING in run(workflow)


def test_a_changed_param_reruns_its_rule_and_what_follows(workflow: Path) -> None:
    assert "3 of 3 steps" in run(workflow, a=5)


def test_values_that_change_places_are_noticed_where_they_have_names(workflow: Path) -> None:
    assert "3 of 3 steps" in run(workflow, a=2, b=1)
    assert (workflow / "rows.txt").read_text() == "{'a': '2', 'b': '1'}"


def test_an_ancient_payload_reruns_nothing_and_its_manifest_does(workflow: Path) -> None:
    (workflow / "rows.txt").write_text("other rows")
    assert NOTHING in run(workflow)
    (workflow / "manifest.jsonl").write_text("other\n")
    assert "2 of 2 steps" in run(workflow)


def test_a_manifest_written_again_as_it_was_stops_a_later_run(workflow: Path) -> None:
    """Not the same run: there, everything below a job that runs is run, too."""
    run(workflow, "manifest.jsonl", a=5)
    assert NOTHING in run(workflow, a=5)


def test_a_removed_file_is_missed_only_when_it_is_asked_for(workflow: Path) -> None:
    """As docs/build.md says, with the way to have it made."""
    for name in ("manifest.jsonl", "rows.txt"):
        (workflow / name).unlink()
    assert NOTHING in run(workflow)
    run(workflow, "rows.txt")
    assert (workflow / "manifest.jsonl").exists()
    (workflow / "rows.txt").unlink()
    run(workflow, "--forcerun", "stage")
    assert (workflow / "rows.txt").exists()

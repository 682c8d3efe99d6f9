"""What a judge is shown of a task."""

from typing import Any

import pytest
from tests.support import verify_tasks as tasks

from shellwright.rubric import material as shown
from shellwright.rubric.material import bounded, environment_text, material
from shellwright.tasks.bundle import Fixture
from shellwright.tasks.fixture import fixture_tar


def environment(fixture: bytes) -> str:
    return environment_text({"environment/fixture.tar": fixture})


def test_a_task_shows_instruction_tests_helpers_expectations_and_files() -> None:
    made = material(tasks.row())
    assert made.instruction.text == tasks.GOOD.instruction
    assert made.user == "agent"
    tests = made.tests.text
    assert 'text_equals(path="/app/n", expected="n")' in tests
    assert "text_equals(path: str, expected: str, *, trailing_newline" in tests
    assert "--- expected file names, 13 bytes\nadam\nmia\nzoe" in tests
    # Neither the harness itself nor helpers that nobody calls.
    assert "sqlite_rows" not in tests and "reward.json" not in tests
    assert made.environment.text == (
        "/app/in/\n/app/in/names.txt, 18 bytes\n\n--- /app/in/names.txt\nzoe\nadam\nmia\nadam"
    )


def test_only_helpers_that_are_offered_are_told() -> None:
    outputs = (
        "from checks import check\n\n\ndef test_it() -> None:\n    members = compare_text = 1\n"
    )
    made = material(tasks.row(files={"tests/test_outputs.py": outputs}))
    told = made.tests.text.partition("The helper functions:\n")[2].partition("\n\n")[0]
    assert told.startswith("check(*, weight: float=1.0): Mark a test as a check")
    assert "\n" not in told


def test_the_solution_is_shown_to_no_judge() -> None:
    made = material(tasks.row())
    everything = "\n".join([made.instruction.text, made.tests.text, made.environment.text])
    assert "sort -u" not in everything


def test_a_foreign_harness_is_shown_whole() -> None:
    made = material(tasks.foreign("foreign", "def test_it():\n    assert open('/app/n').read()\n"))
    assert "--- tests/test.sh\n#!/bin/bash" in made.tests.text
    assert "--- tests/test_outputs.py\ndef test_it()" in made.tests.text


def test_what_is_cut_off_says_so() -> None:
    assert bounded("a" * 10, 10).text == "a" * 10
    cut = bounded("a" * 100, 50).text
    assert len(cut) == 50
    assert cut.endswith("a\n(cut off here)")
    made = material(tasks.row(instruction="word " * 10_000))
    assert len(made.instruction.text) == shown.INSTRUCTION_CHARS
    assert made.instruction.text.endswith("(cut off here)")


@pytest.mark.parametrize(
    ("content", "head"),
    [
        (b"\x00\x01\x02", "(binary)"),
        (b"x" * 5000, "x" * 400 + "\n(cut off here)"),
        ("ä\n".encode() * 3, "ä\nä\nä"),
        (b"\xff\xfe", "��"),
    ],
)
def test_of_files_the_beginning_is_shown(content: bytes, head: str) -> None:
    text = environment(fixture_tar([Fixture("/app/f", content=content)]))
    assert text.partition("--- /app/f\n")[2] == head


def test_a_great_many_files_are_bounded() -> None:
    files = [Fixture(f"/app/{number:04}", content=b"x") for number in range(1000)]
    text = environment(fixture_tar(files))
    assert text.count("--- /app/") == 24
    assert text.count(", 1 bytes") == 300
    assert "(cut off here)" in text


@pytest.mark.parametrize("fixture", [b"no tar at all" * 100, b"\x00" * 3])
def test_a_broken_fixture_is_no_error(fixture: bytes) -> None:
    assert "the rest cannot be read" in environment(fixture)


def test_without_input_files_that_is_said() -> None:
    row: dict[str, Any] = tasks.row()
    row["files"] = [file for file in row["files"] if file["path"] != "environment/fixture.tar"]
    assert material(row).environment.text == "(There are no input files.)"


def test_what_an_image_of_its_own_is_made_of_is_shown() -> None:
    recipe = "FROM debian\nCOPY notes.txt /srv/notes.txt\nADD fixture.tar /\n"
    own: dict[str, str | None] = {
        "environment/Dockerfile": recipe,
        "environment/notes.txt": "Rates are in cents.\n",
    }
    text = material(tasks.row(files=own)).environment.text
    assert text.startswith("--- environment/Dockerfile\nFROM debian\nCOPY notes.txt")
    assert "--- environment/notes.txt\nRates are in cents.\n\n/app/in/" in text


def test_another_build_of_a_domains_image_is_no_other_question() -> None:
    other = tasks.variant("other", image="registry.example/domain:2@sha256:0")
    assert material(tasks.row(other)) == material(tasks.row())

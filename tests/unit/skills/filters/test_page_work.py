"""Pages about programs: what their examples and their description tell."""

import pytest
from tests.unit.skills.filters.examples import page_verdicts

FILES = (
    "thing {{path/to/input.x}} > {{path/to/output.y}}",
    "thing {{[-q|--quiet]}} {{path/to/a.x}}",
)


def test_examples_that_name_their_files_can_be_checked() -> None:
    found = page_verdicts("thing", *FILES, about="Convert an X file into a Y file.")
    assert all(verdict.passed for verdict in found.values())


def test_a_page_that_passes_says_by_which_examples() -> None:
    found = page_verdicts("thing", *FILES, "thing --list", about="Convert an X file.")
    assert found["linux"].reason == "calls thing"
    assert found["workflow"].reason == "shows 3 different commands"
    assert found["safe"].evidence == "pages/common/thing.md"
    assert found["verifiable"].reason == "2 of 3 examples work on files at hand"
    assert found["verifiable"].evidence == "thing path/to/input.x"


def test_a_page_of_a_program_that_waits_for_a_person_fails_linux() -> None:
    found = page_verdicts("nano", "nano {{path/to/file}}", "nano {{[-l|--linenumbers]}} {{a.txt}}")
    assert found["linux"].reason == "needs a person at the terminal"


@pytest.mark.parametrize(
    "examples",
    [
        ("thing list", "thing show {{name}}", "thing add {{name}}"),
        ("thing {{/dev/sdX}}", "thing --all {{/dev/sdX}}"),
        ("thing {{https://example.com/a.tar}}", "thing s3://{{bucket}}/{{path/to/file}}"),
        ("thing {{user}}@{{host}}:{{path/to/file}}", "thing list"),
    ],
)
def test_examples_that_name_no_file_at_hand_cannot(examples: tuple[str, ...]) -> None:
    found = page_verdicts("thing", *examples)["verifiable"]
    assert (found.passed, found.reason) == (False, "names too few files that it works on")


def test_programs_that_are_known_need_no_files() -> None:
    assert page_verdicts("git stash", "git stash", "git stash pop")["verifiable"].passed
    assert not page_verdicts("git push", "git push", "git push {{remote}}")["verifiable"].passed
    assert page_verdicts("seq", "seq {{10}}", "seq {{5}} {{10}}")["verifiable"].passed


@pytest.mark.parametrize(
    ("about", "name"),
    [
        ("A tiling Wayland compositor.", "linux"),
        ("Cross-platform multimedia player.", "linux"),
        ("Graphical diffing and merging tool.", "linux"),
        ("Control the backlight of a laptop.", "linux"),
        ("Send files to a remote server.", "verifiable"),
        ("Defragment filesystems.", "verifiable"),
    ],
)
def test_what_a_program_is_for_decides_beside_its_files(about: str, name: str) -> None:
    assert not page_verdicts("thing", *FILES, about=about)[name].passed


def test_a_page_that_only_leads_to_another_tells_no_work() -> None:
    assert not page_verdicts("thing", "tldr cp", "tldr mv")["workflow"].passed
    assert not page_verdicts("thing", FILES[0], "thing --help")["workflow"].passed
    assert page_verdicts("thing", *FILES)["workflow"].passed

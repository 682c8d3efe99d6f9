"""The scripts beside a skill's text."""

import json

import pytest

from shellwright.skills.document import Code
from shellwright.skills.found import SourceFile
from shellwright.skills.languages import LANGUAGES
from shellwright.skills.reading.scripts import read_scripts
from shellwright.skills.sources.paths import is_relevant


def read(**files: str) -> tuple[tuple[Code, ...], str]:
    return read_scripts(
        [
            SourceFile(f"a/{path.replace('__', '.')}", content.encode())
            for path, content in files.items()
        ],
        "a",
    )


@pytest.mark.parametrize(
    ("suffix", "language"), [(suffix[1:], language) for suffix, language in LANGUAGES.items()]
)
def test_kinds_of_scripts(suffix: str, language: str) -> None:
    assert is_relevant(f"a/go.{suffix}")
    code = Code(language, "x\n", f"go.{suffix}", script=True)
    assert read(**{f"go__{suffix}": "x\n"}) == ((code,), "")


def test_a_dockerfile_is_what_it_runs() -> None:
    text = (
        "FROM a\n# RUN no\nRUN --mount=type=cache,target=/c sort a && \\\n  # why\n  wc a\nrun ls\n"
    )
    code = Code("docker build", "sort a &&    wc a\nls\n", "Dockerfile", script=True)
    assert read(Dockerfile=text) == ((code,), "")
    assert is_relevant("a/Dockerfile")


def test_what_direnv_runs_is_a_script() -> None:
    assert is_relevant("a/.envrc")
    assert read(__envrc="x\n") == ((Code("sh", "x\n", ".envrc", script=True),), "")


def test_the_commands_of_a_package_are_one_script() -> None:
    package = json.dumps({"scripts": {"postinstall": "make", "odd": 3, "test": "wc x"}})
    code = Code("npm", "make\nwc x\n", "package.json", script=True)
    assert read(package__json=package) == ((code,), "")


@pytest.mark.parametrize("package", ["[]", "{}", '{"scripts": []}', '{"scripts": {}}'])
def test_a_package_without_commands_is_no_script(package: str) -> None:
    assert read(package__json=package) == ((), "")


@pytest.mark.parametrize("package", ["{", "[" * 100_000])
def test_a_broken_package_is_kept_as_it_is(package: str) -> None:
    ((code,), _) = read(package__json=package)
    assert code.text == package


def test_a_script_that_was_cut_off_is_not_whole() -> None:
    cut = SourceFile("a/go.py", b"x = 1\n", whole=False)
    assert read_scripts([cut], "a")[1] == "go.py"

"""The options of Snakemake, as far as they are read here."""

from pathlib import Path

import pytest

from shellwright import options


@pytest.mark.parametrize(
    "given",
    [
        ["--configfile", "a.yaml", "b.yaml", "--cores", "2"],
        ["--cores", "2", "--configfile=a.yaml", "--configfiles", "b.yaml"],
    ],
)
def test_the_files_that_options_name_are_found(given: list[str]) -> None:
    assert options.config_files(given) == [Path("a.yaml"), Path("b.yaml")]


def test_the_values_that_options_give_are_found() -> None:
    given = ["target", "--config", "seed=2", "blueprints={count: 3}", "--cores", "2"]
    assert options.config_values(given) == {"seed": 2, "blueprints": {"count": 3}}
    assert options.config_values(["seed=2"]) == {}


@pytest.mark.parametrize(
    ("given", "folder"),
    [
        ([], "."),
        (["--directory", "/big/disk", "--cores", "2"], "/big/disk"),
        (["--directory=there"], "there"),
        (["-d", "there"], "there"),
    ],
)
def test_the_work_folder_is_the_one_of_the_options(given: list[str], folder: str) -> None:
    assert options.work_folder(given) == Path(folder)


@pytest.mark.parametrize(
    ("given", "dry"),
    [
        (["--dry-run"], True),
        (["--dryrun"], True),
        (["--cores", "2", "-np"], True),
        (["-n"], True),
        (["--notemp"], False),
        (["--cores", "2", "results/n"], False),
    ],
)
def test_a_dry_run_is_told_from_a_build(given: list[str], dry: bool) -> None:
    assert options.is_dry(given) is dry

"""Test functions of a composition's checks, and what each rests on."""

import pytest

from shellwright.recipe.checks import Check, text_equals
from shellwright.recipe.shell import shell_prints
from shellwright.teacher.procedural.calls import check_calls, resting


def prints(script: str, path: str) -> Check:
    return shell_prints(script, "same\n", about="It is.", paths=[path], key="k")


LIST = text_equals("/app/out/list.csv", "a\n")


@pytest.mark.parametrize(
    "script",
    [
        "unzip -p /app/out/list.zip list.csv | cmp - /app/out/list.csv",
        "cmp '/app/out/list.csv' -",
        "cd /app/out\nsha256sum -c SUMS\ncmp list.csv -",
        "diff <(cat /app/out/list.csv) -",
    ],
)
def test_what_is_made_from_a_file_rests_on_it(script: str) -> None:
    assert resting([(0, LIST), (1, prints(script, "/app/out/list.zip"))]) == [[], [0]]


@pytest.mark.parametrize(
    "script",
    [
        "unzip -p /app/out/list.zip list.csv",
        "cat /app/out/list.csv.gz",
        "cat /srv/app/out/list.csv",
        "cat /app/out/list.csv/part",
        "ls /app/out",
    ],
)
def test_what_names_another_file_does_not(script: str) -> None:
    assert resting([(0, LIST), (1, prints(script, "/app/out/list.zip"))]) == [[], []]


def test_a_check_rests_on_earlier_stages_alone_and_on_no_guard() -> None:
    zipped = prints("cmp /app/out/list.csv /app/out/list.zip", "/app/out/list.zip")
    sealed = prints("cmp /app/out/list.zip -", "/app/out/list.enc")
    guard = Check(**{**LIST.__dict__, "guard": True})
    assert resting([(1, zipped), (1, LIST)]) == [[], []]
    assert resting([(0, guard), (1, zipped)]) == [[], []]
    assert resting([(0, LIST), (1, zipped), (2, sealed)]) == [[], [0], [1]]
    first, second, third = check_calls([(0, LIST), (1, zipped), (2, sealed)])
    assert (first.after, second.after, third.after) == ((), (first.name,), (second.name,))


def test_all_checks_of_what_is_made_from_a_file_rest_on_it() -> None:
    zipped = prints("cmp /app/out/list.csv /app/out/list.zip", "/app/out/list.zip")
    sound = prints("unzip -tq /app/out/list.zip", "/app/out/list.zip")
    assert resting([(0, LIST), (1, sound), (1, zipped)]) == [[], [0], [0]]


def test_names_differ() -> None:
    names = [call.name for call in check_calls([(0, LIST), (1, LIST), (2, LIST)])]
    assert names == [f"text_equals_list_csv{end}" for end in ("", "_2", "_3")]

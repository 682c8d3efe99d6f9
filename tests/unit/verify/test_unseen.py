"""Numbers in the reasons of steps: those that nobody has shown are found."""

import pytest

from shellwright.verify.unseen import unseen_numbers

KNOWN = "Keep rows above 1,250.50.\nhead -n 12 /app/a.csv\n/app/a.csv: 4711 lines, SHA 9f86d081\n"


@pytest.mark.parametrize(
    ("reason", "unseen"),
    [
        ("The sum should be 10533.29.", ["10533.29"]),
        ("17 rows are due, and 4 of them late.", ["17", "4"]),
        ("There should be 4,711 rows, 4712 with the header.", ["4712"]),
        ("Four rows and a header.", ["Four"]),
        ("It is 12.5.", ["12.5"]),
    ],
)
def test_a_number_that_nothing_shows_is_found(reason: str, unseen: list[str]) -> None:
    assert unseen_numbers(reason, KNOWN) == unseen


@pytest.mark.parametrize(
    "reason",
    [
        "Of the 4711 lines I read 12.",
        "Only what is above 1250.50 counts.",
        "Two of 3 columns are text.",
        "UTF-8, as sha256 and release 2.7.1 want it, in ISO-8859-1.",
        "Does the sum equal the objective?",
    ],
)
def test_what_was_shown_or_is_small_or_a_name_may_be_said(reason: str) -> None:
    assert unseen_numbers(reason, KNOWN) == []


def test_a_number_in_words_may_have_been_shown_in_digits_and_in_words() -> None:
    assert unseen_numbers("All twelve lines, then five.", KNOWN + "five of them") == []

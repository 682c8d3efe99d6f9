"""What an instruction asks of the lines of a file."""

import pytest

from shellwright.verify.asked import asked, in_order

NAMES = b"adam\nmia\nzoe\n"


def wanted(instruction: str, content: bytes = NAMES) -> set[str]:
    return set(asked(instruction, "/app/out/names.txt", content))


@pytest.mark.parametrize(
    ("instruction", "kinds"),
    [
        ("Put the names in alphabetical order into /app/out/names.txt.", {"permuted"}),
        ("Write them sorted by length to names.txt", {"permuted"}),
        ("names.txt lists them, largest first.", {"permuted"}),
        ("Put the distinct names in order into out/names.txt.", {"permuted", "duplicated"}),
        ("names.txt has each name, without duplicates.", {"duplicated"}),
        ("Put the names, and nothing else, into names.txt.", {"appended"}),
        # Of other files, or of nothing that lines have.
        ("Sort /app/in.txt. Write a summary to names.txt.", set()),
        ("Sort a.txt, and put the rest into names.txt.", set()),
        ("- a.txt: sorted\n- names.txt: the names", set()),
        ("Write names.txt in order to pass the test.", set()),
        ("List the names in any order in names.txt.", set()),
        ("Write the names.", set()),
    ],
)
def test_the_clause_that_names_the_file_tells(instruction: str, kinds: set[str]) -> None:
    assert wanted(instruction) == kinds


def test_what_does_not_hold_for_the_right_one_is_asked_of_something_else() -> None:
    told = "Put the distinct names in order into names.txt."
    assert wanted(told, b"mia\nadam\nzoe\n") == {"duplicated"}
    assert wanted(told, b"adam\nmia\nmia\n") == set()
    assert wanted(told, b"adam\nzoe\n") == set(), "two are in order by chance"
    assert wanted(told, b"") == set()


@pytest.mark.parametrize(
    ("lines", "ordered"),
    [
        ("adam mia zoe", True),
        ("zoe mia adam", True),
        ("Adam bob Cid", True),
        ("n adam mia zoe", True),
        ("zz adam mia zoe", True),  # below a header
        ("b,3 c,2 a,1", True),
        ("10:z 9:y 8:a", True),
        ("adam adam mia", False),
        ("mia adam zoe", False),
    ],
)
def test_lines_are_in_order_as_texts_or_by_a_number(lines: str, ordered: bool) -> None:
    assert in_order([line.encode() for line in lines.split()]) == ordered

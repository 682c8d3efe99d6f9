"""What ties one piece of evidence to another."""

import pytest

from shellwright.graph.ties import Tie, shared_words, tie


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("curl -s a.org | jq .name", "jq .name > names.json", Tie.PROGRAM),
        ("curl -s a.org | jq .name", "curl  -s a.org", Tie.COMMAND),
        ("sort orders.csv", "plot ./orders.csv --out=chart.png", Tie.FILE),
        ("tar -cf old.tar photos/2024", "ls photos/2024", Tie.FILE),
        ("magick a.png b.jpg", "magick identify c.png", Tie.PROGRAM),
        ("sudo apt update", "apt list", Tie.PROGRAM),
        ("sudo apt update", "sudo dnf list", Tie.NOTHING),
        ("diff <(sops -d a.yml) <(sops -d b.yml)", "sops -d c.json", Tie.PROGRAM),
        ("./run.sh a.csv", "./run.sh b.csv", Tie.PROGRAM),
        ("pip install -r 3.11", "conda create 3.11", Tie.NOTHING),
        ("", "", Tie.NOTHING),
    ],
)
def test_the_closest_tie_is_found_from_both_sides(one: str, other: str, expected: Tie) -> None:
    assert tie(one, other) == tie(other, one) == expected


def test_words_are_shared_whatever_their_case() -> None:
    assert shared_words("Generate a Go struct", "zek -o output.go go") == 1

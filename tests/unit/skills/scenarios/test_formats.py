"""What a file is, by its name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shellwright.skills.scenarios.formats import Artifact, by_name
from shellwright.skills.scenarios.vocabulary import valid


def told(word: str) -> str:
    found = by_name(word)
    if found is None:
        return ""
    return f"{found.kind}:" + ",".join(f"{name}={value}" for name, value in found.state)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("orders.csv", "table:format=csv"),
        ("backup.tar.gz", "archive:format=tar.gz"),
        ("photo.JPG", "image:format=jpeg"),
        ("photos/*.png", "tree:content=images"),
        ("src/", "tree:"),
        ("Dockerfile", "settings:format=dockerfile"),
        ("app.log", "log:"),
        ("/var/log/app.log.2.gz", "log:storage=rotated"),
        ("~/.tool/state.json", "settings:format=json"),
        ("/dev/sda1", "disk:"),
        ("path/to/directory", "tree:"),
        ("path/to/input_audio", "audio:"),
    ],
)
def test_a_name_tells(word: str, expected: str) -> None:
    assert told(word) == expected


@pytest.mark.parametrize(
    "word",
    ["", "orders", "https://x.example/a.csv", "a b.csv", "/dev/null", "s/a/b/", "me@mail.md"],
)
def test_a_name_does_not_tell(word: str) -> None:
    assert told(word) == ""


def test_a_state_is_added_only_where_the_kind_knows_it() -> None:
    image = Artifact("image", (("format", "png"),))
    assert image.with_state((("condition", "resized"),)).state == (
        ("condition", "resized"),
        ("format", "png"),
    )
    assert image.with_state((("extent", "selected"),)) == image


@given(st.text(max_size=60))
def test_any_word_is_read(word: str) -> None:
    found = by_name(word)
    assert found is None or valid(*found.scenario)

"""Bytes as text."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shellwright.skills.reading.text import MAX_TEXT, decode


@pytest.mark.parametrize(
    "content",
    [
        "é\n".encode(),
        codecs.BOM_UTF8 + "é\n".encode(),
        "é\r\n".encode(),
        codecs.BOM_UTF16_LE + "é\n".encode("utf-16-le"),
        codecs.BOM_UTF16_BE + "é\n".encode("utf-16-be"),
        b"\xe9\n",
    ],
)
def test_encodings(content: bytes) -> None:
    assert decode(content)[0] == "é\n"


def test_latin_1_is_a_problem_and_utf_8_with_a_mark_is_none() -> None:
    assert decode(b"\xe9")[1] == ("text: not UTF-8; read as Latin-1",)
    assert decode(codecs.BOM_UTF8 + b"a")[1] == ()


def test_control_characters_are_dropped() -> None:
    assert decode(b"a\0\x1b\tb\n") == ("a\tb\n", ("text: 2 control characters dropped",))


@pytest.mark.parametrize("character", ["\u202e", "\u2066", "\u200b", "\U000e0041"])
def test_deceiving_characters_stay(character: str) -> None:
    assert decode(character.encode())[0] == character


def test_long_texts_are_cut_between_characters() -> None:
    text, problems = decode("é".encode() * MAX_TEXT)
    assert set(text) == {"é"} and len(text) == MAX_TEXT // 2
    assert problems == (f"text: only its first {MAX_TEXT // 1024} kB are read",)


@given(st.binary(max_size=300))
def test_any_bytes_can_be_read(content: bytes) -> None:
    text, _ = decode(content)
    assert "\0" not in text and "\r" not in text

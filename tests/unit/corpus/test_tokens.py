"""The tokeniser: a table look-up must decide as the rule reads."""

import json

from hypothesis import given
from hypothesis import strategies as st

from shellwright.corpus.tokens import normalise, tokenise

WORD = set(b"abcdefghijklmnopqrstuvwxyz0123456789") | set(range(0x80, 0x100))


def naive(text: str) -> list[bytes]:
    """The rule of ``tok-v1``, byte by byte."""
    data = text.encode("utf-8", "surrogatepass")
    tokens, word, at = [], bytearray(), 0
    while at <= len(data):
        byte = data[at] if at < len(data) else 0x20
        escape = byte == 0x5C and data[at + 1 : at + 2] in (b"n", b"r", b"t")
        lowered = byte + 32 if 0x41 <= byte <= 0x5A else byte
        if lowered in WORD:
            word.append(lowered)
        elif word:
            tokens.append(bytes(word))
            word = bytearray()
        at += 2 if escape else 1
    return tokens


@given(st.text(alphabet=st.sampled_from('aZ9 \\nrt\n"é漢_-.\ud800'), max_size=60))
def test_agrees_with_the_rule(text: str) -> None:
    assert tokenise(text) == naive(text)


@given(st.text(max_size=60))
def test_agrees_with_the_rule_on_any_text(text: str) -> None:
    assert tokenise(text) == naive(text)


def test_words_are_lowered_runs_of_letters_and_digits() -> None:
    assert tokenise("Fix **The**\tbug-42, café!") == [
        b"fix",
        b"the",
        b"bug",
        b"42",
        "café".encode(),
    ]


@given(st.lists(st.sampled_from(["alpha", "new", "tab", "r2"]), max_size=8))
def test_json_text_has_the_tokens_of_the_text(words: list[str]) -> None:
    for separator in ("\n", "\t", "\r\n", " "):
        text = separator.join(words)
        once = json.dumps({"keys": text})
        assert tokenise(once)[1:] == tokenise(text)
        assert tokenise(json.dumps(once))[1:] == tokenise(text)


def test_normalise_joins_tokens() -> None:
    assert normalise("A  b\nC") == b"a b c"

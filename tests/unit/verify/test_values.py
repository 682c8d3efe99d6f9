"""Outputs of the right form with other values: names stay, and all values are others."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shellwright.verify.values import revalued, revalued_once, shifted

JSON = b'{"n": 4, "who": "a\\nd\xc3\xa4m \\u00e9", "ok": true, "x": -1.5e3, "no": null, "l": ["b"]}'


@pytest.mark.parametrize(
    ("content", "others", "close", "once"),
    [
        (b"mia\nzoe\n", b"njb\ngpf\n", b"mib\nzof\n", b"mia\ngoe\n"),
        (b"adam\nmia\nzoe\n", b"adam\nnjb\ngpf\n", b"adam\nmib\nzof\n", b"adam\nmia\ngoe\n"),
        (b"4\n", b"5\n", b"2\n", b"5\n"),
        (
            JSON,
            b'{"n": 5, "who": "b\\ne\xc3\xa4n \\u00e9", "ok": false, "x": -2.6e4, "no": null, '
            b'"l": ["c"]}',
            b'{"n": 2, "who": "b\\ne\xc3\xa4n \\u00e9", "ok": false, "x": -1.2e1, "no": null, '
            b'"l": ["c"]}',
            JSON.replace(b"1.5e3", b"1.5e4"),
        ),
        (b'{"a": 0.5}\n{"a": 3}\n', b'{"a": 1.6}\n{"a": 4}\n', b'{"a": 0.2}\n{"a": 1}\n', None),
        (b"name,n\nmia,2\nzoe,10\n", b"name,n\nnjb,3\ngpf,21\n", b"name,n\nmib,1\nzof,5\n", None),
        (b"N=4\n# x\nWHO=mia\n", b"N=5\n# x\nWHO=njb\n", b"N=2\n# x\nWHO=mib\n", None),
        (
            b"[web]\nport = 80\n\n[db]\nhost: x1\n",
            b"[web]\nport = 91\n\n[db]\nhost: y2\n",
            b"[web]\nport = 40\n\n[db]\nhost: x2\n",
            None,
        ),
        (
            b"- Total: 9\n- Mean: 1.5\n",
            b"- Total: 8\n- Mean: 2.6\n",
            b"- Total: 4\n- Mean: 0.7\n",
            None,
        ),
        (b'<r n="5"><c>4</c></r>\n', b'<r n="6"><c>5</c></r>\n', b'<r n="2"><c>2</c></r>\n', None),
        (b"\xff\x004", b"\xff\x004", b"\xff\x004", b"\xff\x004"),
    ],
)
def test_values_are_others_and_names_stay(
    content: bytes, others: bytes, close: bytes, once: bytes | None
) -> None:
    assert revalued(content) == others
    assert shifted(content) == close
    assert once is None or revalued_once(content) == once


@pytest.mark.parametrize(
    ("text", "close"),
    [
        (b"2024-02-29", b"2028-02-29"),
        (b"9998-12-31", b"9994-12-31"),
        (b"23:59", b"23:58"),
        (b"10.0.0.255", b"10.0.0.254"),
        (b"x 1.10.0", b"y 1.10.1"),
        (b"007", b"003"),
        (b"0 1 2 3 12", b"0 1 1 1 6"),
        (b"0.25 0.00 0.50 0.95 1.50 12.0", b"0.62 0.50 0.25 0.47 0.75 6.0"),
        (b"user1 zz Z deadbeef01", b"user2 zg G efbecffa12"),
        (b"9" * 40, b"9" * 39 + b"8"),
    ],
)
def test_values_that_look_right_are_of_their_kind(text: bytes, close: bytes) -> None:
    assert shifted(text) == close


@given(st.lists(st.integers(0, 10**6), min_size=2))
def test_numbers_keep_their_order(numbers: list[int]) -> None:
    made = shifted(" ".join(map(str, sorted(numbers))).encode())
    assert [int(n) for n in made.split()] == sorted(int(n) for n in made.split())


VALUES = st.recursive(
    st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def shape(value: object) -> object:
    """The keys and the kinds of values."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    return [shape(inner) for inner in value] if isinstance(value, list) else type(value)


@given(st.dictionaries(st.text(), VALUES, max_size=4), st.booleans())
def test_json_keeps_its_shape(value: object, ascii: bool) -> None:
    content = json.dumps(value, ensure_ascii=ascii).encode("utf-8", "replace")
    for made in (revalued(content), shifted(content), revalued_once(content)):
        assert shape(json.loads(made)) == shape(json.loads(content))


@given(st.binary())
def test_any_content_is_taken(content: bytes) -> None:
    assert len(revalued_once(content)) - len(content) in (-1, 0, 1)  # true and false
    assert revalued(content).count(b"\n") == shifted(content).count(b"\n") == content.count(b"\n")

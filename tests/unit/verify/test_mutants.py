"""Which wrong solutions are made from a right one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shellwright.verify.mutants import (
    altered,
    altered_once,
    corruptions,
    dropped_steps,
    is_output,
    is_tracked,
    permuted,
    spread,
)


@given(st.binary(), st.booleans())
def test_corruptions_differ_in_more_than_final_newlines(content: bytes, exact: bool) -> None:
    for kind, wrong in corruptions(content, ordered=True, exact=exact):
        assert wrong.rstrip(b"\n") != content.rstrip(b"\n")
        if kind != "altered":  # which makes true of false
            assert (len(wrong) < len(content)) == (kind != "permuted")


@pytest.mark.parametrize(
    ("content", "kinds"),
    [
        (b"", []),
        (b"\n\n", []),
        (b"-\n", ["empty"]),
        (b"4\n", ["empty", "altered"]),
        (b"x", ["empty", "altered"]),
        (b"one\ntwo\n", ["empty", "truncated", "altered"]),
        (b"a,b\n1,2\n3,4\n", ["empty", "truncated", "permuted", "altered"]),
    ],
)
def test_an_output_that_is_empty_by_right_is_not_spoiled(content: bytes, kinds: list[str]) -> None:
    assert [kind for kind, _ in corruptions(content, ordered=True, exact=True)] == kinds


def test_half_of_a_number_may_be_near_enough() -> None:
    for content, exact in ((b"0.913\n", True), (b"0.9 1.3\n", False), (b"1024\n", False)):
        kinds = [kind for kind, _ in corruptions(content, ordered=False, exact=exact)]
        assert kinds == ["empty", "truncated", "altered"]
    kinds = [kind for kind, _ in corruptions(b"0.913\n", ordered=False, exact=False)]
    assert kinds == ["empty", "altered"]


def test_lines_are_exchanged_only_where_their_order_matters() -> None:
    content = b"head\nadam\nmia\nzoe\nzoe\n"
    kinds = [kind for kind, _ in corruptions(content, ordered=False, exact=True)]
    assert kinds == ["empty", "truncated", "altered"]
    assert permuted(content) == b"head\nadam\nzoe\nmia\nzoe\n"


@pytest.mark.parametrize(
    ("content", "all_other", "one_other"),
    [
        (b"4\n", b"5\n", b"5\n"),
        (b"zoe: 9 to 10\n", b"gpf: 8 up 21\n", b"zoe: 9 to 20\n"),
        (b'{"n": 0.3004, "ok": true}', b'{"o": 1.4115, "pl": false}', b'{"n": 0.4004, "ok": true}'),
        (b"one two\n", b"pof uxp\n", b"one uwo\n"),
        (b"\xff\x00A\xfe", b"\xff\x00B\xfe", b"\xff\x00B\xfe"),
        ("é …\n".encode(), "é …\n".encode(), "é …\n".encode()),
    ],
)
def test_an_altered_output_has_the_shape_of_the_right_one(
    content: bytes, all_other: bytes, one_other: bytes
) -> None:
    assert altered(content) == all_other
    assert altered_once(content) == one_other


@given(st.binary())
def test_altering_changes_letters_and_digits_alone(content: bytes) -> None:
    wrong = altered_once(content)
    assert len(wrong) == len(content)
    assert sum(ours != theirs for ours, theirs in zip(wrong, content, strict=True)) <= 1
    assert (wrong == content) == (not any(bytes([c]).isalnum() for c in content))


@given(st.lists(st.sampled_from([b"a", b"b", b""]), max_size=6), st.booleans())
def test_exchanging_lines_keeps_them_all_and_the_first_in_its_place(
    lines: list[bytes], ended: bool
) -> None:
    content = b"\n".join(lines) + (b"\n" if ended else b"")
    wrong = permuted(content)
    assert sorted(wrong.split(b"\n")) == sorted(content.split(b"\n"))
    assert wrong.split(b"\n")[0] == content.split(b"\n")[0]


def test_each_step_is_left_out_once() -> None:
    scripts = dict(dropped_steps(["a 1", "b 2\nmore", "c 3"]))
    assert list(scripts) == ["without step 1: a 1", "without step 2: b 2", "without step 3: c 3"]
    assert scripts["without step 2: b 2"] == "#!/bin/bash\nset -euo pipefail\ncd /app\na 1\nc 3\n"
    assert not list(dropped_steps(["only"])), "nothing would be left: that is the untouched box"


@given(st.lists(st.integers(), unique=True), st.integers(2, 10))
def test_a_spread_choice_keeps_order_and_ends(items: list[int], most: int) -> None:
    chosen = spread(items, most)
    assert len(chosen) == min(len(items), most)
    assert len(set(chosen)) == len(chosen)
    assert chosen == [item for item in items if item in set(chosen)]
    assert chosen[:1] == items[:1] and chosen[-1:] == items[-1:]


def test_the_inside_of_a_repository_is_no_output() -> None:
    assert is_output("/app/out/names.txt")
    assert not is_output("/app/shop/.git/HEAD")
    assert not is_output("/srv/shop.git/objects/pack/x")


def test_files_beside_a_repository_are_in_its_work_tree() -> None:
    paths = ["/app/shop/.git/HEAD", "/app/shop/data/a.csv", "/app/shop.txt", "/srv/b.git/HEAD"]
    assert [is_tracked(path, paths) for path in paths[1:]] == [True, False, False]

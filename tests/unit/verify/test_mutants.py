"""Which wrong solutions are made from a right one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shellwright.verify.mutants import (
    corruptions,
    dropped_steps,
    is_output,
    ordered_outputs,
    permuted,
    spread,
)


@given(st.binary())
def test_corruptions_differ_in_more_than_final_newlines(content: bytes) -> None:
    for kind, wrong in corruptions(content, ordered=True):
        assert wrong.rstrip(b"\n") != content.rstrip(b"\n")
        assert (len(wrong) < len(content)) == (kind != "permuted")


@pytest.mark.parametrize(
    ("content", "kinds"),
    [
        (b"", []),
        (b"\n\n", []),
        (b"4\n", ["empty"]),
        (b"x", ["empty"]),
        (b"one\ntwo\n", ["empty", "truncated"]),
        (b"a,b\n1,2\n3,4\n", ["empty", "truncated", "permuted"]),
    ],
)
def test_an_output_that_is_empty_by_right_is_not_spoiled(content: bytes, kinds: list[str]) -> None:
    assert [kind for kind, _ in corruptions(content, ordered=True)] == kinds


def test_lines_are_exchanged_only_where_their_order_matters() -> None:
    content = b"head\nadam\nmia\nzoe\nzoe\n"
    kinds = [kind for kind, _ in corruptions(content, ordered=False)]
    assert kinds == ["empty", "truncated"]
    assert permuted(content) == b"head\nadam\nzoe\nmia\nzoe\n"


@given(st.lists(st.sampled_from([b"a", b"b", b""]), max_size=6), st.booleans())
def test_exchanging_lines_keeps_them_all_and_the_first_in_its_place(
    lines: list[bytes], ended: bool
) -> None:
    content = b"\n".join(lines) + (b"\n" if ended else b"")
    wrong = permuted(content)
    assert sorted(wrong.split(b"\n")) == sorted(content.split(b"\n"))
    assert wrong.split(b"\n")[0] == content.split(b"\n")[0]


def test_the_tests_say_of_which_files_the_order_matters() -> None:
    tests = """
from checks import check, csv_equals, lines_equal, text_equals

@check(weight=2)
def test_a():
    text_equals(path='/app/a', expected='a')

def test_b():
    lines_equal(path='/app/b', expected='b', ordered=False)

def test_c():
    csv_equals(path='/app/c', expected='c', ordered=True)
"""
    assert ordered_outputs(tests) == {"/app/a", "/app/c"}
    assert ordered_outputs("def (") == set()


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

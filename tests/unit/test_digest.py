"""Content digests."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shellwright.digest import canonical, code_digest, digest, tree_digest

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def test_canonical_json_is_sorted_and_dense() -> None:
    assert canonical({"b": [1, "é"], "a": b"\x00"}) == '{"a":{"$b64":"AA=="},"b":[1,"é"]}'.encode()


@given(st.dictionaries(st.text(), VALUES))
def test_the_order_of_keys_does_not_count(value: dict[str, object]) -> None:
    assert digest(value) == digest(dict(reversed(value.items())))


def test_names_that_are_not_utf8_can_be_digested() -> None:
    assert len(digest(os.fsdecode(b"\xff"))) == 64


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_json_cannot_say_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        canonical(value)


def make_tree(folder: Path) -> Path:
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "a.py").write_text("a = 1\n")
    (folder / "b.txt").write_text("b\n")
    (folder / "link").symlink_to("b.txt")
    return folder


def test_a_tree_is_known_by_its_content_wherever_it_lies(tmp_path: Path) -> None:
    one, two = make_tree(tmp_path / "one"), make_tree(tmp_path / "else" / "two")
    os.utime(two / "b.txt", (0, 0))
    assert tree_digest(one) == tree_digest(two)


@pytest.mark.parametrize("change", ["content", "name", "mode", "link", "more"])
def test_every_change_of_a_tree_changes_its_digest(tmp_path: Path, change: str) -> None:
    tree = make_tree(tmp_path / "tree")
    before = tree_digest(tree)
    if change == "content":
        (tree / "sub" / "a.py").write_text("a = 2\n")
    elif change == "name":
        (tree / "b.txt").rename(tree / "c.txt")
    elif change == "mode":
        (tree / "b.txt").chmod(0o755)
    elif change == "link":
        (tree / "link").unlink()
        (tree / "link").symlink_to("sub/a.py")
    else:
        (tree / "sub" / "empty").touch()
    assert tree_digest(tree) != before


def test_what_tools_leave_behind_does_not_count(tmp_path: Path) -> None:
    tree = make_tree(tmp_path / "tree")
    before = tree_digest(tree)
    (tree / "sub" / "__pycache__").mkdir()
    (tree / "sub" / "__pycache__" / "a.cpython-311.pyc").write_bytes(b"x")
    assert tree_digest(tree) == before


def test_code_is_known_by_the_names_of_its_packages(tmp_path: Path) -> None:
    one, two = make_tree(tmp_path / "one"), make_tree(tmp_path / "two")
    file = two / "b.txt"
    assert code_digest(one, two) == code_digest(two, one)
    assert code_digest(one) != code_digest(two)
    before = code_digest(one, file)
    file.write_text("c\n")
    assert code_digest(one, file) != before


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        tree_digest(tmp_path / "nowhere")

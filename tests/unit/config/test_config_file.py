"""Configuration files: what of them is refused, and in which words."""

from pathlib import Path

import pytest

from shellwright.config_file import Origins, laid_over, read_file, typed
from shellwright.errors import UserError

MISTAKES = [
    pytest.param(b"seed: 1\nverify: {\n", r"(?s)not YAML.*line 3", id="not-yaml"),
    pytest.param(b"seed: 1\n---\nseed: 2\n", r"(?s)not YAML.*line 2", id="two-documents"),
    pytest.param(
        "seed: 1\n# für\n".encode("latin-1"),
        r"line 2 holds the byte 0xfc, which is not UTF-8.*Save the file in that encoding",
        id="latin-1",
    ),
    pytest.param("seed: 1\n".encode("utf-16"), r"line 1 holds the byte 0xff", id="utf-16"),
    pytest.param(b"\0\1\2", r"control characters.*Save the file as plain text", id="binary"),
    pytest.param(
        b"- seed\n", r"found a list; expected a block of keys .*docs/config\.md", id="list"
    ),
    pytest.param(b"&a [*a]", "found a list", id="list-of-itself"),
    pytest.param(b"5\n", "found 5; expected a block of keys", id="scalar"),
    pytest.param(b"# seed: 1\n", "found no key; expected a block of keys", id="empty"),
    pytest.param(
        b"seed: 1\nshards: {bits: 3}\nseed: 2\n",
        r"the key seed stands in line 1 and again in line 3; expected it once.*Remove one",
        id="key-twice",
    ),
    pytest.param(
        b"verify:\n  limits:\n    cpus: 1\n    cpus: 2\n",
        r"the key cpus stands in line 3 and again in line 4",
        id="key-twice-deep",
    ),
    pytest.param(b"skills: {sources: [{kind: git, kind: git}]}", "the key kind", id="in-a-list"),
]


@pytest.mark.parametrize(("content", "message"), MISTAKES)
def test_a_file_that_cannot_be_used_is_named(content: bytes, message: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_bytes(content)
    with pytest.raises(UserError, match=message) as error:
        read_file(file)
    assert str(error.value).startswith(f"{file}: ")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="Is a directory; expected a YAML file"):
        read_file(tmp_path)


def test_what_yaml_allows_is_read(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("base: &a {seed: 1}\nother:\n  <<: *a\n  seed: 2\n")
    assert read_file(file) == {"base": {"seed": 1}, "other": {"seed": 2}}
    file.write_bytes("\ufeffseed: 1 # ü\n".encode())
    assert read_file(file) == {"seed": 1}
    file.write_text('{"seed": 1,\n\t"shards": {"bits": 2}}')
    assert read_file(file) == {"seed": 1, "shards": {"bits": 2}}


def test_a_file_is_laid_over_another_block_by_block() -> None:
    below = {"seed": 1, "verify": {"workers": 3, "limits": {"cpus": 1}}, "list": [1, 2]}
    above = {"verify": {"limits": {"cpus": 2}}, "list": [3]}
    assert laid_over(below, above) == {
        "seed": 1,
        "verify": {"workers": 3, "limits": {"cpus": 2}},
        "list": [3],
    }


def test_numbers_of_the_command_line_are_numbers() -> None:
    assert typed({"count": "3", "list": ["0.5", "a"], "none": None}) == {
        "count": 3,
        "list": [0.5, "a"],
        "none": None,
    }
    assert typed("[1") == "[1"


def test_the_origin_of_a_value_is_the_topmost_that_has_it() -> None:
    origins = Origins(
        [
            ("config.yaml", {"seed": 1, "skills": {"sources": [{"name": "a"}]}, "shards": {}}),
            ("mine.yaml", {"skills": {"sources": [{"nmae": "b"}, {"name": "c"}]}, "sead": 2}),
            ("--config", {"seed": 3}),
        ]
    )
    assert origins.of(("seed",)) == "--config"
    assert origins.of(("sead",)) == "mine.yaml"
    assert origins.of(("shards", "bits")) == "config.yaml"
    assert origins.of(("skills", "sources", 1, "path")) == "mine.yaml"
    assert origins.of(("skills", "sources", 0, "nmae")) == "mine.yaml"
    assert origins.of(("never",)) == "config.yaml, mine.yaml, --config"
    assert origins.of() == "config.yaml, mine.yaml, --config"

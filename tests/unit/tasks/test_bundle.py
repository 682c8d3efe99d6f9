"""Bundles: their files, their bytes, and what may be unpacked."""

import ast
import io
import subprocess
import tarfile
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shellwright.tasks.bundle import (
    BundleError,
    CheckCall,
    Fixture,
    TaskSpec,
    build_bundle,
    fixture_tar,
    render_initial_state,
    render_tests,
    unpack,
)
from shellwright.tasks.rendering import quoted, split_text


def spec(**changes: Any) -> TaskSpec:
    call = CheckCall(
        "text_equals",
        {"path": "/app/out", "expected": "out"},
        "out",
        "It is there.",
        expected={"out": b"1\n"},
    )
    base: dict[str, Any] = {
        "id": "t-1",
        "instruction": "Do it.",
        "image": "domain:1",
        "fixture": [Fixture("/app/data/in", content=b"x")],
        "commands": ["cp data/in out"],
        "calls": [call],
        "difficulty": "easy",
        "category": "file-operations",
        "domain": "files",
    }
    return TaskSpec(**{**base, **changes})


def test_a_bundle_is_complete_and_the_same_every_time() -> None:
    files = {file["path"]: file for file in build_bundle(spec())}
    assert {
        "instruction.md",
        "task.toml",
        "environment/Dockerfile",
        "environment/docker-compose.yaml",
        "environment/fixture.tar",
        "solution/solve.sh",
        "tests/test.sh",
        "tests/run_tests.py",
        "tests/conftest.py",
        "tests/checks/__init__.py",
        "tests/test_outputs.py",
        "tests/test_initial_state.py",
        "tests/expected/out",
    } <= files.keys()
    assert files["solution/solve.sh"]["content"] == (
        b"#!/bin/bash\nset -euo pipefail\ncd /app\ncp data/in out\n"
    )
    assert files["tests/test.sh"]["mode"] == 0o755
    assert build_bundle(spec()) == build_bundle(spec())


def test_task_toml_survives_any_text() -> None:
    odd = 'a "quoted" \\ text\x7f\x01 with ünïcode\n'
    files = {f["path"]: f["content"] for f in build_bundle(spec(author=odd, tags=[odd]))}
    config = tomllib.loads(files["task.toml"].decode())
    assert config["schema_version"] == "1.4"
    assert config["task"]["name"] == "shellwright/t-1"
    assert config["metadata"]["author_name"] == odd
    assert config["metadata"]["tags"] == [odd]
    assert config["agent"] == {"timeout_sec": 900.0, "user": "agent"}
    with pytest.raises(BundleError, match="task id"):
        build_bundle(spec(id="../x"))


def test_the_fixture_tar_is_exact_and_independent_of_order() -> None:
    entries = [
        Fixture("/app/a/b.txt", content=b"x", mode=0o600, uid=0, gid=0, mtime=5),
        Fixture("/app/a/l", kind="symlink", target="b.txt"),
        Fixture("/srv/d", kind="dir", mode=0o700),
        Fixture("/etc/x/y.conf", content=b""),
        Fixture("/app/caf\udce9.txt", content=b"latin"),
    ]
    content = fixture_tar(entries)
    assert content == fixture_tar(entries[::-1])
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        found = {m.name: (m.mode, m.uid, m.mtime) for m in archive}
        names = [m.name for m in archive]
    assert found["app/a/b.txt"] == (0o600, 0, 5)
    assert found["app/a"] == (0o755, 1000, 1_735_689_600)
    assert found["srv/d"][0] == 0o700
    assert "app/caf\udce9.txt" in found
    assert "app" not in found, "the world root belongs to the image"
    assert "etc/x" not in found
    assert names.index("app/a") < names.index("app/a/b.txt")


@pytest.mark.parametrize("path", ["app/x", "/app/../etc/x", "/app//x", "/", "/app/x/", "/a\0b"])
def test_untidy_fixture_paths_are_refused(path: str) -> None:
    with pytest.raises(BundleError):
        fixture_tar([Fixture(path)])


def test_a_path_listed_twice_is_refused() -> None:
    with pytest.raises(BundleError, match="twice"):
        fixture_tar([Fixture("/app/x"), Fixture("/app/x", content=b"1")])


@given(st.text())
def test_quoted_texts_read_back(text: str) -> None:
    assert ast.literal_eval(quoted(text)) == text
    assert "".join(ast.literal_eval(piece) for piece in split_text(text, 20)) == text


LITERALS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(LITERALS, st.text())
def test_rendered_calls_keep_their_arguments(value: Any, doc: str) -> None:
    call = CheckCall("helper", {"path": "/app/x", "value": value}, "x", doc or "d")
    tree = ast.parse(render_tests([call])["tests/test_outputs.py"])
    function = next(node for node in tree.body if isinstance(node, ast.FunctionDef))
    statement = function.body[-1]
    assert isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)
    found = {str(k.arg): ast.literal_eval(k.value) for k in statement.value.keywords}
    assert found == {"path": "/app/x", "value": value}


def test_rendered_tests_are_formatted_as_a_person_would(tmp_path: Path) -> None:
    long = "select name, count(*) from visits where day >= '2024-01-01' group by name " * 3
    calls = [
        CheckCall("sqlite_rows", {"path": "/app/x", "sql": long, "expected": "r"}, "rows", long),
        CheckCall("command_prints", {"argv": ["a", 'say "it"', long], "text": ""}, "prints", "P."),
        CheckCall("unchanged", {"path": "/app/in", "sha256": "0" * 64}, "kept", "K.", guard=True),
        CheckCall("present", {"path": "/app/y"}, "packed", "P.", after=("rows", "prints")),
    ]
    files = render_tests(calls)
    (tmp_path / "test_outputs.py").write_bytes(files["tests/test_outputs.py"])
    (tmp_path / "test_initial_state.py").write_bytes(
        render_initial_state({"/app/in": "0" * 64, "/app/d": None}, ["/app/x"], ["git", "jq"])
    )
    ruff = ["ruff", "--isolated", "--line-length=100"]
    for command in (["format", "--check"], ["check", "--select=E,F,I,UP,W"]):
        argv = [ruff[0], *command, *ruff[1:], str(tmp_path)]
        if command[0] == "check":
            argv.insert(-1, "--config=src=['/nowhere']")
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "calls",
    [
        [],
        [CheckCall("f", {}, "a", "d", guard=True)],
        [CheckCall("f", {}, "a", "d"), CheckCall("f", {}, "a", "d")],
        [CheckCall("f", {}, "a b", "d")],
        [CheckCall("f", {}, "a", "d", after=("b",))],
        [CheckCall("f", {}, "a", "d", after=("a",))],
        [CheckCall("f", {}, "a", "d", weight=0)],
        [CheckCall("import", {}, "a", "d")],
        [CheckCall("f", {"x": object()}, "a", "d")],
        [
            CheckCall("f", {}, "a", "d", expected={"x": b"1"}),
            CheckCall("f", {}, "b", "d", expected={"x": b"2"}),
        ],
    ],
)
def test_calls_that_make_no_test_file_are_refused(calls: list[CheckCall]) -> None:
    with pytest.raises(BundleError):
        render_tests(calls)


def test_unpack_writes_every_file(tmp_path: Path) -> None:
    files = build_bundle(spec())
    unpack(files, tmp_path / "t")
    for file in files:
        path = tmp_path / "t" / file["path"]
        assert path.read_bytes() == file["content"]
        assert path.stat().st_mode & 0o7777 == file["mode"]


@pytest.mark.parametrize(
    "path",
    ["/etc/x", "../x", "a/../../x", "a//b", "./a", "", "a/", "a\0b", "a\nb", "a\\b", "x" * 256],
)
def test_unpack_refuses_paths_that_escape(path: str, tmp_path: Path) -> None:
    files = [
        {"path": "good", "mode": 0o644, "content": b""},
        {"path": path, "mode": 0o644, "content": b""},
    ]
    with pytest.raises(BundleError):
        unpack(files, tmp_path / "t")
    assert not (tmp_path / "t").exists(), "nothing is written when any path is bad"


def test_unpack_refuses_doubles_links_and_set_uid(tmp_path: Path) -> None:
    one = {"path": "a", "mode": 0o4755, "content": b"x"}
    with pytest.raises(BundleError, match="twice"):
        unpack([one, one], tmp_path / "t")
    with pytest.raises(BundleError, match="both"):
        unpack([one, {"path": "a/b", "mode": 0o644, "content": b""}], tmp_path / "t")
    unpack([one], tmp_path / "t")
    assert (tmp_path / "t/a").stat().st_mode & 0o7777 == 0o755
    (tmp_path / "u").mkdir()
    (tmp_path / "u/a").symlink_to("/nowhere")
    with pytest.raises(BundleError, match="not empty"):
        unpack([one], tmp_path / "u")

"""The lint gate reads any bundle in bounded time and memory, and says what it cannot read."""

import io
import tarfile
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support import verify_tasks as tasks

from shellwright.sandbox.limits import Limits
from shellwright.sandbox.tar import tar_of
from shellwright.verify import lint as gate
from shellwright.verify.case import Case
from shellwright.verify.lint import lint

CHECKED = "def test_x() -> None:\n    assert open('/app/n').read() == '4\\n'\n\n"
FIXTURE = "environment/fixture.tar"
MEGABYTE = 1 << 20


def row(files: dict[str, Any]) -> dict[str, Any]:
    """The good task with other files, as texts or bytes."""
    made = tasks.row(files=dict.fromkeys(files, ""))
    for file in made["files"]:
        if file["path"] in files:
            content = files[file["path"]]
            file["content"] = content if isinstance(content, bytes) else content.encode()
    return made


def found(files: dict[str, Any]) -> list[str]:
    return [str(finding) for finding in lint(Case.of_row(row(files)))[0]]


def tar_with(change: Callable[[tarfile.TarInfo], None], **options: Any) -> bytes:
    """A tar of one file whose header was changed before it was written."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", **options) as archive:
        member = tarfile.TarInfo("app/x")
        member.size = 512
        change(member)
        archive.addfile(member, io.BytesIO(b"x" * 512))
    return buffer.getvalue()


def sparse(version: str) -> bytes:
    """A tar of one member that says to have 3 GB, nearly all of them holes."""
    size = str(3 << 30)
    about = {"GNU.sparse.name": "app/s", "GNU.sparse.size": size, "GNU.sparse.realsize": size}
    if version == "1.0":
        about |= {"GNU.sparse.major": "1", "GNU.sparse.minor": "0"}
    else:
        about |= {"GNU.sparse.numblocks": "1", "GNU.sparse.map": "0,512"}

    def change(member: tarfile.TarInfo) -> None:
        member.pax_headers = about

    return tar_with(change, format=tarfile.PAX_FORMAT)


def old_sparse() -> bytes:
    """The same in GNU's own format."""

    def change(member: tarfile.TarInfo) -> None:
        member.type = tarfile.GNUTYPE_SPARSE

    return tar_with(change, format=tarfile.GNU_FORMAT)


def negative() -> bytes:
    """A header whose size leads back to the header."""
    header = bytearray(tar_with(lambda member: None)[:512])
    header[124:136] = (-512 & (1 << 96) - 1).to_bytes(12, "big")
    header[124] = 0o377
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header) + bytes(1024)


def endless_names() -> bytes:
    """Headers for long names, one before the other."""
    header = bytearray(tar_with(lambda member: None)[:512])
    header[124:136] = b"00000000000\0"
    header[156:157] = b"L"
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header) * 5000


def extra(**headers: str) -> bytes:
    return tar_with(lambda m: m.pax_headers.update(headers), format=tarfile.PAX_FORMAT)


DEEP = "[" * 3000 + "]" * 3000
DOUBLED = (f"v{n} = [{', '.join([f'v{n + 1}'] * 200)}]\n" for n in range(9))
BOMB = "import subprocess\nv9 = 'x'\n" + "".join(DOUBLED)
SUM = "X = (\n    " + "\n    + ".join(["'a'"] * 330) + "\n)\n"


@pytest.mark.parametrize(
    ("rule", "files"),
    [
        ("test-syntax", {"tests/test_outputs.py": SUM + CHECKED}),
        ("test-syntax", {"tests/test_outputs.py": "X = " + "-" * 5000 + "1\n" + CHECKED}),
        ("test-syntax", {"tests/test_outputs.py": "X = a" + ".b" * 900 + "()\n" + CHECKED}),
        ("task-config", {"task.toml": f'schema_version = "1.4"\nx = {DEEP}\n'}),
        ("task-config", {"task.toml": f'schema_version = "1.4"\nx = {"1" * 5000}\n'}),
        ("task-config", {"task.toml": "a." * 30_000 + "a = 1\n"}),
        ("missing-copy-source", {"environment/Dockerfile": "FROM x\nCOPY [ab]*.txt /app/[x]\n"}),
        ("missing-copy-source", {"environment/Dockerfile": f"FROM x\nCOPY x {DEEP}\n"}),
        ("too-large", {"environment/Dockerfile": "FROM x\n" + "COPY a* b* /\n" * 300}),
        ("bash-syntax", {"solution/solve.sh": "#!/bin/bash\n" + "$(" * MEGABYTE}),
        ("bad-fixture", {FIXTURE: sparse("0.1")}),
        ("bad-fixture", {FIXTURE: sparse("1.0")}),
        ("bad-fixture", {FIXTURE: old_sparse()}),
        ("bad-fixture", {FIXTURE: negative()}),
        ("bad-fixture", {FIXTURE: endless_names()}),
        ("bad-fixture", {FIXTURE: tar_with(lambda member: None)[:700]}),
        ("bad-fixture", {FIXTURE: tar_of([("app/" + "x" * 256, 0o644, b"")])}),
        ("bad-fixture", {FIXTURE: tar_of([("app/" + "x/" * 600, 0o644, b"")])}),
        ("bad-fixture", {FIXTURE: extra(mtime="inf")}),
        ("bad-fixture", {FIXTURE: extra(mtime="1e30")}),
        ("bad-fixture", {FIXTURE: extra(comment="1" * 5000)}),
        ("bad-fixture", {FIXTURE: extra(comment="x" * MEGABYTE)}),
        ("bad-fixture", {FIXTURE: extra(path="app/x\0y")}),
        ("bad-fixture", {FIXTURE: tar_with(lambda m: setattr(m, "type", tarfile.FIFOTYPE))}),
        ("path-escapes", {"tests/a": "x", "tests/a/b": "x"}),
        ("path-escapes", {"tests/" + "/".join(["a" * 200] * 25): "x"}),
        ("path-escapes", {"tests/" + "a" * 256: "x"}),
        ("path-escapes", {"tests/" + "a/" * 50 + "a": "x"}),
        ("path-escapes", {"tests/a\udc80": "x"}),
        ("path-escapes", {"tests/a\0b": "x"}),
        ("too-large", {"solution/blob": b"x" * (17 * MEGABYTE)}),
        ("too-large", {"tests/expected/blob": b"x" * (17 * MEGABYTE)}),
        ("too-large", {f"tests/expected/{n}": "x" for n in range(4100)}),
        ("too-large", {"tests/test_outputs.py": CHECKED + "#" * MEGABYTE}),
        ("too-large", {f"tests/{n}.py": CHECKED + "#" * 250_000 for n in range(5)}),
        ("too-large", {"tests/test_outputs.py": BOMB + "subprocess.run(v0)\n" * 1000 + CHECKED}),
        ("too-large", {"task.toml": "a." * 60_000 + "a = 1\n"}),
        ("unreadable", {"solution/solve.sh": "#!/bin/bash\necho a\0b > x\n"}),
        ("unreadable", {"instruction.md": "a\0b"}),
    ],
)
def test_what_cannot_be_read_is_a_finding(rule: str, files: dict[str, Any]) -> None:
    tracemalloc.start()
    try:
        findings = found(files)
        assert tracemalloc.get_traced_memory()[1] < 200 * MEGABYTE
    finally:
        tracemalloc.stop()
    assert any(finding.startswith(f"{rule}: ") for finding in findings), findings


def test_a_fixture_fits_where_it_is_put() -> None:
    small = Limits(disk_mb=2)
    room = tar_of([("app/x", 0o644, b"x" * (MEGABYTE // 2))])
    full = tar_of([("app/x", 0o644, b"x" * MEGABYTE)])
    for data, wanted in ((room, False), (full, True)):
        findings, _ = lint(Case.of_row(row({FIXTURE: data})), small)
        assert any("bytes in /app" in str(finding) for finding in findings) is wanted
    as_root = tasks.row(tasks.variant("root", user="root"))
    next(file for file in as_root["files"] if file["path"] == FIXTURE)["content"] = full
    assert lint(Case.of_row(as_root), small)[0] == []


def test_a_rule_that_fails_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(case: Case, path: str) -> list[Any]:
        raise RecursionError("too deep")

    monkeypatch.setattr(gate, "lint_config", broken)
    [finding] = lint(Case.of_row(tasks.row()))[0]
    assert str(finding).startswith(
        "unreadable: task.toml:1: the bundle cannot be read: RecursionError: too deep"
    )


def test_a_finding_can_be_printed_and_stored_whatever_a_file_is_called() -> None:
    for text in found({"tests/a\udc80\n\x1b[31m" + "b" * 2000: "x"}):
        assert text.encode() and text.isprintable() and len(text) < 1500


NAMES = st.one_of(
    st.sampled_from(["tests/a", "tests/a/b", "tests/x.py", "tests/y.sh", "solution/x", "../x"]),
    st.text(max_size=40),
    st.lists(st.text(st.characters(), max_size=300), max_size=60).map("/".join),
)
OPENING = st.sampled_from(["(", "[", "{", "a.", "-", "not ", "'a' + ", "$(", "if x; then ", "f("])
DEEPLY = st.tuples(OPENING, st.integers(1, 4000), st.text(max_size=9)).map(
    lambda parts: (parts[0] * parts[1] + parts[2]).encode("utf-8", "replace")
)
CONTENTS = st.one_of(st.binary(max_size=2000), DEEPLY, st.just(b""))
EDITS = st.lists(st.tuples(st.integers(0), st.integers(0, 40), CONTENTS), min_size=1, max_size=3)


@st.composite
def bundles(draw: st.DrawFn) -> dict[str, tuple[int, bytes]]:
    """A valid bundle of either kind, with files changed, replaced and added."""
    good = draw(st.sampled_from([tasks.row(), tasks.foreign("foreign", CHECKED)]))
    files = {file["path"]: (file["mode"], file["content"]) for file in good["files"]}
    for path in draw(st.lists(st.sampled_from(sorted(files)), min_size=1, max_size=3)):
        content = files[path][1]
        for place, dropped, inserted in draw(EDITS):
            at = place % (len(content) + 1)
            content = content[:at] + inserted + content[at + dropped :]
        files[path] = (draw(st.integers(0, 0o7777)), content)
    for path in draw(st.lists(NAMES, max_size=2)):
        files[path] = (0o644, draw(CONTENTS))
    return files


@given(bundles())
@settings(max_examples=150, deadline=None)
def test_any_bundle_is_read_without_harm(files: dict[str, tuple[int, bytes]]) -> None:
    began = time.process_time()
    findings, tests = lint(Case("any", "agent", files, commands=tasks.GOOD.commands))
    assert time.process_time() - began < 5
    assert tests >= 0
    for finding in findings:
        assert str(finding).encode()
        assert "unreadable" not in finding.rule or "Error" not in finding.message, finding


HEADER = st.tuples(
    st.sampled_from(
        [b"0", b"\0", b"1", b"2", b"3", b"5", b"7", b"x", b"g", b"L", b"K", b"S", b"X"]
    ),
    st.one_of(st.binary(max_size=100), st.just(b"app/x")),
    st.one_of(st.integers(-(1 << 70), 1 << 70), st.integers(0, 2000)),
    st.one_of(
        st.binary(max_size=1500),
        st.lists(
            st.tuples(
                st.sampled_from([b"size", b"path", b"mtime", b"hdrcharset", b"GNU.sparse.map"]),
                st.one_of(st.binary(max_size=50), st.integers().map(lambda n: b"%d" % n)),
            ).map(lambda pair: b"%d %s=%s\n" % (len(pair[1]) + len(pair[0]) + 5, *pair)),
            max_size=4,
        ).map(b"".join),
    ),
)


def block(kind: bytes, name: bytes, size: int, data: bytes) -> bytes:
    """A header with a right checksum, and data after it, in whole blocks."""
    header = bytearray(512)
    header[: len(name)] = name
    header[124:136] = (size & (1 << 96) - 1).to_bytes(12, "big")
    header[124] = 0o200 if size >= 0 else 0o377
    header[156:157] = kind
    header[257:265] = b"ustar\x0000"
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header) + data + bytes(-len(data) % 512)


@given(st.lists(HEADER, max_size=6), st.integers(0, 1024))
@settings(max_examples=300, deadline=None)
def test_any_tar_is_read_without_harm(headers: list[Any], end: int) -> None:
    data = b"".join(block(*header) for header in headers) + bytes(end)
    began = time.process_time()
    findings, _ = lint(Case("any", "agent", {FIXTURE: (0o644, data)}))
    assert time.process_time() - began < 5
    assert not any("unreadable" in str(finding) for finding in findings), findings

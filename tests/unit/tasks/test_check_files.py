"""What the checks of files, trees, archives and databases accept and refuse."""

import hashlib
import io
import json
import os
import shutil
import sqlite3
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest


def refuses(call: Any, *arguments: Any, says: str, **options: Any) -> None:
    with pytest.raises(AssertionError, match=says):
        call(*arguments, **options)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_presence_and_absence(harness: Any) -> None:
    path = harness.put("a", "")
    harness.checks.present(path)
    harness.checks.absent(path + "x")
    refuses(harness.checks.absent, path, says="found a regular file")
    refuses(harness.checks.present, path + "x", says="does not exist")
    (harness.app / "dangling").symlink_to("nowhere")
    refuses(harness.checks.absent, str(harness.app / "dangling"), says="symbolic link")


def test_digests(harness: Any) -> None:
    path = harness.put("a", b"\x00x")
    harness.checks.sha256_is(path, sha256(b"\x00x"))
    harness.checks.unchanged(path, sha256(b"\x00x"))
    refuses(harness.checks.sha256_is, path, "0" * 64, says="expected 0000")
    refuses(harness.checks.unchanged, path, "0" * 64, says="had to stay as it was")


def test_modes_and_owners(harness: Any) -> None:
    path = harness.put("a", "")
    Path(path).chmod(0o640)
    harness.checks.mode_is(path, "0640")
    refuses(harness.checks.mode_is, path, "0644", says="mode 0640, expected 0644")
    harness.checks.owner_is(path, str(os.getuid()), str(os.getgid()))
    refuses(harness.checks.owner_is, path, "nobody", "nogroup", says="owned by")
    (harness.app / "link").symlink_to(path)
    refuses(harness.checks.mode_is, str(harness.app / "link"), "0640", says="symbolic link")


def test_symbolic_links(harness: Any) -> None:
    harness.put("real", "")
    link = harness.app / "link"
    link.symlink_to("./real")
    harness.checks.is_symlink_to(str(link), "./real")
    refuses(harness.checks.is_symlink_to, str(link), "real", says="links to")
    harness.checks.is_symlink_to(str(link), str(harness.app / "real"), resolved=True)
    refuses(harness.checks.is_symlink_to, str(harness.app / "real"), "x", says="a regular file")


def test_tools(harness: Any) -> None:
    harness.checks.tool_exists("sh")
    refuses(harness.checks.tool_exists, "no-such-tool", says="no such command")


def test_programs_of_a_versioned_server_count(
    harness: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuses(harness.checks.tool_exists, "initdb-of-15", says="no such command")
    harness.put("lib/postgresql/15/bin/initdb-of-15", "#!/bin/sh\n")
    program = harness.app / "lib/postgresql/15/bin/initdb-of-15"
    monkeypatch.setattr(sys.modules["checks.files"], "SERVERS", str(harness.app / "lib"))
    refuses(harness.checks.tool_exists, "initdb-of-15", says="no such command")
    program.chmod(0o755)
    harness.checks.tool_exists("initdb-of-15")


def test_trees_hold_exactly_what_is_listed(harness: Any) -> None:
    harness.put("t/a/b.txt", "x")
    (harness.app / "t/link").symlink_to("a/b.txt")
    (harness.app / "t/a/b.txt").chmod(0o600)
    tree = {"a/b.txt": {"sha256": sha256(b"x"), "mode": "0600"}, "link": {"link": "a/b.txt"}}
    name = harness.expect("tree.json", json.dumps(tree)).removesuffix(".json")
    root = str(harness.app / "t")
    harness.checks.tree_equals(root, name, modes=True)
    (harness.app / "t/a/b.txt").chmod(0o644)
    harness.checks.tree_equals(root, name)
    refuses(harness.checks.tree_equals, root, name, modes=True, says="mode 0644")
    harness.put("t/a/more", "")
    refuses(harness.checks.tree_equals, root, name, says="unexpected .*a/more")
    (harness.app / "t/a/more").unlink()
    (harness.app / "t/empty").mkdir()
    refuses(harness.checks.tree_equals, root, name, says="unexpected .*empty")
    (harness.app / "t/empty").rmdir()
    harness.put("t/a/b.txt", "y")
    refuses(harness.checks.tree_equals, root, name, says="sha256")
    (harness.app / "t/link").unlink()
    refuses(harness.checks.tree_equals, root, name, says="missing .*link")
    refuses(harness.checks.tree_equals, root + "x", name, says="No such file")


def tar_of(mode: str, *names: str, content: bytes = b"x") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:  # type: ignore[call-overload]
        for name in names:
            info = tarfile.TarInfo(name)
            if name.endswith("/"):
                info.type = tarfile.DIRTYPE
            info.size = 0 if info.isdir() else len(content)
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


@pytest.mark.parametrize("form", ["tar", "tar.gz", "tar.bz2", "tar.xz"])
def test_tar_archives(harness: Any, form: str) -> None:
    name = harness.expect("m.json", json.dumps({"a/b": {"sha256": sha256(b"x")}}))
    mode = "w:" + form.removeprefix("tar").removeprefix(".")
    holds = harness.checks.archive_holds
    holds(harness.put("t", tar_of(mode, "./a/", "./a/b")), name, form)
    refuses(holds, harness.put("t", tar_of(mode, "a/b", "c")), name, form, says="unexpected .*c")
    refuses(holds, harness.put("t", tar_of(mode)), name, form, says="missing members")
    refuses(holds, harness.put("t", tar_of(mode, "../a/b")), name, form, says="unsafe")
    refuses(holds, harness.put("t", tar_of(mode, "/a/b")), name, form, says="unsafe")
    refuses(holds, harness.put("t", tar_of(mode, "a/b", "./a/b")), name, form, says="twice")
    refuses(holds, harness.put("t", tar_of(mode, "a/b", content=b"y")), name, form, says="expected")
    whole = tar_of(mode, "a/b", content=os.urandom(50_000))
    refuses(holds, harness.put("t", whole[: len(whole) // 2]), name, form, says="not a readable")
    refuses(holds, harness.put("t", b"junk" * 500), name, form, says="not a readable")


def test_the_format_is_part_of_the_check(harness: Any) -> None:
    name = harness.expect("m.json", json.dumps({"a": {"sha256": sha256(b"x")}}))
    path = harness.put("t", tar_of("w:gz", "a"))
    refuses(harness.checks.archive_holds, path, name, "tar.xz", says="not a readable")
    refuses(harness.checks.archive_holds, path, name, "zip", says="not a readable")


@pytest.mark.skipif(shutil.which("zstd", path="/usr/bin") is None, reason="zstd is in the images")
def test_zstd_archives(harness: Any) -> None:
    name = harness.expect("m.json", json.dumps({"a": {"sha256": sha256(b"x")}}))
    path = harness.put("t", tar_of("w:", "a"))
    os.spawnv(os.P_WAIT, "/usr/bin/zstd", ["zstd", "-q", path])
    harness.checks.archive_holds(path + ".zst", name, "tar.zst")
    refuses(harness.checks.archive_holds, path, name, "tar.zst", says="not a readable")


def test_zip_archives(harness: Any) -> None:
    name = harness.expect("m.json", json.dumps({"a/b": {"sha256": sha256(b"x")}}))
    path = harness.put("z", b"")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a/", b"")
        archive.writestr("a/b", b"x")
    harness.checks.archive_holds(path, name, "zip")
    content = bytearray(Path(path).read_bytes())
    content[content.index(b"a/bx") + 3] ^= 1
    refuses(harness.checks.archive_holds, harness.put("z", bytes(content)), name, "zip", says="not")


def make_database(path: str) -> None:
    Path(path).unlink(missing_ok=True)
    with sqlite3.connect(path) as connection:
        connection.execute("create table t (id integer primary key, name text not null, raw blob)")
        connection.execute("create unique index i on t (name)")
        connection.execute("insert into t values (2, 'b', x'00'), (1, 'a', null)")
    connection.close()


def test_rows_of_a_database(harness: Any) -> None:
    path = str(harness.app / "d.db")
    make_database(path)
    before = Path(path).read_bytes()
    name = harness.expect("rows.json", json.dumps([[2, "b", {"hex": "00"}], [1, "a", None]]))
    rows = harness.checks.sqlite_rows
    rows(path, "select * from t order by id desc", name)
    rows(path, "select * from t order by id", name, ordered=False)
    refuses(rows, path, "select * from t order by id", name, says="row 1")
    refuses(rows, path, "select id from t", name, ordered=False, says="missing")
    refuses(rows, path, "select missing from t", name, says="no such column")
    refuses(
        rows, harness.put("junk", b"junk" * 300), "select * from t", name, says="not a database"
    )
    assert Path(path).read_bytes() == before
    assert sorted(p.name for p in harness.app.iterdir()) == ["d.db", "junk"]


def test_rows_that_are_still_in_the_write_ahead_log_count(harness: Any) -> None:
    path = str(harness.app / "d.db")
    writer = sqlite3.connect(path)
    writer.execute("pragma journal_mode = wal")
    writer.execute("create table t (id)")
    writer.execute("insert into t values (7)")
    writer.commit()
    name = harness.expect("rows.json", "[[7]]")
    harness.checks.sqlite_rows(path, "select id from t", name)
    writer.close()


def test_a_query_that_never_ends_fails(harness: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    path = str(harness.app / "d.db")
    with sqlite3.connect(path) as connection:
        connection.execute(
            "create view t as with recursive n(i) as (select 1 union all select i + 1 from n) "
            "select sum(i) from n"
        )
    connection.close()
    packed = __import__("checks.packed", fromlist=["packed"])
    monkeypatch.setattr(packed, "QUERY_SECONDS", 0.2)
    name = harness.expect("rows.json", "[]")
    refuses(harness.checks.sqlite_rows, path, "select * from t", name, says="interrupted")


def test_schema_of_a_database(harness: Any) -> None:
    path = str(harness.app / "d.db")
    make_database(path)
    columns = [["id", "INTEGER", 0, 1], ["name", "TEXT", 1, 0], ["raw", "BLOB", 0, 0]]
    schema: dict[str, Any] = {"tables": {"t": columns}}
    check = harness.checks.sqlite_schema
    check(path, harness.expect("s.json", json.dumps(schema)))
    schema["indexes"] = {"t": [[1, "name"]]}
    check(path, harness.expect("s.json", json.dumps(schema)))
    schema["indexes"] = {"t": [[0, "name"]]}
    refuses(check, path, harness.expect("s.json", json.dumps(schema)), says="indexes")
    refuses(check, path, harness.expect("s.json", '{"tables": {"u": []}}'), says="expected of")

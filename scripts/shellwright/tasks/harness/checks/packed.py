"""Checks of archives and SQLite databases."""

import hashlib
import lzma
import os
import shutil
import sqlite3
import stat
import subprocess
import tarfile
import tempfile
import time
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from .reading import (
    READ_LIMIT,
    TESTS,
    excerpt,
    expected_json,
    fail,
    open_regular,
    read_bytes,
)
from .texts import canonical, compare_bags, compare_sequences

MEMBER_LIMIT = 100_000
CONTENT_LIMIT = 512 * 1024 * 1024
QUERY_SECONDS = 10.0
ROW_LIMIT = 1_000_000
# What the standard library raises on damaged, encrypted or unsupported archives.
BROKEN = (
    *(tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError),
    *(OSError, EOFError, ValueError, RuntimeError, NotImplementedError),
)
TAR_FORMATS = {"tar": "r|", "tar.gz": "r|gz", "tar.bz2": "r|bz2", "tar.xz": "r|xz"}


def archive_holds(path: str, expected: str, format: str) -> None:
    """The archive holds exactly the members of expected/<expected>.json.

    That file maps a member's path to {"sha256": ...} or {"link": target}. Folders in the archive
    and a leading "./" do not matter; members with absolute paths or "..", devices and repeated
    members fail the check. Formats: tar, tar.gz, tar.bz2, tar.xz, tar.zst, zip.
    """
    __tracebackhide__ = True
    wanted: dict[str, dict[str, str]] = expected_json(expected)
    found: dict[str, dict[str, str]] = {}
    size = 0
    try:
        for name, entry, length in members(path, format):
            size += length
            if len(found) > MEMBER_LIMIT or size > CONTENT_LIMIT:
                fail(f"{path}: more than {MEMBER_LIMIT} members or {CONTENT_LIMIT} bytes unpacked")
            clean = name.removeprefix("./")
            if clean.startswith("/") or ".." in clean.split("/"):
                fail(f"{path}: unsafe member {excerpt(name)}")
            if clean in found:
                fail(f"{path}: member {excerpt(clean)} occurs twice")
            found[clean] = entry
    except BROKEN as error:
        fail(f"{path}: not a readable {format} archive: {excerpt(str(error))}")
    if found.keys() != wanted.keys():
        missing, extra = sorted(wanted.keys() - found.keys()), sorted(found.keys() - wanted.keys())
        fail(f"{path}: missing members {excerpt(missing)}, unexpected {excerpt(extra)}")
    for name, entry in wanted.items():
        if found[name] != entry:
            fail(f"{path}: member {excerpt(name)} is {found[name]}, expected {entry}")


def members(path: str, format: str) -> Iterator[tuple[str, dict[str, str], int]]:
    """(name, description, size) of every member that is not a folder."""
    __tracebackhide__ = True
    with os.fdopen(open_regular(path), "rb") as file:
        if format == "zip":
            yield from zip_members(path, file)
        elif format == "tar.zst":
            with zstd_stream(file) as stream:
                yield from tar_members(path, stream, "r|")
        else:
            yield from tar_members(path, file, TAR_FORMATS[format])


def tar_members(path: str, file: IO[bytes], mode: str) -> Iterator[tuple[str, dict[str, str], int]]:
    """The members of a tar stream; nothing is written anywhere."""
    __tracebackhide__ = True
    with tarfile.open(fileobj=file, mode=mode) as archive:  # type: ignore[call-overload]
        for member in archive:
            if member.isdir():
                continue
            if member.issym() or member.islnk():
                yield member.name, {"link": member.linkname}, 0
            elif member.isfile():
                content = archive.extractfile(member)
                yield member.name, {"sha256": stream_sha256(path, content)}, member.size
            else:
                fail(f"{path}: member {excerpt(member.name)} is neither file, folder nor link")


def zip_members(path: str, file: IO[bytes]) -> Iterator[tuple[str, dict[str, str], int]]:
    """The members of a zip file; nothing is written anywhere."""
    __tracebackhide__ = True
    with zipfile.ZipFile(file) as archive:
        for info in archive.infolist():
            if info.is_dir():
                continue
            with archive.open(info) as content:
                if stat.S_ISLNK(info.external_attr >> 16):
                    target = content.read(4096).decode("utf-8", "backslashreplace")
                    yield info.filename, {"link": target}, 0
                else:
                    digest = stream_sha256(path, content)
                    yield info.filename, {"sha256": digest}, info.file_size


def stream_sha256(path: str, stream: IO[bytes] | None) -> str:
    """The SHA-256 of a member, however large it says or does not say it is."""
    __tracebackhide__ = True
    digest, size = hashlib.sha256(), 0
    while stream is not None and (chunk := stream.read(1 << 20)):
        size += len(chunk)
        if size > CONTENT_LIMIT:
            fail(f"{path}: more than {CONTENT_LIMIT} bytes unpacked")
        digest.update(chunk)
    return digest.hexdigest()


@contextmanager
def zstd_stream(file: IO[bytes]) -> Iterator[IO[bytes]]:
    """The decompressed bytes of a zstd file, through the zstd tool."""
    argv = ["/usr/bin/zstd", "-dc", "--memory=512MB"]
    with subprocess.Popen(
        argv, stdin=file, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout
        try:
            yield process.stdout
        finally:
            with suppress(ProcessLookupError):
                process.kill()


def sqlite_rows(path: str, sql: str, expected: str, *, ordered: bool = True) -> None:
    """The query gives the rows of expected/<expected>.json, a list of lists.

    Blobs are written there as {"hex": ...}. The order of the rows matters unless ordered is false.
    """
    __tracebackhide__ = True
    wanted = [canonical(row) for row in expected_json(expected)]
    with database(path) as connection:
        rows = query(path, connection, sql)
    found = [canonical([plain(value) for value in row]) for row in rows]
    if ordered:
        compare_sequences(path, "row", found, wanted)
    else:
        compare_bags(path, "row", found, wanted)


def sqlite_schema(path: str, expected: str) -> None:
    """The database has the tables, columns and indexes of expected/<expected>.json.

    That file is {"tables": {table: [[column, type, not_null, primary_key], ...]}, "indexes":
    {table: [[unique, column, ...], ...]}}; not_null is 0 or 1, primary_key the column's place in
    the key or 0. Without "indexes" indexes do not matter; names of indexes never do.
    """
    __tracebackhide__ = True
    wanted: dict[str, Any] = expected_json(expected)
    with database(path) as connection:
        found = schema_of(path, connection, "indexes" in wanted)
    wanted = {**wanted, "tables": dict(sorted(wanted["tables"].items()))}
    for part in wanted:
        ours, theirs = found[part], wanted[part]
        if ours.keys() != theirs.keys():
            names = f"{excerpt(sorted(ours))}, expected of {excerpt(sorted(theirs))}"
            fail(f"{path}: {part} of {names}")
        for table in theirs:
            if ours[table] != theirs[table]:
                fail(
                    f"{path}: table {table}: {part} {excerpt(ours[table])}, "
                    f"expected {excerpt(theirs[table])}"
                )


def schema_of(path: str, connection: sqlite3.Connection, indexes: bool) -> dict[str, Any]:
    """The schema of a database in the form that sqlite_schema describes."""
    __tracebackhide__ = True
    select = "select name from sqlite_schema where type = 'table' and name not like 'sqlite\\_%'"
    names = [str(row[0]) for row in query(path, connection, select + " escape '\\'")]
    columns = 'select name, upper(type), "notnull", pk from pragma_table_info(?) order by cid'
    found: dict[str, Any] = {
        "tables": {n: [list(row) for row in query(path, connection, columns, n)] for n in names}
    }
    if indexes:
        found["indexes"] = {
            name: listed for name in names if (listed := indexes_of(path, connection, name))
        }
    return found


def indexes_of(path: str, connection: sqlite3.Connection, table: str) -> list[list[Any]]:
    """[unique, column, ...] of each index that was created on a table, sorted."""
    __tracebackhide__ = True
    listed = "select name, \"unique\" from pragma_index_list(?) where origin = 'c'"
    columns = "select name from pragma_index_info(?) order by seqno"
    return sorted(
        [unique, *(row[0] for row in query(path, connection, columns, str(name)))]
        for name, unique in query(path, connection, listed, table)
    )


@contextmanager
def database(path: str) -> Iterator[sqlite3.Connection]:
    """A connection to a private copy of a database with its write-ahead log.

    The original is never opened by SQLite, which would write beside it and could run triggers.
    """
    __tracebackhide__ = True
    folder = tempfile.mkdtemp(dir=TESTS)
    try:
        copy = f"{folder}/copy.db"
        for suffix in ("", "-wal", "-journal"):
            if not suffix or os.path.lexists(path + suffix):
                Path(copy + suffix).write_bytes(read_bytes(path + suffix, 4 * READ_LIMIT))
        with closing(sqlite3.connect(copy)) as connection:
            deadline = time.monotonic() + QUERY_SECONDS
            connection.set_progress_handler(lambda: int(time.monotonic() > deadline), 10_000)
            connection.execute("pragma trusted_schema = off")
            yield connection
    except (sqlite3.Error, ValueError, OverflowError) as error:
        fail(f"{path}: not usable as an SQLite database: {excerpt(str(error))}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def query(path: str, connection: sqlite3.Connection, sql: str, *values: str) -> list[Any]:
    """All rows of a query; an error of the query or of the data fails the check."""
    __tracebackhide__ = True
    try:
        rows = connection.execute(sql, values).fetchmany(ROW_LIMIT + 1)
    except sqlite3.Error as error:
        fail(f"{path}: {excerpt(sql)}: {error}")
    if len(rows) > ROW_LIMIT:
        fail(f"{path}: {excerpt(sql)}: more than {ROW_LIMIT} rows")
    return rows


def plain(value: object) -> object:
    """A value as JSON can hold it."""
    return {"hex": value.hex()} if isinstance(value, bytes) else value

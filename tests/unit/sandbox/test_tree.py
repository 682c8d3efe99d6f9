"""What a tar stream can do to a folder, and what it cannot."""

import contextlib
import io
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shellwright.sandbox.guest import tree
from shellwright.sandbox.guest.wire import Refused, Requests

names = st.lists(
    st.sampled_from(["a", "b", "..", ".", "", "link", "file", "outside"]), min_size=1, max_size=5
).map("/".join)
kinds = st.sampled_from(
    [tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE]
)


class Payload(Requests):
    """Requests whose payload is at hand."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)
        self.left = len(data)

    def _exactly(self, size: int) -> bytes:
        return self._data.read(size)


def packed(members: list[tuple[str, bytes, str]]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, kind, link in members:
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, link
            info.uid, info.gid, info.mode = os.getuid(), os.getgid(), 0o755
            info.size = 4 if kind == tarfile.REGTYPE else 0
            tar.addfile(info, io.BytesIO(b"mine") if info.size else None)
    return buffer.getvalue()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "file").write_text("theirs")
    (tmp_path / "in").mkdir()
    yield tmp_path


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(names, kinds, names), max_size=6))
def test_nothing_leaves_the_folder(place: Path, members: list[tuple[str, bytes, str]]) -> None:
    with contextlib.suppress(Refused, OSError):
        tree.extract(Payload(packed(members)), str(place / "in"), 1 << 20, 100)
    assert [path.name for path in (place / "outside").iterdir()] == ["file"]
    assert (place / "outside" / "file").read_text() == "theirs"
    assert (place / "outside" / "file").stat().st_nlink == 1
    assert {path.name for path in place.iterdir()} == {"in", "outside"}


def test_a_link_in_the_tar_is_not_followed_by_its_next_member(place: Path) -> None:
    link = ("link", tarfile.SYMTYPE, str(place / "outside"))
    with pytest.raises(Refused, match="symbolic link"):
        members = [link, ("link/planted", tarfile.REGTYPE, "")]
        tree.extract(Payload(packed(members)), str(place / "in"), 1 << 20, 100)
    with pytest.raises(Refused, match="hard link"):
        members = [link, ("twin", tarfile.LNKTYPE, "link")]
        tree.extract(Payload(packed(members)), str(place / "in"), 1 << 20, 100)


def test_pack_and_extract_are_inverse(place: Path) -> None:
    source = place / "in" / "one"
    (source / "deep" / "er").mkdir(parents=True)
    (source / "deep" / "file").write_bytes(bytes(range(256)) * 300)
    (source / "deep" / "file").chmod(0o640)
    (source / "empty").touch()
    (source / "link").symlink_to("deep/file")
    os.utime(source / "deep", (1e9, 1e9))
    path = PurePosixPath(source).relative_to("/")
    data = tree.pack([f"/{path}"], 1 << 20)
    tree.extract(Payload(data), str(place / "in" / "copy"), 1 << 20, 100)
    copy = place / "in" / "copy" / path
    assert tree.pack([str(copy)], 1 << 20).replace(bytes(copy), b"") != b""
    assert (copy / "deep" / "file").read_bytes() == (source / "deep" / "file").read_bytes()
    assert (copy / "deep" / "file").stat().st_mode & 0o777 == 0o640
    assert (copy / "link").readlink() == Path("deep/file")
    assert (copy / "deep").stat().st_mtime == 1e9
    assert (copy / "empty").read_bytes() == b""


def test_bounds(place: Path) -> None:
    data = packed([("a", tarfile.REGTYPE, ""), ("b", tarfile.REGTYPE, "")])
    for most_bytes, most_members in ((7, 100), (100, 1)):
        with pytest.raises(Refused, match="more than"):
            tree.extract(Payload(data), str(place / "in"), most_bytes, most_members)
    with pytest.raises(Refused, match="larger than"):
        tree.pack([str(place / "outside")], 5)
    with pytest.raises(Refused, match="larger than"):
        tree.read(str(place / "outside" / "file"), 5)
    assert tree.read(str(place / "outside" / "file"), 6) == b"theirs"


def test_restore_empties_a_folder_and_mends_it(place: Path) -> None:
    folder = place / "in"
    (folder / "a" / "b").mkdir(parents=True)
    (folder / "link").symlink_to(place / "outside")
    folder.chmod(0o700)
    wanted = {"path": str(folder), "uid": os.getuid(), "gid": os.getgid(), "mode": 0o751}
    tree.restore(wanted)
    assert list(folder.iterdir()) == []
    assert folder.stat().st_mode & 0o7777 == 0o751
    assert (place / "outside" / "file").exists()

"""Archives as a source: read as a stream, bounded, and nothing of them on the disk."""

import gzip
import io
import os
import struct
import tarfile
import tracemalloc
import warnings
import zipfile
from pathlib import Path

import pyarrow
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.skills.sources.making import TEXT, gathered, member, reasons, tar

from shellwright.errors import UserError
from shellwright.skills.sources.limits import Limits
from shellwright.skills.sources.meter import Damaged, Meter
from shellwright.skills.sources.tar import TarReader

DATA = Path(__file__).parents[4].parent / "shared" / "data"
MIB = 1024 * 1024


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_every_form_of_tar_is_read(tmp_path: Path, mode: str, form: int) -> None:
    deep = "/".join(["folder-with-a-name"] * 7)
    members = [member("top", b"", type=tarfile.DIRTYPE), member(f"top/{deep}/SKILL.md")]
    tar(tmp_path / "a", [*members, member("top/LICENSE", b"MIT")], mode, format=form)
    (skill,), refusals = gathered(tmp_path, kind="archive", path="a")
    assert (skill.path, skill.files[0].content) == (f"top/{deep}", TEXT)
    assert skill.license_files[0].content == b"MIT"
    assert not refusals


def test_zstandard_is_read(tmp_path: Path) -> None:
    plain = tar(tmp_path / "plain", [member("a/SKILL.md")], "w").read_bytes()
    with pyarrow.output_stream(tmp_path / "a.tar.zst", compression="zstd") as packed:
        packed.write(plain)
    (skill,), _ = gathered(tmp_path, kind="archive", path="a.tar.zst")
    assert skill.files[0].content == TEXT


def test_a_folder_an_archive_and_a_zip_give_the_same(tmp_path: Path) -> None:
    (tmp_path / "src/b").mkdir(parents=True)
    (tmp_path / "src/b/SKILL.md").write_bytes(TEXT)
    tar(tmp_path / "a.tar", [member("b/SKILL.md")], "w")
    zipped(tmp_path, {"b/SKILL.md": TEXT})
    found = [gathered(tmp_path, kind="folder", path="src")]
    found += [gathered(tmp_path, kind="archive", path=path) for path in ("a.tar", "a.zip")]
    assert found[0] == found[1] == found[2]


def test_paths_that_lead_out_and_what_is_no_file_are_refused(tmp_path: Path) -> None:
    members = [
        member("/etc/SKILL.md"),
        member("../up/SKILL.md"),
        member("a/../../b/SKILL.md"),
        member("link/SKILL.md", b"", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
        member("hard/SKILL.md", b"", type=tarfile.LNKTYPE, linkname="good/SKILL.md"),
        member("device/SKILL.md", b"", type=tarfile.CHRTYPE),
        member("fifo/SKILL.md", b"", type=tarfile.FIFOTYPE),
        member("win\\dows\\SKILL.md"),
        member("good/SKILL.md"),
        member("./good//SKILL.md", b"another"),
        member("bad\udcff/SKILL.md"),
        member("line\nfeed/SKILL.md"),
    ]
    tar(tmp_path / "a", members, "w", format=tarfile.GNU_FORMAT, errors="surrogateescape")
    skills, refusals = gathered(tmp_path, kind="archive", path="a")
    assert [(skill.path, skill.files[0].content) for skill in skills] == [("good", TEXT)]
    assert reasons(refusals) == {
        "/etc/SKILL.md": "its path is absolute",
        "../up/SKILL.md": "its path leads out of the source (..)",
        "a/../../b/SKILL.md": "its path leads out of the source (..)",
        "link/SKILL.md": "is a symbolic link",
        "hard/SKILL.md": "is a hard link",
        "device/SKILL.md": "is a device",
        "fifo/SKILL.md": "is a FIFO",
        "win\\dows\\SKILL.md": "its path has backslashes, no slashes",
        "good/SKILL.md": "another file of the archive has the same path",
        "bad\N{REPLACEMENT CHARACTER}/SKILL.md": "its name is not valid UTF-8",
        "line\N{REPLACEMENT CHARACTER}feed/SKILL.md": "its name holds control characters",
    }


def test_a_bomb_of_zeros_stops_early_and_what_came_before_counts(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "a.tar.gz", "wb", compresslevel=1) as packed:
        packed.write(header("a/SKILL.md", TEXT))
        info = tarfile.TarInfo("zeros.txt")
        info.size = 500 * MIB
        packed.write(info.tobuf(tarfile.GNU_FORMAT))
        for _ in range(500):
            packed.write(bytes(MIB))
    tracemalloc.start()
    skills, refusals = gathered(tmp_path, kind="archive", path="a.tar.gz")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [skill.path for skill in skills] == ["a"]
    assert "skills.limits.ratio" in reasons(refusals)[""]
    assert peak < 20 * MIB
    _, refusals = gathered(
        tmp_path, Limits(ratio=10**6, total_mb=50), kind="archive", path="a.tar.gz"
    )
    assert "skills.limits.total_mb" in reasons(refusals)[""]


def test_very_many_entries_stop_early(tmp_path: Path) -> None:
    members = (member(f"{number:06}/SKILL.md", b"") for number in range(50_000))
    tar(tmp_path / "a.tar", members, "w")
    size = (tmp_path / "a.tar").stat().st_size
    meter = Meter(Limits(entries=1000))
    with (tmp_path / "a.tar").open("rb") as file:
        reader = TarReader(file, meter)
        with pytest.raises(Exception, match=r"skills\.limits\.entries"):
            list(reader.members())
        assert file.tell() < size / 40
    skills, refusals = gathered(tmp_path, Limits(entries=1000), kind="archive", path="a.tar")
    assert len(skills) == 1000
    assert "skills.limits.entries" in reasons(refusals)[""]


def header(name: str, content: bytes) -> bytes:
    info, _ = member(name, content)
    return info.tobuf(tarfile.GNU_FORMAT) + content + bytes(-len(content) % 512)


def test_headers_without_end_are_neither_held_nor_followed_in_depth(tmp_path: Path) -> None:
    long = member("x", b"", type=tarfile.XHDTYPE, size=10**9)[0].tobuf()
    (tmp_path / "long").write_bytes(header("a/SKILL.md", TEXT) + long + bytes(2 * MIB))
    skills, refusals = gathered(tmp_path, kind="archive", path="long")
    assert len(skills) == 1
    assert "an extended header of 1000000000 bytes" in reasons(refusals)[""]
    chain = header("a/SKILL.md", TEXT)
    chain += b"".join([member("x", b"", type=tarfile.XHDTYPE)[0].tobuf()] * 5000)
    (tmp_path / "chain").write_bytes(chain + header("b/SKILL.md", TEXT) + bytes(1024))
    skills, refusals = gathered(tmp_path, kind="archive", path="chain")
    assert ([skill.path for skill in skills], refusals) == (["a", "b"], [])


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_a_truncated_archive_gives_what_it_has(tmp_path: Path, mode: str) -> None:
    noise = [member(f"{n}/SKILL.md", os.urandom(200_000)) for n in range(10)]
    whole = tar(tmp_path / "a", noise, mode).read_bytes()
    (tmp_path / "a").write_bytes(whole[: len(whole) // 2])
    skills, refusals = gathered(tmp_path, kind="archive", path="a")
    assert 0 < len(skills) < 10
    assert all(skill.files[0].whole for skill in skills[:-1])
    assert "cut off" in reasons(refusals)[""]


@given(st.binary(max_size=3000), st.integers(0, 4000), st.binary(min_size=1, max_size=40))
def test_a_damaged_tar_ends_in_damaged_and_nothing_else(
    content: bytes, place: int, damage: bytes
) -> None:
    archive = bytearray(header("a/SKILL.md", content) + header("b/SKILL.md", TEXT) + bytes(1024))
    archive[place : place + len(damage)] = damage
    reader = TarReader(io.BytesIO(archive), Meter(Limits()))
    try:
        for each in reader.members():
            assert len(reader.read(10**6)) <= max(0, each.size)
    except Damaged:
        pass


@given(st.lists(st.tuples(st.text("ab/é.", min_size=1, max_size=200), st.binary(max_size=2000))))
def test_tar_is_read_as_the_standard_library_writes_it(files: list[tuple[str, bytes]]) -> None:
    for form in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w", format=form) as archive:
            for name, content in files:
                info, _ = member(name.rstrip("/") or "x", content)
                archive.addfile(info, io.BytesIO(content))
        packed.seek(0)
        reader = TarReader(packed, Meter(Limits()))
        found = [(each.name.decode(), reader.read(10**6)) for each in reader.members()]
        assert found == [(name.rstrip("/") or "x", content) for name, content in files]


def zipped(tmp_path: Path, files: dict[str, bytes], **more: int) -> Path:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED, **more)
    return tmp_path / "a.zip"


def test_hostile_members_of_a_zip_are_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path, {"../a/SKILL.md": TEXT, "/b/SKILL.md": TEXT, "c/SKILL.md": TEXT})
    with zipfile.ZipFile(path, "a") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        link = zipfile.ZipInfo("d/SKILL.md")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("c/SKILL.md", b"again")
        archive.writestr("e\xe9/SKILL.md", TEXT)
        archive.writestr("locked/SKILL.md", TEXT)
    raw = bytearray(path.read_bytes())
    central = raw.rfind(b"locked/SKILL.md") - 46
    raw[central + 8] |= 1
    path.write_bytes(bytes(raw).replace("e\xe9/".encode(), b"e\xff\xff/"))
    skills, refusals = gathered(tmp_path, kind="archive", path="a.zip")
    assert [(skill.path, skill.files[0].content) for skill in skills] == [("c", TEXT)]
    assert reasons(refusals) == {
        "../a/SKILL.md": "its path leads out of the source (..)",
        "/b/SKILL.md": "its path is absolute",
        "d/SKILL.md": "is a symbolic link",
        "c/SKILL.md": "another file of the archive has the same path",
        "e\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}/SKILL.md": (
            "its name is not valid UTF-8"
        ),
        "locked/SKILL.md": "is encrypted",
    }


def test_a_member_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path, {"a/SKILL.md": bytes(50 * MIB), "b/SKILL.md": TEXT})
    raw = bytearray(path.read_bytes())
    central = raw.find(b"PK\1\2")
    raw[central + 24 : central + 28] = struct.pack("<L", 10)
    path.write_bytes(raw)
    skills, refusals = gathered(tmp_path, kind="archive", path="a.zip")
    assert [skill.path for skill in skills] == ["b"]
    assert reasons(refusals)["a/SKILL.md"] == "is not of 10 bytes, as the archive says"


def test_a_zip_bomb_is_only_unpacked_as_far_as_a_file_is_read(tmp_path: Path) -> None:
    zipped(tmp_path, {"a/SKILL.md": TEXT + bytes(100 * MIB)})
    (skill,), _ = gathered(tmp_path, kind="archive", path="a.zip")
    assert (len(skill.files[0].content), skill.files[0].whole) == (256 * 1024, False)


def test_many_zip_bombs_pass_the_ratio(tmp_path: Path) -> None:
    zipped(tmp_path, {f"{n:03}/SKILL.md": bytes(256 * 1024) for n in range(60)})
    skills, refusals = gathered(tmp_path, kind="archive", path="a.zip")
    assert 30 < len(skills) < 60
    assert "skills.limits.ratio" in reasons(refusals)[""]


def test_a_long_zip_stops_early(tmp_path: Path) -> None:
    zipped(tmp_path, {f"{n:05}/SKILL.md": b"" for n in range(3000)})
    skills, refusals = gathered(tmp_path, Limits(entries=100), kind="archive", path="a.zip")
    assert len(skills) == 100
    assert "skills.limits.entries" in reasons(refusals)[""]


def test_a_truncated_zip_is_reported(tmp_path: Path) -> None:
    path = zipped(tmp_path, {"a/SKILL.md": TEXT})
    path.write_bytes(path.read_bytes()[:-30])
    skills, refusals = gathered(tmp_path, kind="archive", path="a.zip")
    assert not skills
    assert "cut off" in reasons(refusals)[""]


def test_nothing_is_written(tmp_path: Path) -> None:
    tar(tmp_path / "a", [member("a/SKILL.md")])
    gathered(tmp_path, kind="archive", path="a")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("content", [b"", b"hello\n" * 200])
def test_what_is_no_archive_is_the_users_to_correct(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(UserError, match="neither a tar nor a zip"):
        gathered(tmp_path, kind="archive", path="a")


def test_a_missing_archive_or_a_fifo_is_the_users_to_correct(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    for path in ("none", "fifo"):
        with pytest.raises(UserError, match=r"skills\.sources"):
            gathered(tmp_path, kind="archive", path=path)


@pytest.mark.parametrize(
    ("kind", "name", "skills"),
    [("archive", "openclaw-skills.tar.gz", 2450), ("tldr", "tldr-pages.tar.gz", 6600)],
)
def test_real_sources_are_read_in_full(tmp_path: Path, kind: str, name: str, skills: int) -> None:
    if not (DATA / name).exists():
        pytest.skip(f"{name} does not lie in {DATA}")
    found, _ = gathered(tmp_path, kind=kind, path=os.fspath(DATA / name))
    assert skills <= len(found) < skills * 1.01
    assert all(skill.license_files for skill in found)

"""Sources of the size that one fears: a file of 500 MB, a million files. Each is small on disk.

Each is read in a process of its own, whose memory is measured. How long it may take is up to the
limit on seconds, and to no test. A folder of a million files takes half a minute to make: that the
number of entries bounds a folder is tested with few.
"""

import gzip
import json
import os
import struct
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.unit.skills.sources.making import TEXT, member

ROOT = Path(__file__).parents[4]
MIB = 1024 * 1024
BIG = 500 * MIB
MILLION = 1_000_000
MOST_MEMORY = 600 * MIB
CUT = f"is {BIG} bytes, of which 256 KiB are read (skills.limits.file_kb)"
TOO_LARGE = "is larger than 1024 KiB (skills.limits.skill_kb)"
TOO_MANY = f"has more than {MILLION} entries (skills.limits.entries); the rest is not read"

# The resident set at its largest comes from the process's own memory: what getrusage says of a
# process begins with that of the one that started it. Git's is below this one's, or told by it.
CHILD = """
import json, re, resource, sys
from pathlib import Path
from shellwright.skills.sources.gather import gather
from shellwright.skills.sources.limits import Limits

folder, source = Path(sys.argv[1]), json.loads(sys.argv[2])
found = gather({"name": "wild", **source}, folder, folder / "cache", Limits())
skills = {skill.path: sum(len(file.content) for file in skill.files) for skill in found.skills}
own = int(re.search(r"VmHWM:\\s*(\\d+)", Path("/proc/self/status").read_text())[1])
git = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
refusals = [(each.path, each.reason) for each in found.listed()]
print(json.dumps({"skills": skills, "refusals": refusals, "memory": 1024 * max(own, git)}))
"""


@dataclass(frozen=True)
class Gathered:
    """The bytes that were read of each skill, and the reasons of what was refused, by path."""

    skills: dict[str, int]
    refusals: dict[str, str]


def gathered(folder: Path, **source: Any) -> Gathered:
    """What a source gives with the limits that are the default, in bounded memory."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD, os.fspath(folder), json.dumps(source)],
        env={**os.environ, "PYTHONPATH": os.fspath(ROOT / "scripts")},
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    said = json.loads(done.stdout)
    assert said["memory"] < MOST_MEMORY
    return Gathered(said["skills"], dict(said["refusals"]))


def header(name: str, size: int) -> bytes:
    return member(name, b"", size=size)[0].tobuf()


def skill(folder: str) -> bytes:
    """A skill as a tar archive has it."""
    return header(f"{folder}/SKILL.md", len(TEXT)) + TEXT + bytes(-len(TEXT) % 512)


def test_a_folder_with_files_of_500_mb(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / "src" / name).mkdir(parents=True)
        (tmp_path / "src" / name / "SKILL.md").write_bytes(TEXT)
    for name in ("a/big.md", "a/big.bin", "b/SKILL.md"):
        with (tmp_path / "src" / name).open("ab") as sparse:
            sparse.truncate(BIG)
    found = gathered(tmp_path, kind="folder", path="src")
    assert found.skills == {"a": len(TEXT) + 256 * 1024, "b": 256 * 1024, "c": len(TEXT)}
    assert found.refusals == {"a/big.md": CUT, "b/SKILL.md": CUT}


def test_a_tar_with_a_file_of_500_mb(tmp_path: Path) -> None:
    with (tmp_path / "a.tar").open("wb") as archive:
        archive.write(skill("a") + header("b/SKILL.md", BIG))
        archive.seek(BIG, os.SEEK_CUR)
        archive.write(skill("c") + bytes(1024))
    found = gathered(tmp_path, kind="archive", path="a.tar")
    assert found.skills == {"a": len(TEXT), "b": 256 * 1024, "c": len(TEXT)}
    assert found.refusals == {"b/SKILL.md": CUT}


@pytest.mark.parametrize("name", ["b/SKILL.md", "b.bin"])
def test_a_packed_tar_with_a_file_of_500_mb(tmp_path: Path, name: str) -> None:
    with (tmp_path / "a.tar.gz").open("wb") as archive:
        # Gzip's parts follow each other: the same one is written again and again.
        zeros = gzip.compress(bytes(10 * MIB))
        archive.write(gzip.compress(skill("a") + header(name, BIG)))
        for _ in range(50):
            archive.write(zeros)
        archive.write(gzip.compress(skill("c") + bytes(1024)))
    found = gathered(tmp_path, kind="archive", path="a.tar.gz")
    stopped = "unpacks to more than 200 times its size (skills.limits.ratio); the rest is not read"
    assert found.refusals[""] == stopped
    # What was listed before counts.
    assert found.skills["a"] == len(TEXT)
    assert "c" not in found.skills


def test_a_zip_with_a_file_of_500_mb(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("a/SKILL.md", TEXT)
        with archive.open("b/SKILL.md", "w") as big:
            for _ in range(50):
                big.write(bytes(10 * MIB))
        archive.writestr("c/SKILL.md", TEXT)
    found = gathered(tmp_path, kind="archive", path="a.zip")
    assert found.skills == {"a": len(TEXT), "b": 256 * 1024, "c": len(TEXT)}
    assert found.refusals == {"b/SKILL.md": CUT}


class Repository:
    """A bare repository whose objects are written one by one: trees may share what they hold."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir()
        self.git("init", "--quiet", "--bare", "--initial-branch=main", ".")

    def git(self, *arguments: str, given: Iterable[bytes] = ()) -> str:
        identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
        process = subprocess.Popen(
            ["git", *identity, "-c", "core.compression=1", *arguments],
            cwd=self.path,
            env={"PATH": os.environ["PATH"], "HOME": os.fspath(self.path)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert process.stdin and process.stdout
        with process:
            for data in given:
                process.stdin.write(data)
            process.stdin.close()
            said = process.stdout.read().decode().strip()
        assert process.returncode == 0
        return said

    def blob(self, *content: bytes) -> str:
        return self.git("hash-object", "-w", "--stdin", given=content)

    def tree(self, **entries: str) -> str:
        """A tree of blobs and trees; two underscores stand for a dot."""
        kinds = {name: "100644 blob" if "__" in name else "040000 tree" for name in entries}
        lines = [
            f"{kinds[name]} {entry}\t{name.replace('__', '.')}\n" for name, entry in entries.items()
        ]
        return self.git("mktree", given=["".join(lines).encode()])

    def gathered(self, tree: str) -> Gathered:
        self.git("update-ref", "refs/heads/main", self.git("commit-tree", tree, "-m", "all"))
        size = sum(path.stat().st_size for path in self.path.rglob("*") if path.is_file())
        assert size < 3 * MIB
        source = {"kind": "git", "url": f"file://{self.path}", "ref": "main"}
        return gathered(self.path.parent, **source)


def test_a_repository_with_files_of_500_mb(tmp_path: Path) -> None:
    origin = Repository(tmp_path / "origin")
    text = origin.blob(TEXT)
    big = origin.blob(*[bytes(10 * MIB)] * 50)
    a = origin.tree(SKILL__md=text, big__md=big, big__bin=big)
    found = origin.gathered(
        origin.tree(a=a, b=origin.tree(SKILL__md=big), c=origin.tree(SKILL__md=text))
    )
    assert found.skills == {"a": len(TEXT), "c": len(TEXT)}
    assert found.refusals == {"a/big.md": TOO_LARGE, "b/SKILL.md": TOO_LARGE}


@pytest.mark.slow
def test_a_repository_of_a_million_files(tmp_path: Path) -> None:
    origin = Repository(tmp_path / "origin")
    text = origin.blob(TEXT)
    a = origin.tree(SKILL__md=text)
    thousand = origin.tree(**{f"{number:03}__md": text for number in range(1000)})
    million = {f"z{number:03}": thousand for number in range(1000)}
    found = origin.gathered(origin.tree(a=a, **million))
    assert found.skills == {"a": len(TEXT)}
    assert found.refusals == {"": TOO_MANY}


@pytest.mark.slow
def test_a_skill_of_nearly_a_million_files(tmp_path: Path) -> None:
    origin = Repository(tmp_path / "origin")
    text = origin.blob(TEXT)
    thousand = origin.tree(**{f"{number:03}__md": text for number in range(1000)})
    skill = origin.tree(SKILL__md=text, **{f"z{number:03}": thousand for number in range(999)})
    found = origin.gathered(origin.tree(a=skill, b=origin.tree(SKILL__md=text)))
    assert found.skills == {"a": 64 * len(TEXT), "b": len(TEXT)}
    left = "998937 of its 999001 files are left out (skills.limits.skill_files: 64, skill_kb: 1024)"
    assert found.refusals == {"a": left}


def test_many_texts_that_name_far_more_files_than_there_are(tmp_path: Path) -> None:
    origin = Repository(tmp_path / "origin")
    words = origin.blob(" ".join(f"{number:x}" for number in range(45_000)).encode())
    one = origin.blob(b"x")
    skill = origin.tree(SKILL__md=words, **{f"{number:x}__md": one for number in range(70)})
    found = origin.gathered(origin.tree(**{f"{number:03}": skill for number in range(200)}))
    assert len(found.skills) == 200
    assert "7 of its 71 files are left out" in found.refusals["000"]


def numbered(count: int) -> Iterator[bytes]:
    """Headers of empty files of different names, in lots."""
    first = header("0000000.md", 0)
    stated = int(first[148:154], 8) - 7 * ord("0")
    for lot in range(0, count, 1000):
        names = (b"%07d" % number for number in range(lot, lot + 1000))
        yield b"".join(
            name + first[7:148] + b"%06o\0 " % (stated + sum(name)) + first[156:] for name in names
        )


@pytest.mark.slow
def test_a_tar_of_a_million_members(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "a.tar.gz", "wb", compresslevel=1) as archive:
        archive.write(skill("a"))
        for headers in numbered(MILLION + 1000):
            archive.write(headers)
        archive.write(skill("c") + bytes(1024))
    found = gathered(tmp_path, kind="archive", path="a.tar.gz")
    assert found.skills == {"a": len(TEXT)}
    assert found.refusals == {"": TOO_MANY}


@pytest.mark.slow
def test_a_zip_of_a_million_members(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a/SKILL.md", TEXT)
    content = (tmp_path / "a.zip").read_bytes()
    place, end = content.find(b"PK\1\2"), content.find(b"PK\5\6")
    # A record of the list of files for each: none of them needs a content of its own.
    record = content[place : place + 28] + struct.pack("<3H", 10, 0, 0) + content[place + 34 : end]
    record = record[:46]
    with (tmp_path / "a.zip").open("wb") as archive:
        archive.write(content[:end])
        for number in range(MILLION):
            archive.write(record + b"%07d.md" % number)
        size = archive.tell() - place
        archive.write(content[end : end + 12] + struct.pack("<2LH", size, place, 0))
    found = gathered(tmp_path, kind="archive", path="a.zip")
    assert found.skills == {"a": len(TEXT)}
    assert found.refusals == {"": TOO_MANY}

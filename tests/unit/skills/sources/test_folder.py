"""A folder as a source: what belongs to a skill, and what is never opened."""

import os
import socket
from pathlib import Path

import pytest
from tests.unit.skills.sources.making import TEXT, gathered, reasons

from shellwright.errors import UserError
from shellwright.skills.sources.limits import Limits


def write(root: Path, **files: bytes) -> Path:
    for name, content in files.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write(tmp_path / "src", **{"one__SKILL.md": TEXT, "two__skill.md": TEXT})


def test_skills_come_sorted_with_their_files(tmp_path: Path, root: Path) -> None:
    write(root, **{"one__scripts__run.sh": b"true", "one__photo.png": b"x", "README.md": b"x"})
    skills, refusals = gathered(tmp_path, kind="folder", path="src")
    assert [skill.path for skill in skills] == ["one", "two"]
    assert [file.path for file in skills[0].files] == ["one/SKILL.md", "one/scripts/run.sh"]
    assert not refusals


def test_a_nested_skill_keeps_its_files_to_itself(tmp_path: Path, root: Path) -> None:
    write(root, **{"one__more__SKILL.md": TEXT, "one__more__a.txt": b"a"})
    skills, _ = gathered(tmp_path, kind="folder", path="src")
    assert [len(skill.files) for skill in skills] == [1, 2, 1]


def test_licences_come_nearest_first(tmp_path: Path, root: Path) -> None:
    write(root, **{"LICENSE": b"root", "one__COPYING.txt": b"near", "license_check.py": b"code"})
    skills, _ = gathered(tmp_path, kind="folder", path="src", folder="one")
    assert [file.content for file in skills[0].license_files] == [b"near", b"root"]
    assert len(skills) == 1


def test_the_root_itself_may_be_a_skill(tmp_path: Path) -> None:
    write(tmp_path / "src", **{"SKILL.md": TEXT})
    skills, _ = gathered(tmp_path, kind="folder", path="src")
    assert [skill.path for skill in skills] == ["."]


def test_links_devices_and_fifos_are_reported_and_not_opened(tmp_path: Path, root: Path) -> None:
    (tmp_path / "secret.md").write_bytes(b"secret")
    (root / "one/a.md").symlink_to(tmp_path / "secret.md")
    (root / "loop").symlink_to(root)
    os.mkfifo(root / "one/b.md")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.fspath(root / "s.md"))
        skills, refusals = gathered(tmp_path, kind="folder", path="src")
    assert reasons(refusals) == {
        "one/a.md": "is a symbolic link",
        "loop": "is a symbolic link",
        "one/b.md": "is a FIFO",
        "s.md": "is a socket",
    }
    assert [file.path for file in skills[0].files] == ["one/SKILL.md"]


def test_a_folder_that_becomes_a_link_is_not_followed(tmp_path: Path, root: Path) -> None:
    from shellwright.skills.sources.folder import FolderTree
    from shellwright.skills.sources.meter import Meter
    from shellwright.skills.sources.report import Report

    report = Report()
    tree = FolderTree(root, report)
    entries = list(tree.entries(Meter(Limits())))
    (root / "one").rename(tmp_path / "elsewhere")
    (root / "one").symlink_to(tmp_path / "elsewhere")
    with tree.contents(entries, Meter(Limits())) as read:
        assert [read(entry) is None for entry in entries] == [True, False]


def test_names_and_contents_may_be_no_utf_8(tmp_path: Path, root: Path) -> None:
    (root / os.fsdecode(b"bad\xff.md")).write_bytes(b"x")
    (root / "one/data.txt").write_bytes(b"\xff\xfe\0")
    skills, refusals = gathered(tmp_path, kind="folder", path="src")
    assert reasons(refusals) == {"bad\N{REPLACEMENT CHARACTER}.md": "its name is not valid UTF-8"}
    assert skills[0].files[1].content == b"\xff\xfe\0"


def test_big_files_are_cut(tmp_path: Path, root: Path) -> None:
    write(root, **{"one__big.txt": b"x" * 3000})
    skills, _ = gathered(tmp_path, Limits(file_kb=2), kind="folder", path="src")
    big = skills[0].files[1]
    assert (len(big.content), big.whole) == (2048, False)


def test_a_skill_has_a_bounded_number_of_files_and_bytes(tmp_path: Path, root: Path) -> None:
    write(root, **{f"one__{number:03}.txt": b"x" * 1000 for number in range(100)})
    skills, refusals = gathered(tmp_path, Limits(skill_files=5), kind="folder", path="src")
    assert len(skills[0].files) == 5
    assert skills[0].files[-1].path == "one/SKILL.md"
    assert "96 of its 101 files" in reasons(refusals)["one"]
    skills, _ = gathered(tmp_path, Limits(skill_kb=3), kind="folder", path="src")
    assert sum(len(file.content) for file in skills[0].files) <= 3072


@pytest.mark.parametrize("limits", [Limits(entries=3), Limits(skills=1), Limits(seconds=0)])
def test_a_limit_on_the_source_is_named(tmp_path: Path, root: Path, limits: Limits) -> None:
    skills, refusals = gathered(tmp_path, limits, kind="folder", path="src")
    assert len(skills) < 2
    key = next(name for name in ("entries", "skills", "seconds") if getattr(limits, name) < 4)
    assert f"skills.limits.{key}" in reasons(refusals)[""]


def test_the_digest_is_of_contents_licences_and_place(tmp_path: Path, root: Path) -> None:
    def digests() -> list[str]:
        return [skill.digest for skill in gathered(tmp_path, kind="folder", path="src")[0]]

    first = digests()
    os.utime(root / "one/SKILL.md", (1, 1))
    assert digests() == first
    assert first[0] != first[1]
    write(root, LICENSE=b"MIT")
    assert set(digests()).isdisjoint(first)


def test_a_missing_folder_is_the_users_to_correct(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such folder"):
        gathered(tmp_path, kind="folder", path="nowhere")


def test_tldr_pages_are_skills_of_one_page(tmp_path: Path) -> None:
    pages = {"pages__common__tar.md": b"# tar", "pages__linux__license.md": b"# license"}
    others = {"pages.de__common__tar.md": b"# tar", "pages__osx__say.md": b"#", "LICENSE.md": b"L"}
    write(tmp_path / "src", **pages, **others)
    skills, _ = gathered(tmp_path, kind="tldr", path="src")
    assert [skill.path for skill in skills] == ["common/tar.md", "linux/license.md"]
    assert [[file.content for file in skill.files] for skill in skills] == [
        [b"# tar"],
        [b"# license"],
    ]
    assert {len(skill.license_files) for skill in skills} == {1}


def test_pages_for_other_systems_and_languages_are_counted(tmp_path: Path) -> None:
    pages = [f"pages__{name}.md" for name in ("common__tar", "osx__say", "osx__open", "windows__x")]
    pages += [f"pages.de__{name}.md" for name in ("common__tar", "linux__ip", "osx__say")]
    no_pages = ["README.md", "docs__style.md", "tools__osx__note.md"]
    write(tmp_path / "src", **dict.fromkeys([*pages, *no_pages], b"# page"))
    skills, refusals = gathered(tmp_path, kind="tldr", path="src")
    assert [skill.path for skill in skills] == ["common/tar.md"]
    assert {(each.path, each.count) for each in refusals} == {
        ("pages/osx", 2),
        ("pages/windows", 1),
        ("pages.de", 3),
    }
    said = reasons(refusals)
    assert said["pages/osx"] == "for another system than common and linux: 2 pages are left out"
    assert said["pages.de"] == "in another language than English: 3 pages are left out"


def test_a_file_that_is_read_in_part_is_reported(tmp_path: Path, root: Path) -> None:
    write(root, **{"one__long.py": b"x" * 5000, "one__short.py": b"x" * 1024})
    limits = Limits(file_kb=1)
    skills, refusals = gathered(tmp_path, limits, kind="folder", path="src")
    assert reasons(refusals) == {
        "one/long.py": "is 5000 bytes, of which 1 KiB are read (skills.limits.file_kb)"
    }
    assert [file.whole for file in skills[0].files] == [True, False, True]


def test_scripts_and_what_the_text_names_come_first(tmp_path: Path, root: Path) -> None:
    names = [f"one__a{number:03}.txt" for number in range(70)]
    write(root, **dict.fromkeys(names, b"x"), **{"one__zz.sh": b"sort a", "one__zz.md": b"x"})
    write(root, **{"one__SKILL.md": TEXT + b"See docs/zz.md.\n"})
    skills, _ = gathered(tmp_path, Limits(skill_files=4), kind="folder", path="src")
    paths = ["one/SKILL.md", "one/a000.txt", "one/zz.md", "one/zz.sh"]
    assert [file.path for file in skills[0].files] == paths
    assert len(skills[0].left) == 69


def test_what_is_not_read_is_named(tmp_path: Path, root: Path) -> None:
    write(root, **{"one__logo.png": b"x", "one__prepare": b"#!/bin/sh\nsort a\n"})
    skills, refusals = gathered(tmp_path, kind="folder", path="src")
    assert skills[0].left == ("one/logo.png",)
    assert [file.path for file in skills[0].files] == ["one/SKILL.md", "one/prepare"]
    assert not refusals

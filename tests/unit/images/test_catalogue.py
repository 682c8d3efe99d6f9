"""Keys and packages of images, read from Dockerfiles."""

import re
from pathlib import Path

import pytest

from shellwright.errors import UserError
from shellwright.images.catalogue import (
    FOLDER,
    domains,
    environment_key,
    lineage,
    packages_of,
    tag,
)

BASE = {"reference": "debian:stable@sha256:00", "suite": "bookworm", "fallback": "none"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    images = {
        "common": "FROM shellwright/base\nRUN apt-get update && apt-get install \\\n"
        "    tar g++ \\\n    # a comment, not-a-package\n    libc6-dev --yes \\\n"
        "    && rm -rf /var/lib/apt/lists/*\nRUN echo not-this\n",
        "maths": "FROM shellwright/common\nRUN apt-get install bc\n",
        "words": "FROM shellwright/common\nRUN apt-get install wdiff \\\n && apt-get install ed\n",
    }
    for name, text in images.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "Dockerfile").write_text(text)
    return tmp_path


def test_domains_are_the_images_that_nothing_builds_on(folder: Path) -> None:
    assert domains(folder) == ["maths", "words"]
    assert lineage("maths", folder) == ["common", "maths"]


def test_packages_are_those_of_the_whole_lineage(folder: Path) -> None:
    assert packages_of("maths", folder) == {"tar", "g++", "libc6-dev", "bc"}
    assert packages_of("words", folder) == {"tar", "g++", "libc6-dev", "wdiff", "ed"}


def test_a_key_covers_what_an_image_is_made_of_and_nothing_else(folder: Path) -> None:
    key = environment_key("maths", BASE, folder)
    assert re.fullmatch("[0-9a-f]{64}", key)
    assert environment_key("words", BASE, folder) != key
    assert environment_key("maths", {**BASE, "fallback": "mmdebstrap"}, folder) == key
    assert environment_key("maths", {**BASE, "sources": []}, folder) == key
    assert environment_key("maths", {**BASE, "sources": ["deb x y main"]}, folder) != key
    assert environment_key("maths", {**BASE, "reference": "debian@sha256:01"}, folder) != key
    (folder / "words" / "file").write_text("")
    assert environment_key("maths", BASE, folder) == key
    (folder / "common" / "file").write_text("")
    assert environment_key("maths", BASE, folder) != key


def test_mistakes_are_named(folder: Path) -> None:
    (folder / "maths" / "Dockerfile").write_text("FROM debian\n")
    with pytest.raises(UserError, match=r"maths/Dockerfile: found 0 lines"):
        lineage("maths", folder)
    (folder / "common" / "Dockerfile").write_text("FROM shellwright/words\n")
    with pytest.raises(UserError, match="builds on itself"):
        lineage("words", folder)
    with pytest.raises(UserError, match="needs a Dockerfile"):
        lineage("colours", folder)
    (folder / "words").rename(folder / "task")
    with pytest.raises(UserError, match="task: the name is taken"):
        domains(folder)


def test_tags_hold_the_key() -> None:
    assert tag("maths", "0123456789abcdef" * 4) == "shellwright/maths:0123456789abcdef"


def test_the_nine_domains() -> None:
    assert domains() == [
        "data-processing",
        "data-querying",
        "data-science",
        "debugging",
        "file-operations",
        "scientific-computing",
        "security",
        "software-engineering",
        "system-administration",
    ]
    for domain in domains():
        assert {"tmux", "python3-pytest", "git", "jq"} <= packages_of(domain)
        assert lineage(domain)[0] == "common"
        text = (FOLDER / domain / "Dockerfile").read_text()
        assert "pip" not in text.split()

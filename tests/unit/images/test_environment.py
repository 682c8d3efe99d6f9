"""The environments that tasks bring themselves: their keys and their build contexts."""

import dataclasses
import io
import re
import tarfile
from pathlib import Path
from typing import Any

import pytest

from shellwright.images.environment import Environment
from shellwright.images.workshop import Workshop
from shellwright.store import ItemFailed

BASE = {"reference": "debian:stable@sha256:00", "suite": "bookworm", "fallback": "none"}
TEXT = "FROM shellwright/common\nCOPY tool /usr/local/bin/tool\nADD fixture.tar /\n"


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    (tmp_path / "images" / "common").mkdir(parents=True)
    (tmp_path / "images" / "common" / "Dockerfile").write_text("FROM shellwright/base\n")
    return Workshop(BASE, tmp_path / "results", folder=tmp_path / "images")


def files(text: str = TEXT, **others: bytes) -> list[dict[str, Any]]:
    contents = {
        "environment/Dockerfile": text.encode(),
        "environment/tool": b"#!/bin/sh\n",
        "environment/fixture.tar": b"input",
        "environment/docker-compose.yaml": b"services:\n",
        "tests/test.sh": b"exit 0\n",
        **{f"environment/{name}": content for name, content in others.items()},
    }
    return [
        {"path": path, "mode": 0o755 if path.endswith("tool") else 0o644, "content": content}
        for path, content in contents.items()
    ]


def key(shop: Workshop, *changed: Any, **others: bytes) -> str:
    return Environment.of_files(files(*changed, **others)).key(shop)


def test_a_key_covers_dockerfile_context_and_what_lies_below(shop: Workshop) -> None:
    first = key(shop)
    assert re.fullmatch("[0-9a-f]{64}", first)
    assert key(shop, TEXT.replace("ADD fixture.tar /\n", "")) == first
    assert key(shop, TEXT + "RUN true\n") != first
    assert key(shop, tool=b"other") != first
    assert key(shop, more=b"") != first
    other = dataclasses.replace(shop, base={**BASE, "suite": "trixie"})
    assert key(other) != first
    (shop.folder / "common" / "file").write_text("")
    assert key(shop) != first


def test_a_key_does_not_cover_the_tasks_own_input(shop: Workshop) -> None:
    changed = files()
    for file in changed:
        if file["path"].endswith((".tar", ".yaml", ".sh")):
            file["content"] = b"something else"
    assert Environment.of_files(changed).key(shop) == key(shop)


def test_what_cannot_be_built_has_a_key(shop: Workshop) -> None:
    broken = {key(shop, text) for text in ("", "FROM\n", "FROM shellwright/../x\n", "\x00")}
    assert len(broken) == 4


def test_a_context_is_the_same_bytes_and_comes_back(shop: Workshop) -> None:
    environment = Environment.of_files(files())
    made = environment.tar()
    assert made == Environment.of_files(files()[::-1]).tar()
    assert Environment.of_tar(made) == environment
    with tarfile.open(fileobj=io.BytesIO(made)) as tar:
        modes = {member.name: member.mode for member in tar}
    assert modes == {"Dockerfile": 0o644, "tool": 0o755}
    assert "ADD" not in environment.dockerfile


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "a//b", "a/./b", "Dockerfile/x"])
def test_a_context_stays_in_its_folder(path: str) -> None:
    given = [*files(), {"path": f"environment/{path}", "mode": 0o644, "content": b""}]
    environment = Environment.of_files(given)
    with pytest.raises(ItemFailed, match="context: bundle: path"):
        environment.check(most_mb=1)


def test_a_context_has_a_largest_size() -> None:
    environment = Environment.of_files(files(big=bytes(1 << 20)))
    environment.check(most_mb=2)
    with pytest.raises(ItemFailed, match=r"more than images\.tasks\.context_mb, 1 MB"):
        environment.check(most_mb=1)

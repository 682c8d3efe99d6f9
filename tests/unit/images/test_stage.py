"""The rows of a shard, the context of a build, and the proxies that it is given."""

import io
import tarfile
from pathlib import Path
from typing import Any

import pytest

from shellwright import tables
from shellwright.errors import UserError
from shellwright.images.build import context
from shellwright.images.building import proxy_arguments
from shellwright.images.stage import image_rows
from shellwright.images.workshop import Workshop

RECORDS = [
    {
        "domain": f"domain-{letter}",
        "key": letter * 64,
        "reference": f"shellwright/domain-{letter}:{letter * 16}",
        "image": f"sha256:{letter * 64}",
        "size_bytes": 1000,
        "packages": ["bash=5.2"],
        "base": {},
        "log_path": "results/images/logs/a.log",
    }
    for letter in "abc"
]


def test_one_row_per_environment(tmp_path: Path) -> None:
    rows = image_rows(["c" * 64, "a" * 64, "c" * 64], RECORDS)
    assert [row["domain"] for row in rows] == ["domain-a", "domain-c"]
    tables.write_table(tmp_path / "images.parquet", "image", rows)
    assert tables.read_table(tmp_path / "images.parquet", "image") == rows
    assert image_rows([], RECORDS) == []


def test_a_key_without_an_image_is_named() -> None:
    with pytest.raises(UserError, match="no image has the environment key dddddddddddddddd"):
        image_rows(["d" * 64], RECORDS)


def test_a_context_is_the_same_bytes_for_the_same_files(tmp_path: Path) -> None:
    made = []
    for name in ("one", "two"):
        image = tmp_path / name / "common"
        image.mkdir(parents=True)
        for file in ("b", "a") if name == "one" else ("a", "b"):
            (image / file).write_text(file)
        (image / "Dockerfile").write_text("FROM shellwright/base\nRUN true\n")
        settings: dict[str, Any] = {"reference": "x", "suite": "bookworm"}
        workshop = Workshop(settings, tmp_path, folder=tmp_path / name)
        made.append(context("common", workshop, workshop.tag("base")))
    assert made[0] == made[1]
    with tarfile.open(fileobj=io.BytesIO(made[0])) as tar:
        assert tar.getnames() == ["Dockerfile", "a", "b"]
        file = tar.extractfile("Dockerfile")
        assert file is not None
        label = "LABEL shellwright.image=common"
        assert file.read().decode() == f"FROM {workshop.tag('base')}\n{label}\nRUN true\n"


def test_proxies_of_either_spelling() -> None:
    environment = {"http_proxy": "http://a", "HTTPS_PROXY": "http://b", "NO_PROXY": "", "HOME": "/"}
    assert proxy_arguments(environment) == {"http_proxy": "http://a", "HTTPS_PROXY": "http://b"}

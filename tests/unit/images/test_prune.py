"""What nothing names any more is found and removed; all else stays."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from docker.errors import APIError

from shellwright import tables
from shellwright.config import load
from shellwright.errors import UserError
from shellwright.images import prune
from shellwright.images.catalogue import BASE, domains
from shellwright.images.present import workshop

KEY = "0123456789abcdef"
OLD = 1


def image(id: str, *names: str, created: int = OLD, **labels: str) -> dict[str, Any]:
    marks = {f"shellwright.{name}": value for name, value in labels.items()}
    return {"Id": id, "RepoTags": list(names), "Created": created, "Size": 5, "Labels": marks}


class Engine:
    """The calls of an engine's client that pruning needs."""

    def __init__(self, images: list[dict[str, Any]], used: tuple[str, ...] = ()) -> None:
        self.api = self
        self.there = images
        self.used = used
        self.busy: set[str] = set()

    def images(self) -> list[dict[str, Any]]:
        return self.there

    def containers(self, *, all: bool) -> list[dict[str, str]]:
        assert all
        return [{"ImageID": id} for id in self.used]

    def remove_image(self, name: str) -> None:
        if name in self.busy:
            raise APIError("409", explanation="a container uses it")
        self.there = [
            about for about in self.there if name not in (about["Id"], *about["RepoTags"])
        ]

    def df(self) -> dict[str, int]:
        return {"LayersSize": 3_000_000 * len(self.there)}


def found(engine: Engine, *keep: str) -> list[str]:
    return [each.name for each in prune.stale_images(engine, set(keep))]  # type: ignore[arg-type]


def test_only_images_of_this_project_that_nothing_names() -> None:
    engine = Engine(
        [
            image("1", f"shellwright/text:{KEY}"),
            image("2", "shellwright/text:fedcba9876543210", created=OLD + 1),
            image("3", "debian:bookworm", f"host:5000/shellwright/text:{KEY}"),
            image("4", "shellwright/mine:latest"),
            image("5", f"shellwright/used:{KEY}"),
            image("6", f"shellwright/base:{KEY}"),
        ],
        used=("5",),
    )
    kept = f"shellwright/base:{KEY}"
    assert found(engine, kept) == ["shellwright/text:fedcba9876543210", f"shellwright/text:{KEY}"]
    assert found(engine, kept, f"shellwright/text:{KEY}") == ["shellwright/text:fedcba9876543210"]


def test_images_without_a_name_are_left_alone_while_they_may_be_built() -> None:
    now = int(time.time())
    engine = Engine(
        [
            image("1", key="a"),
            image("2", key="a", created=now),
            image("3", build="b"),
            image("4", build=""),
            image("5"),
            image("6", image="common"),  # a step of a build that was killed
        ]
    )
    assert found(engine) == ["1", "3", "6"]


def test_what_a_killed_push_has_left_is_found() -> None:
    now, name = int(time.time()), f"host:5000/shellwright/text:{KEY}"
    engine = Engine(
        [
            image("1", name, f"shellwright/text:{KEY}", key=f"{KEY}more"),
            image("2", f"host:5000/theirs:{KEY}", key="another"),
            image("3", name.replace("5000", "5001"), created=now, key=f"{KEY}more"),
        ]
    )
    assert found(engine, f"shellwright/text:{KEY}") == [name]


def test_configurations_name_all_that_they_would_build(tmp_path: Path) -> None:
    names = prune.named_by_configurations([])
    shop = workshop(load({})["images"])
    assert {shop.tag(name) for name in [BASE, "common", *domains()]} <= names
    other = tmp_path / "other.yaml"
    other.write_text("images: {base: {suite: trixie}}\n")
    both = prune.named_by_configurations([other])
    assert len(both) == 2 * len(names)
    assert names < both


@pytest.fixture
def folder(tmp_path: Path, row: Callable[..., Any]) -> Path:
    """A work folder with a domain's record, two tables and old and new files."""
    images = tmp_path / "results" / "images"
    for name in ("domains", "archive", "tasks"):
        (images / name).mkdir(parents=True)
    (tmp_path / "results" / "tasks").mkdir()
    (images / "domains" / "text.json").write_text(json.dumps({"reference": "shellwright/text:1"}))
    tables.write_table(images / "0.parquet", "image", [row("image", reference="shellwright/a:2")])
    task = row("task", environment_key=KEY * 4)
    tables.write_table(tmp_path / "results" / "tasks" / "0.parquet", "task", [task])
    for name in (f"task-{KEY}", "two-words-fedcba9876543210"):
        (images / "archive" / f"{name}.tar.gz").write_bytes(b"x" * 2_000_000)
    (images / "archive" / "text-0000000000000000.tar.gz.partial").touch()
    for key in (KEY * 4, "f" * 64):
        (images / "tasks" / f"{key}.json").write_text("{}")
        (images / "tasks" / f"{key}.tar").touch()
    return tmp_path


KEPT = {"shellwright/text:1", "shellwright/a:2", f"shellwright/task:{KEY}"}


def test_a_work_folder_names_what_its_tasks_run_in(folder: Path, tmp_path: Path) -> None:
    assert prune.named_by_folder(folder) == KEPT
    with pytest.raises(UserError, match="no such folder"):
        prune.named_by_folder(tmp_path / "nothing")
    (folder / "results" / "images" / "0.parquet").write_text("damaged")
    with pytest.raises(UserError, match="not a parquet file"):
        prune.named_by_folder(folder)


def test_files_that_nothing_names(folder: Path) -> None:
    names = [path.name for path in prune.stale_files(folder, KEPT)]
    assert names == [
        "text-0000000000000000.tar.gz.partial",
        "two-words-fedcba9876543210.tar.gz",
        f"{'f' * 64}.json",
        f"{'f' * 64}.tar",
    ]
    kept = {*KEPT, "shellwright/two-words:fedcba9876543210"}
    assert "two-words-fedcba9876543210.tar.gz" not in {
        path.name for path in prune.stale_files(folder, kept)
    }


def test_it_says_what_it_did(folder: Path) -> None:
    gone, busy = "shellwright/gone:" + KEY, "shellwright/busy:" + KEY
    engine: Any = Engine([image("1", gone), image("2", busy), image("3", "shellwright/text:1")])
    engine.busy.add(busy)
    dry = list(prune.prune(engine, KEPT, [folder], dry_run=True))
    assert dry[0] == f"would remove {gone} (0 MB with what it stands on)"
    assert dry[-1] == "2 images and 4 files would be removed"
    assert len(engine.there) == 3
    said = list(prune.prune(engine, KEPT, [folder], dry_run=False))
    assert said[:2] == [f"removed {gone}", f"kept {busy}: a container uses it"]
    assert said[-1] == "1 image and 4 files removed, 5 MB freed"
    assert prune.stale_files(folder, KEPT) == []


def test_mistakes_are_said_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert prune.main(["--dry-run", str(tmp_path / "nothing")]) == 1
    assert "no such folder" in capsys.readouterr().err


def test_a_folder_in_which_nothing_was_built_must_be_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(prune, "connect", lambda _: Engine([]))
    assert prune.main(["--dry-run"]) == 1
    assert "Name the folders" in capsys.readouterr().err
    assert prune.main(["--dry-run", "."]) == 0


@pytest.mark.parametrize("text", ['{"reference": "shell', "{}", "[]"])
def test_a_record_that_cannot_be_read_is_named(tmp_path: Path, text: str) -> None:
    results = tmp_path / prune.RESULTS
    results.mkdir(parents=True)
    (results / "base.json").write_text(text)
    with pytest.raises(UserError, match=r"base\.json: not a readable record.*Remove it"):
        prune.named_by_folder(tmp_path)

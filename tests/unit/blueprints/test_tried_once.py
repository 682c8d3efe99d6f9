"""A path is tried out once, and again only when its skills or the code have changed."""

import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import sample_blueprints
from shellwright.store import ItemStore, shard_names
from shellwright.store.stage import ItemFailed

PATH = {"id": "sg-0", "skills": ["sort", "count"], "executable": True}


class Trials:
    """A library of two skills, and how often a path was tried out with it."""

    def __init__(self, store: ItemStore, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        self.failure: ItemFailed | None = None
        self.digests = {"sort": "a", "count": "b", "other": "c"}
        self._store = store
        monkeypatch.setattr(sample_blueprints, "read_libraries", self._read)
        monkeypatch.setattr(sample_blueprints, "compose_blueprint", self._compose)

    def _read(self, *_: Any) -> dict[str, Any]:
        return {
            name: SimpleNamespace(recipe=object(), digest=digest)
            for name, digest in self.digests.items()
        }

    def _compose(self, *_: Any) -> None:
        self.count += 1
        if self.failure:
            raise self.failure

    def accepts(self, row: dict[str, Any], code: str = "code") -> bool:
        job: Any = SimpleNamespace(
            settings={"skills": {"sources": []}}, project=Path("/"), code=code
        )
        return sample_blueprints.composes(job, self._store)(row)


@pytest.fixture
def trials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    with ItemStore(tmp_path, "blueprints", shard_names(0)[0], 0) as store:
        yield Trials(store, monkeypatch)


def test_what_was_tried_is_found(trials: Trials) -> None:
    assert trials.accepts(PATH)
    trials.digests["other"] = "changed"
    assert trials.accepts(PATH)
    assert trials.count == 1


@pytest.mark.parametrize("changed", ["skill", "path", "code"])
def test_what_has_changed_is_tried_again(trials: Trials, changed: str) -> None:
    assert trials.accepts(PATH)
    trials.failure = ItemFailed("content unsuitable", "")
    if changed == "skill":
        trials.digests["count"] = "changed"
    row = {**PATH, "scenarios": ["x"]} if changed == "path" else PATH
    assert not trials.accepts(row, "new" if changed == "code" else "code")
    assert trials.count == 2


def test_a_broken_recipe_is_told_each_time(
    trials: Trials, caplog: pytest.LogCaptureFixture
) -> None:
    trials.failure = ItemFailed("recipe fails", "sort: ZeroDivisionError")
    with caplog.at_level(logging.WARNING):
        assert not trials.accepts(PATH)
        assert not trials.accepts(PATH)
    assert caplog.text.count("a path was given up: skill sort: ZeroDivisionError") == 2
    assert trials.count == 1


def test_what_no_recipe_writes_is_not_tried(trials: Trials) -> None:
    assert trials.accepts({**PATH, "executable": False})
    assert trials.count == 0

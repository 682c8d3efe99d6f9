"""Making the items of a shard."""

import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shellwright.store import Item, ItemFailed, ItemStore, Outcome, run_items

Row = dict[str, Any]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ItemStore]:
    with ItemStore(tmp_path, "tasks", "0", 0) as store:
        yield store


def failed_row(item: Item, reason: str) -> Row:
    return {"id": item.id, "status": "failed", "reason": reason}


class Maker:
    """Makes rows, and remembers which ones it was asked for."""

    def __init__(self, failing: str = "", broken: str = "") -> None:
        self.asked: Counter[str] = Counter()
        self._failing, self._broken = failing, broken

    def __call__(self, item: Item) -> Row:
        self.asked[item.id] += 1
        if item.id == self._failing:
            raise ItemFailed("no path", "nothing fits")
        if item.id == self._broken:
            raise ConnectionError("the engine is gone")
        return {"id": item.id, "status": "ok", "made_from": item.payload}


def run(items: list[Item], make: Any, store: ItemStore, workers: int = 1) -> Outcome:
    return run_items(items, make, store, workers=workers, label="tasks/0", failed_row=failed_row)


def items(*ids: str, key: str = "k") -> list[Item]:
    return [Item(id, key, payload=id.upper()) for id in ids]


def test_rows_come_in_the_order_of_the_items(store: ItemStore) -> None:
    outcome = run(items("c", "a", "b"), Maker(), store, workers=3)
    assert [row["id"] for row in outcome.rows] == ["c", "a", "b"]
    assert [row["made_from"] for row in outcome.rows] == ["C", "A", "B"]


def test_only_what_changed_is_made_again(store: ItemStore) -> None:
    run(items("a", "b", "c"), Maker(), store)
    maker = Maker()
    outcome = run([*items("a", "c"), Item("b", "new", "B2")], maker, store)
    assert maker.asked == {"b": 1}
    assert (outcome.reused, outcome.made) == (2, 1)
    assert outcome.line("tasks/0") == "tasks/0: 3 items, 2 reused, 1 made, 0 failed"


def test_a_failed_item_is_a_row_and_is_not_tried_again(store: ItemStore) -> None:
    first = run(items("a", "b"), Maker(failing="b"), store)
    maker = Maker()
    second = run(items("a", "b"), maker, store)
    assert maker.asked == {}
    for outcome in (first, second):
        assert outcome.rows[1] == {
            "id": "b",
            "status": "failed",
            "reason": "no path: nothing fits",
        }
        assert outcome.failed == 1
        assert outcome.reasons == {"no path": 1}
    assert second.line("tasks/0").endswith("2 reused, 0 made, 1 failed (no path 1)")


def test_broken_infrastructure_stops_the_stage_and_keeps_what_was_finished(
    store: ItemStore,
) -> None:
    with pytest.raises(ConnectionError, match="the engine is gone"):
        run(items("a", "b", "c"), Maker(broken="b"), store)
    maker = Maker()
    run(items("a", "b", "c"), maker, store)
    assert maker.asked["a"] == 0
    assert maker.asked["b"] == 1


def test_items_in_flight_are_finished_when_another_one_breaks(store: ItemStore) -> None:
    broke = threading.Event()

    def make(item: Item) -> Row:
        if item.id == "breaks":
            broke.set()
            raise ConnectionError("gone")
        broke.wait(10)
        return {"id": item.id}

    with pytest.raises(ConnectionError):
        run(items("slow", "breaks"), make, store, workers=2)
    assert store.get("slow", "k") == {"row": {"id": "slow"}, "failed": None}


def test_no_items_are_fine(store: ItemStore) -> None:
    assert run([], Maker(), store).line("tasks/0") == "tasks/0: 0 items, 0 reused, 0 made, 0 failed"


def test_the_closing_line_is_logged(store: ItemStore, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    run(items("a"), Maker(), store)
    assert "tasks/0: 1 items, 0 reused, 1 made, 0 failed" in caplog.text

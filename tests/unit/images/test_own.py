"""What is written down of an environment that a task brings, and when."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from shellwright.errors import UserError
from shellwright.images import own
from shellwright.images.environment import Environment
from shellwright.images.workshop import Workshop

CLIENT: Any = object()  # nothing here talks to an engine
KEY = "a" * 64
ENVIRONMENT = Environment("FROM shellwright/common\nRUN true\n", {})
MADE: dict[str, Any] = {
    "reason": None, "status": "ok", "image": "id", "size_bytes": 1, "packages": []
}  # fmt: skip


class Records:
    """Every record that was written, and what the build and the registry answer."""

    def __init__(self) -> None:
        self.written: list[dict[str, Any]] = []
        self.made: dict[str, Any] = MADE
        self.image = "id"
        self.open = True

    def write(self, path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        self.written.append(json.loads(text))

    def publish(self, client: Any, reference: str, workshop: Workshop, *, pushed: Any) -> None:
        if workshop.registry and workshop.registry != pushed and not self.open:
            raise UserError("does not take it")


@pytest.fixture
def records(monkeypatch: pytest.MonkeyPatch) -> Records:
    records = Records()
    monkeypatch.setattr(own, "write_text", records.write)
    monkeypatch.setattr(own, "publish", records.publish)
    monkeypatch.setattr(own, "_make", lambda *_: dict(records.made))
    monkeypatch.setattr(own, "_image", lambda *_: records.image)
    monkeypatch.setattr(own, "_there", lambda *_: True)
    monkeypatch.setattr(own, "_allowed", lambda *_: True)
    return records


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    return Workshop({"reference": "x", "suite": "bookworm"}, tmp_path)


def recorded(shop: Workshop) -> dict[str, Any]:
    return own.own_record(CLIENT, KEY, ENVIRONMENT, shop)


def test_a_record_is_written_once_and_only_if_it_is_new(records: Records, shop: Workshop) -> None:
    made = recorded(shop)
    assert records.written == [made]
    assert recorded(shop) == made
    assert len(records.written) == 1
    records.image = "loaded again"
    assert recorded(shop) == {**made, "image": "loaded again"} == records.written[-1]
    assert len(records.written) == 2


def test_a_failure_is_written_once_and_a_passing_one_never(
    records: Records, shop: Workshop
) -> None:
    records.made = {**MADE, "status": "failed", "reason": "base-unreachable: x"}
    assert recorded(shop)["status"] == "failed"
    assert records.written == []
    records.made = {**MADE, "status": "failed", "reason": "dockerfile: x"}
    failed = recorded(shop)
    records.made = MADE
    assert recorded(shop) == failed == records.written[0]
    assert len(records.written) == 1


def test_a_build_counts_though_the_registry_does_not_take_it(
    records: Records, shop: Workshop
) -> None:
    far = dataclasses.replace(shop, registry="host/project")
    records.open = False
    with pytest.raises(UserError, match="does not take it"):
        recorded(far)
    assert [each["pushed_to"] for each in records.written] == [None]
    records.open = True
    assert recorded(far)["pushed_to"] == "host/project"
    records.open = False  # and is not asked again
    assert recorded(far) == records.written[-1]
    assert [each["pushed_to"] for each in records.written] == [None, "host/project"]

"""What is said of an image that was built again on another day."""

import logging
from typing import Any

from shellwright.images.drift import changed, tell


def test_packages_that_came_went_or_changed_are_named() -> None:
    before = ["bash=5.2", "git=2.39", "gone=1", "pip:x=1", "pip:x=3"]
    after = ["bash=5.2", "git=2.40", "new=1:0.1", "pip:x=1", "pip:x=2"]
    assert changed(before, after) == [
        "git: 2.39 -> 2.40",
        "gone: 1 -> none",
        "new: none -> 1:0.1",
        "pip:x: 1, 3 -> 1, 2",
    ]
    assert changed(before, list(reversed(before))) == []


def test_only_a_difference_is_logged_and_not_without_end(caplog: Any) -> None:
    record = {"reference": "shellwright/a:1", "packages": [f"p{n:02}=1" for n in range(30)]}
    with caplog.at_level(logging.WARNING, "shellwright"):
        tell(record, record["packages"])
        assert not caplog.records
        tell(record, ["p00=2"])
    (message,) = caplog.messages
    assert message.startswith("shellwright/a:1 was lost and built again")
    assert "p00: 1 -> 2; p01: 1 -> none; " in message
    assert message.endswith("p19: 1 -> none; and 10 more")

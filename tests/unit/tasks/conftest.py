"""The verifier harness as a bundle has it: copied into a tests folder of its own."""

import importlib
import shutil
import sys
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from tempfile import gettempdir
from types import ModuleType
from typing import Any

import pytest

from shellwright.tasks.bundle import HARNESS


def pytest_configure(config: pytest.Config) -> None:
    """The harness marks its tests; here its helpers are only imported."""
    config.addinivalue_line("markers", "guard: a mark of the verifier harness")
    config.addinivalue_line("markers", "check: a mark of the verifier harness")


class Harness:
    """The helpers of tests/checks, with a place for expected data and one for deliverables."""

    def __init__(self, checks: ModuleType, tests: Path, app: Path) -> None:
        self.checks: Any = checks
        self.tests = tests
        self.app = app

    def expect(self, name: str, content: bytes | str) -> str:
        """Write tests/expected/<name> and return the name."""
        (self.tests / "expected" / name).write_bytes(as_bytes(content))
        return name

    def put(self, name: str, content: bytes | str) -> str:
        """Write a deliverable and return its path."""
        path = self.app / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(as_bytes(content))
        return str(path)


def as_bytes(content: bytes | str) -> bytes:
    return content.encode() if isinstance(content, str) else content


@pytest.fixture
def harness(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Harness]:
    """A fresh copy of the harness, imported from there."""
    tests = tmp_path / "tests"
    shutil.copytree(HARNESS, tests)
    (tests / "expected").mkdir()
    (tmp_path / "app").mkdir()
    # Programs run as the agent must be able to reach the folder.
    above = takewhile(lambda folder: folder != Path(gettempdir()), tmp_path.parents)
    for folder in (tmp_path, *above, tmp_path / "app"):
        folder.chmod(0o755)
    monkeypatch.syspath_prepend(str(tests))
    before = {name for name in sys.modules if name.split(".")[0] == "checks"}
    assert not before, "the harness of another test is still imported"
    try:
        yield Harness(importlib.import_module("checks"), tests, tmp_path / "app")
    finally:
        for name in [name for name in sys.modules if name.split(".")[0] == "checks"]:
            del sys.modules[name]

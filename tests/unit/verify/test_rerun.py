"""What a second run of the gates prints."""

from pathlib import Path
from typing import Any

import pytest
from tests.support import verify_tasks as tasks
from tests.support.failures import write

from shellwright.errors import UserError
from shellwright.verify import rerun
from shellwright.verify.rerun import WIDEST, readable


def test_evidence_has_a_line_for_each_value_and_long_ones_are_cut() -> None:
    lines = readable({"trials": [{"code": 1, "output": "x" * 1000}]}).split("\n")
    assert '      "code": 1,' in lines
    (cut,) = [line for line in lines if "output" in line]
    assert cut.endswith(" more)")
    assert len(cut) < WIDEST + 30


def test_a_lost_image_is_looked_for_as_the_build_would(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = write(tmp_path / "failures", tasks.row())
    monkeypatch.chdir("/")
    found: list[Any] = []

    def look(client: Any, rows: Any, shop: Any) -> Any:
        found.append(shop)
        raise UserError("gone")

    monkeypatch.setattr(rerun, "connect", lambda why: None)
    monkeypatch.setattr(rerun, "present", look)
    assert rerun.main([str(folder)]) == 2
    assert found[0].registry == "localhost:5000/mine"
    assert found[0].results == tmp_path / "results/images"

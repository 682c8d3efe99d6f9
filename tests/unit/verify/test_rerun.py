"""What a second run of the gates prints."""

from pathlib import Path
from typing import Any

import pytest
from tests.support import verify_tasks as tasks
from tests.support.failures import write

from shellwright.errors import UserError
from shellwright.verify import rerun
from shellwright.verify.report import Report
from shellwright.verify.rerun import WIDEST, readable


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a build, which is the current one."""
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return work


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


@pytest.mark.parametrize(
    ("raised", "code", "said"),
    [
        (PermissionError(13, "Permission denied", "/gone"), 2, "Permission denied: '/gone'"),
        (KeyboardInterrupt(), 130, "stopped"),
        (ZeroDivisionError("a fault of ours"), 2, "a fault of ours"),
    ],
)
def test_no_crash_is_taken_for_a_verdict(
    work: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    raised: BaseException,
    code: int,
    said: str,
) -> None:
    def fail(failure: Any) -> Report:
        raise raised

    monkeypatch.setattr(rerun, "rerun", fail)
    assert rerun.main([str(write(work / "failures", tasks.row()))]) == code
    printed = capsys.readouterr()
    assert printed.out == "" and said in printed.err
    assert ("Traceback" in printed.err) == isinstance(raised, ZeroDivisionError)

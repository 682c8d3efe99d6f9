"""What a grade is made of: the harness's conftest.py over small test files."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HEAD = "import pytest\nfrom checks import check, guard\n\n"
PASSES = "@check(weight=3)\ndef test_a() -> None:\n    pass\n\n"
FAILS = "@check(weight=1)\ndef test_b() -> None:\n    assert 1 == 2, 'two things differ'\n\n"


def grade(harness: Any, source: str) -> dict[str, Any]:
    """Run a test file as run_tests.py does and return its report."""
    test = harness.tests / "test_outputs.py"
    test.write_text(HEAD + source)
    logs = harness.tests.parent / "logs"
    logs.mkdir(exist_ok=True)
    subprocess.run(
        [
            *(sys.executable, "-I", "-B", "-m", "pytest", "-c", "/dev/null"),
            *("-p", "no:cacheprovider", "--strict-markers"),
            *(f"--rootdir={harness.tests}", f"--confcutdir={harness.tests}"),
            *(f"--grade-into={logs}", str(test)),
        ],
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        check=False,
    )
    report: dict[str, Any] = json.loads((logs / "report.json").read_text())
    assert json.loads((logs / "reward.json").read_text()) == {"reward": report["reward"]}
    assert float((logs / "reward.txt").read_text()) == pytest.approx(report["reward"])
    return report


@pytest.mark.parametrize(
    ("source", "reward"),
    [
        (PASSES, 1.0),
        (PASSES + FAILS, 0.75),
        (FAILS, 0.0),
        ("def test_plain() -> None:\n    pass\n\n" + FAILS, 0.5),
        (PASSES + "@guard\ndef test_g() -> None:\n    pass\n", 1.0),
        (PASSES + "@guard\ndef test_g() -> None:\n    assert False\n", 0.0),
        ("@guard\ndef test_g() -> None:\n    pass\n", 0.0),
        ("", 0.0),
        (PASSES + "def broken(:\n", 0.0),
        (PASSES + "import no_such_module\n", 0.0),
        ("@check(weight=1)\ndef test_s() -> None:\n    pytest.skip('later')\n\n" + PASSES, 0.75),
        ("@pytest.mark.skip\ndef test_s() -> None:\n    pass\n\n", 0.0),
        ("@pytest.mark.xfail\ndef test_x() -> None:\n    assert False\n", 0.0),
        ("@pytest.mark.xfail\ndef test_x() -> None:\n    pass\n", 0.0),
        ("pytest.importorskip('no_such_module')\n" + PASSES, 0.0),
        ("@pytest.fixture\ndef f():\n    1 / 0\n\ndef test_f(f) -> None:\n    pass\n", 0.0),
        (PASSES + "def test_exit() -> None:\n    raise SystemExit(0)\n", 0.75),
        (PASSES + "def test_stop() -> None:\n    raise KeyboardInterrupt\n" + FAILS, 0.6),
        ("@pytest.mark.parametrize('n', [1, 2])\ndef test_p(n) -> None:\n    assert n == 1\n", 0.5),
    ],
)
def test_reward(harness: Any, source: str, reward: float) -> None:
    assert grade(harness, source)["reward"] == reward


def test_the_report_says_what_failed(harness: Any) -> None:
    checks = {check["name"]: check for check in grade(harness, PASSES + FAILS)["checks"]}
    assert checks["test_a"] == {
        "name": "test_a",
        "kind": "check",
        "weight": 3.0,
        "outcome": "passed",
        "message": "",
    }
    assert checks["test_b"]["outcome"] == "failed"
    assert checks["test_b"]["message"].startswith("two things differ")


def test_a_planted_reward_is_replaced_and_not_written_through(harness: Any) -> None:
    logs = harness.tests.parent / "logs"
    logs.mkdir()
    victim = harness.tests.parent / "victim"
    victim.write_text("untouched")
    (logs / "reward.txt").symlink_to(victim)
    (logs / "reward.json").write_text('{"reward": 1}')
    assert grade(harness, FAILS)["reward"] == 0.0
    assert victim.read_text() == "untouched"
    assert not (logs / "reward.txt").is_symlink()


def test_without_a_folder_nothing_is_written(harness: Any, tmp_path: Path) -> None:
    (harness.tests / "test_outputs.py").write_text(HEAD + PASSES)
    before = sorted(tmp_path.rglob("*"))
    subprocess.run(
        [sys.executable, "-I", "-B", "-m", "pytest", "-p", "no:cacheprovider", str(harness.tests)],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    assert sorted(tmp_path.rglob("*")) == before

"""Clocks, chance and skips on which no result depends, and their likes on which one does."""

import pytest
from tests.support import verify_tasks as tasks

IMPORTS = (
    "import os, platform, random, sys, time, unittest, uuid\n"
    "from datetime import datetime, timedelta\nfrom pathlib import Path\nimport pytest\n"
)
TEST = "def test_x():\n    assert open('/app/n').read() == '4'\n"
BEGIN = f"{TEST}    start = time.time()\n    "
SKIP = "pytest.mark.skipif"


def rules(source: str) -> set[str]:
    row = tasks.foreign("harmless", IMPORTS + source)
    return tasks.rules(row)


@pytest.mark.parametrize(
    "source",
    [
        f"{BEGIN}while time.time() - start < 5:\n        time.sleep(1)\n",
        f"{BEGIN}assert 5 > time.time() - start\n",
        f"{BEGIN}print(time.time() - start)\n",
        f"{TEST}    end = time.time() + 5\n    while time.time() < end:\n        pass\n",
        f"{BEGIN}end = start + 5\n    while time.time() < end:\n        pass\n",
        f"{BEGIN}while time.time() < start + 5:\n        start = time.time()\n",
        f"{TEST}    a = datetime.now()\n    assert datetime.now() - a < timedelta(seconds=9)\n",
        f"random.seed(7)\nX = random.sample([1, 2], 1)\n{TEST}    random.random()\n",
        f"{TEST}    random.seed('x')\n    random.shuffle([1])\n",
        f"{TEST}    Path('/tmp') / f'a-{{uuid.uuid4().hex[:8]}}-{{os.getpid()}}'\n",
        f"{TEST}    open(f'/tmp/{{uuid.uuid4()}}')\n    Path(f'x{{os.getpid()}}')\n",
        f"@{SKIP}(sys.platform == 'win32', reason='')\n{TEST}",
        f"@{SKIP}(platform.system() == 'Windows', reason='')\n{TEST}",
        f"@{SKIP}(os.name != 'posix', reason='')\n{TEST}",
        f"@{SKIP}(sys.platform.startswith('win'), reason='')\n{TEST}",
        f"@unittest.skipUnless(sys.platform.startswith('linux'), '')\n{TEST}",
    ],
)
def test_what_no_result_depends_on(source: str) -> None:
    assert rules(source) == set()


@pytest.mark.parametrize(
    ("rule", "source"),
    [
        ("wall-clock", f"{BEGIN}assert start < 2e9\n"),
        ("wall-clock", f"{BEGIN}assert start - 1.7e9 < 5\n"),
        ("wall-clock", f"{BEGIN}start = 1.7e9\n    assert time.time() - start < 5\n"),
        ("wall-clock", f"{BEGIN}start += 1\n    assert time.time() - start < 5\n"),
        ("wall-clock", f"{BEGIN}assert time.time() - start * 0 < 2e9\n"),
        ("wall-clock", f"{BEGIN}print(start)\n"),
        ("wall-clock", f"def f(start):\n    return time.time() - start\n{BEGIN}f(0)\n"),
        ("wall-clock", f"{TEST}    x.y = z = time.time()\n    assert time.time() - z < 5\n"),
        ("wall-clock", f"{TEST}    assert time.time() - os.stat('/app/n').st_mtime < 60\n"),
        ("wall-clock", f"{TEST}    assert datetime.now() < datetime(2030, 1, 1)\n"),
        ("chance", f"X = random.random()\nrandom.seed(7)\n{TEST}"),
        ("chance", f"random.seed()\n{TEST}    random.random()\n"),
        ("chance", f"random.seed(None)\n{TEST}    random.random()\n"),
        ("chance", f"random.seed(7)\nrandom.seed(os.stat('/'))\n{TEST}    random.random()\n"),
        ("chance", f"random.seed(7)\n{TEST}    random.SystemRandom()\n"),
        ("chance", f"random.seed(7)\n{TEST}    os.urandom(1)\n"),
        ("chance", f"def f():\n    random.seed(7)\n{TEST}    random.random()\n"),
        ("chance", f"{TEST}    open(f'/tmp/{{os.getpid() % 2}}')\n"),
        ("chance", f"{TEST}    assert f'{{os.getpid()}}'[-1] != '3'\n"),
        ("skip-counts-as-pass", f"@{SKIP}(sys.platform == 'linux', reason='')\n{TEST}"),
        ("skip-counts-as-pass", f"@{SKIP}(sys.platform != 'win32', reason='')\n{TEST}"),
        ("skip-counts-as-pass", f"@{SKIP}(sys.version == '3', reason='')\n{TEST}"),
        ("skip-counts-as-pass", f"@unittest.skipUnless(os.name == 'nt', '')\n{TEST}"),
        ("skip-counts-as-pass", f"@pytest.mark.xfail(os.name == 'nt', reason='')\n{TEST}"),
    ],
)
def test_what_a_result_depends_on(rule: str, source: str) -> None:
    assert rules(source) == {rule}

"""Tolerances within which any number lies, and those that say something."""

import pytest
from tests.support import verify_tasks as tasks

IMPORTS = "import math, os, unittest\nimport numpy as np\nimport pytest\nBIG = 1e9\nWANTED = 17.5\n"
IMPORTS += "MASS = 0.5 * 7.3e22 * 1022.0**2\nEACH = {'a': 3e26}\n"
NUMBER = "x = float(open('/app/n').read())"
DAYS = "a, b = os.stat('/app/n'), os.stat('/app/in/names.txt')"
NS = "abs(a.st_mtime_ns - b.st_mtime_ns)"


def messages(source: str) -> set[str]:
    row = tasks.foreign("near", IMPORTS + source)
    return set(tasks.findings(row))


@pytest.mark.parametrize(
    "body",
    [
        "assert math.isclose(x, 17, abs_tol=1e9)",
        "assert math.isclose(x, WANTED, abs_tol=BIG)",
        "assert math.isclose(x, 17, rel_tol=1.0)",
        "assert abs(x - 17) < 1e9",
        "assert abs(x - WANTED) <= BIG",
        "assert 1_000_000 > abs(17 - x)",
        "assert math.fabs(x - len(open('/app/n').read())) < 1e200",
        "assert abs(x - 17) < 10**9",
        "assert x == pytest.approx([17, 18], abs=1e9)",
        "assert x == pytest.approx(17, abs=1e9)",
        "assert x == pytest.approx(17, 2)",
        "assert np.isclose(x, 17, 1.0)",
        "assert np.allclose([x], [17], atol=1e7)",
        "np.testing.assert_allclose(x, 17, rtol=3)",
        "unittest.TestCase().assertAlmostEqual(x, 17, delta=1e9)",
    ],
)
def test_tolerances_within_which_any_number_lies(body: str) -> None:
    wanted = {"existence-only: test_x accepts any content, or any number"}
    assert messages(f"def test_x():\n    {NUMBER}\n    {body}\n") == wanted


@pytest.mark.parametrize(
    "body",
    [
        "assert math.isclose(x, 17, abs_tol=0.5)",
        "assert math.isclose(x, 17, rel_tol=0.5)",
        "assert math.isclose(x, 5e9, abs_tol=1e6)",
        "assert abs(x - 5_000_000_000) < 10_000_000",
        "assert abs(x - os.path.getsize('/app/in/names.txt')) < 5_000_000",
        f"{DAYS}\n    assert {NS} < 2e9",
        "assert abs(x - os.path.getsize('/app/in/names.txt')) < 5e9",
        "assert x == pytest.approx(os.path.getsize('/app/in/names.txt'), abs=5e6)",
        "assert abs(x - MASS) < 1e20",
        "assert abs(x - EACH['a']) < 1e23",
        "assert {'a': x} == pytest.approx(EACH, abs=1e23)",
        "for each in EACH.values():\n        assert abs(x - each) < 1e23",
        "assert np.allclose([x], [3.1e12, 4.2e12], rtol=0, atol=1e9)",
        "assert np.allclose([x], np.array([3.1e12, 4.2e12]), atol=1e9)",
        "assert x - 2 * x == pytest.approx(0.0, abs=1e7)",
        "assert abs(x - 1e300**9) < 1e7",
        "assert abs(x) < 1e9",
        "assert x < 1e9",
        "assert abs(x - 17) > 1e9",
        "assert x == pytest.approx(17, 0.01)",
        "assert np.isclose(x, 17, atol=1)",
        "np.testing.assert_allclose(x, 17)",
        "unittest.TestCase().assertAlmostEqual(x, 17)",
        "unittest.TestCase().assertAlmostEqual(x, 17, places=2)",
    ],
)
def test_tolerances_that_say_something(body: str) -> None:
    assert messages(f"def test_x():\n    {NUMBER}\n    {body}\n") == set()

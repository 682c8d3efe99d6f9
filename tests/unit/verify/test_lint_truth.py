"""Assertions that hold whatever was done, and their likes that may fail."""

from typing import Any

import pytest
from tests.support import verify_tasks as tasks

IMPORTS = "import json, math, os, re, sys\nimport pytest\nfrom unittest.mock import ANY\n"
TEXT = "x = open('/app/n').read()"
TRIES = f"{TEXT}\n    try:\n        assert x == '4'\n    "


def rules(source: str) -> set[str]:
    row: dict[str, Any] = tasks.foreign("truth", IMPORTS + source)
    return tasks.rules(row)


@pytest.mark.parametrize(
    ("rule", "body"),
    [
        ("vacuous-test", "assert {'n': open('/app/n').read()}"),
        ("vacuous-test", "assert 'n is %s' % open('/app/n').read()"),
        ("vacuous-test", "assert 'n is ' + open('/app/n').read()"),
        ("vacuous-test", f"{TEXT}\n    assert x in [x, None]"),
        ("vacuous-test", f"{TEXT}\n    assert not (x != x)"),
        ("vacuous-test", "assert open('/app/n').read().count('x') >= 0"),
        ("vacuous-test", "assert all(l == l for l in open('/app/n'))"),
        ("vacuous-test", f"{TRIES}finally:\n        return"),
        ("vacuous-test", f"{TRIES}except AssertionError as e:\n        sys.stderr.write(str(e))"),
        ("vacuous-test", f"{TEXT}\n    assert len(x) == len(x)"),
        ("vacuous-test", f"{TEXT}\n    assert map(str.isdigit, x)"),
        ("vacuous-test", "assert '4' in 'adam 4', open('/app/n').read()"),
        ("vacuous-test", f"{TEXT}\n    assert 'x' in x or 'x' not in x"),
        ("vacuous-test", f"{TEXT}\n    for n in range(0):\n        assert x == str(n)"),
        ("existence-only", "assert open('/app/n').read() is not None"),
        ("existence-only", f"{TEXT}\n    assert x != None"),
        ("existence-only", "assert type(open('/app/n').read()) is str"),
        ("existence-only", "assert open('/app/n').read().startswith('')"),
        ("existence-only", f"{TEXT}\n    assert '' in x"),
        ("existence-only", "assert re.search('.*', open('/app/n').read()) is not None"),
        ("existence-only", "assert re.match('', open('/app/n').read())"),
        ("existence-only", "assert open('/app/n').read() == ANY"),
        ("existence-only", "assert float(open('/app/n').read()) == pytest.approx(4, abs=1e9)"),
    ],
)
def test_assertions_that_hold_whatever_was_done(rule: str, body: str) -> None:
    assert rules(f"def test_x():\n    {body}\n") == {rule}


@pytest.mark.parametrize(
    "body",
    [
        "assert {l for l in open('/app/n')} == {'4'}",
        "assert '%s' % open('/app/n').read()",
        "assert 3 + int(open('/app/n').read())",
        f"{TEXT}\n    assert len(x) == len(x.strip('4'))",
        f"{TEXT}\n    assert list(map(int, x))",
        f"{TEXT}\n    assert 'x' in x or 'y' not in x",
        f"{TEXT}\n    for n in range(1):\n        assert x == str(n)",
        f"{TEXT}\n    assert x in ['4', None]",
        f"{TEXT}\n    y = x.upper()\n    assert not (x != y)",
        "assert open('/app/n').read().count('x') >= 1",
        "assert all(l == '4' for l in open('/app/n'))",
        f"{TRIES}finally:\n        print(x)",
        f"{TRIES}except AssertionError as e:\n        sys.exit(str(e))",
        "assert json.load(open('/app/n')).get('a') is not None",
        "assert type(json.load(open('/app/n'))) is dict",
        "assert open('/app/n').read().startswith('^')",
        "lines = open('/app/n').read().split('\\n')\n    assert '' in lines",
        "assert re.search('^4', open('/app/n').read()) is not None",
        "assert float(open('/app/n').read()) == pytest.approx(4, abs=0.1)",
        "if math.nan != math.nan:\n        assert open('/app/n').read() == '4'",
    ],
)
def test_assertions_that_may_fail(body: str) -> None:
    assert rules(f"def test_x():\n    {body}\n") == set()


OK = "def ok():\n    return open('/app/n').read() == '4'\n\n"


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        (f"{OK}def test_x():\n    assert ok\n", {"vacuous-test"}),
        (f"{OK}def test_x():\n    assert not ok or ok\n", {"vacuous-test"}),
        ("class Ok:\n    pass\n\ndef test_x():\n    assert Ok\n", {"vacuous-test"}),
        ("from os.path import isfile\ndef test_x():\n    assert isfile\n", {"vacuous-test"}),
        (f"def test_x():\n    {TEXT}\n    def ok(): return x\n    assert ok\n", {"vacuous-test"}),
        (f"{OK}def test_x():\n    assert ok()\n", set()),
        (f"@pytest.fixture\n{OK}def test_x(ok):\n    assert ok\n", set()),
        (f"{OK}def test_x():\n    for ok in open('/app/n'):\n        assert ok\n", set()),
        ("class A:\n    def n(self): pass\n\ndef test_x():\n    assert n\n", set()),
    ],
)
def test_functions_that_nobody_calls(source: str, wanted: set[str]) -> None:
    assert rules(source) == wanted


@pytest.mark.parametrize(
    ("call", "wanted"),
    [
        ("self.assertEqual(1, 1)", {"vacuous-test"}),
        ("self.assertTrue(True, open('/app/n').read())", {"vacuous-test"}),
        ("self.assertTrue(open('/app/n').read().strip(), '5')", {"existence-only"}),
        ("self.assertTrue(open('/app/n').read().strip(), 'n is empty')", set()),
        ("self.assertTrue(os.path.exists('/app/n'))", {"existence-only"}),
        ("self.assertEqual(os.path.exists('/app/n'), True)", {"existence-only"}),
        ("self.assertEqual(open('/app/n').read(), '4')", set()),
        ("self.assertTrue(open('/app/n').read() == '4')", set()),
        ("self.assertIn('4', open('/app/n').read())", set()),
        ("self.assertGreaterEqual(len(open('/app/n').read()), 0)", {"vacuous-test"}),
        ("self.assertGreaterEqual(len(open('/app/n').read()), 2)", set()),
        ("self.assertIsNotNone(open('/app/n').read())", {"existence-only"}),
        ("self.assertIsNotNone(json.load(open('/app/n')).get('a'))", set()),
        ("self.assertRegex(open('/app/n').read(), '.*')", {"existence-only"}),
        ("self.assertRegex(open('/app/n').read(), '^4')", set()),
    ],
)
def test_assertions_of_unittest(call: str, wanted: set[str]) -> None:
    head = "import unittest\nclass TestX(unittest.TestCase):\n    def test_x(self):\n"
    assert rules(f"{head}        {call}\n") == wanted

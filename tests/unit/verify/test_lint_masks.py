"""Comparisons whose failure their own command line hides."""

import pytest
from tests.support import verify_tasks as tasks

from shellwright.verify.lint_masks import hidden_by

PIPE = "cmp /app/n /tests/expected/n | cat"
RUN = "import os\nimport subprocess\n\ndef test_x():\n    assert open('/app/n').read() == '4'\n"


def rules(source: str, grade: str = "") -> set[str]:
    row = tasks.foreign("x", source, **({"grade": grade} if grade else {}))
    return tasks.rules(row)


@pytest.mark.parametrize(
    ("code", "rule"),
    [
        (f"d = subprocess.run('{PIPE}', shell=True)\n    assert d.returncode == 0", "masked-pipe"),
        (f"assert subprocess.run('{PIPE}', shell=True).returncode == 0", "masked-pipe"),
        (f"subprocess.run('{PIPE}', shell=True, check=True)", "masked-pipe"),
        (f"subprocess.check_call('{PIPE}', shell=True)", "masked-pipe"),
        (f"assert os.system('{PIPE}') == 0", "masked-pipe"),
        ("assert subprocess.call('grep -q 4 /app/n || true', shell=True) == 0", "masked-result"),
        (f"subprocess.run('{PIPE}', shell=True)", ""),  # shown to whoever reads the log
        (f"subprocess.run('set -o pipefail; {PIPE}', shell=True, check=True)", ""),
        ("subprocess.run('rm /app/x || true', shell=True, check=True)", ""),
        (
            "d = subprocess.run('grep x /app/n | sort', shell=True, capture_output=True)\n"
            "    assert d.returncode == 0 and d.stdout == b'x'",
            "",
        ),
        ("subprocess.run(['grep', '|', 'cat'], check=True)", ""),
    ],
)
def test_a_comparison_in_a_test(code: str, rule: str) -> None:
    assert rules(f"{RUN}    {code}\n") == ({rule} if rule else set())


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("if cmp -s a b && grep -x 17 /app/n | head -1; then", "masked-pipe"),
        ("grep -qx 17 /app/n | cat", "masked-pipe"),
        ("diff a b | tee log && ok=1", "masked-pipe"),
        ("if cmp a b || true; then", "masked-result"),
        ("cmp -s a b || diff a b | head -20", ""),
        ("diff a b | head -20 || true", ""),
        ("if grep x f | grep -q y; then", ""),
        ("if cmp a b; then diff a c | head; fi", ""),
        ("[ \"$(grep -c x f | tr -d ' ')\" = 3 ] && ok=1", ""),
        ("if grep -E 'a|sort' f; then", ""),
        ("N=$(grep x f | wc -l)", ""),
        ("grep -v x f > g || true", ""),
    ],
)
def test_a_comparison_in_a_script(line: str, rule: str) -> None:
    assert hidden_by(line, asked=False) == rule


def test_a_comparison_in_test_sh() -> None:
    grade = "#!/bin/bash\n{}if grep -x 17 /app/n | head -1; then\n  echo 1 > reward.txt\nfi\n"
    assert rules("", grade.format("")) == {"masked-pipe"}
    assert rules("", grade.format("set -o pipefail\n")) == set()

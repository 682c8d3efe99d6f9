"""Programs in shell code."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shellwright.shell import programs

SCRIPTS = Path(__file__).parents[3] / "scripts"


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("head -n 4 a | cut -f 1 | sort", ["head", "cut", "sort"]),
        ("cd /app && echo hi", []),
        ("find . -name '*.x' -exec gzip -n {} +", ["find", "gzip"]),
        ("find . -print0 | xargs -0 -n 1 sha256sum", ["find", "xargs", "sha256sum"]),
        ("LC_ALL=C sort a > b", ["sort"]),
        ("env -u X LANG=C tr a b", ["env", "tr"]),
        ("timeout -k 1 5 make test", ["timeout", "make"]),
        ("faketime '2026-03-01 08:00' anacron -s", ["faketime", "anacron"]),
        ("proot -0 -b a:/run env X=1 cron -f", ["proot", "env", "cron"]),
        ("fakeroot -s state -- chown 0 a", ["fakeroot", "chown"]),
        ('x=$(basename "$y"); for f in *; do mv "$f" "$x"; done', ["basename", "mv"]),
        ("bash -c 'jq . a | wc -l'", ["bash", "jq", "wc"]),
        ("say() { printf x; }\nsay", []),
        ("/usr/bin/git log", ["git"]),
        ("$tool -x", []),
        ("sqlite3 a.db <<'SQL'\nselect drop from t;\nSQL\n", ["sqlite3"]),
        ("command -v jq; command ls", ["ls"]),
        ('while read -r a; do stat "$a"; done < <(git ls-files)', ["stat", "git"]),
    ],
)
def test_programs(script: str, expected: list[str]) -> None:
    assert programs(script) == expected


@given(st.text(max_size=200))
def test_any_text_can_be_read(script: str) -> None:
    assert all(programs(script))


@pytest.mark.parametrize(
    "script",
    [
        "~\x97b:{\U0010c712\x08h",
        "{\U00071de8..9}",
        "\U0010ffff() { ls; }",
        "$\U000f5aa3",
        "=~ \ud800",
    ],
)
def test_characters_from_far_away_do_not_crash_the_parser(script: str) -> None:
    # In an interpreter of its own: a crash would end the tests.
    code = "import sys; from shellwright.shell import programs; programs(eval(sys.argv[1]))"
    for _ in range(3):
        done = subprocess.run(
            [sys.executable, "-c", code, ascii(script)],
            env={**os.environ, "PYTHONPATH": str(SCRIPTS)},
            check=False,
        )
        assert done.returncode == 0


def test_names_beyond_ascii_are_read_as_they_are() -> None:
    assert programs("größe --x | zähle 'é'; größer() { ls; }; größer") == ["größe", "zähle", "ls"]

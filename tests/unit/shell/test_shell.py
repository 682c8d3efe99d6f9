"""Programs in shell code."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shellwright.shell import programs


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

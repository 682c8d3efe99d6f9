"""Clocks of SQL, awk, printf and numpy: what reads them, and what only looks like it."""

from dataclasses import replace

import pytest
from tests.support import verify_tasks as tasks
from tests.support.verify_tasks import rules

from shellwright.verify.lint_commands import clock

TEST = (
    "import sqlite3, subprocess\nimport numpy as np\nimport pandas as pd\n"
    "db = sqlite3.connect(':memory:')\n\n\n"
    "def test_x():\n    assert open('/app/n').read() == '4\\n'\n    "
)


@pytest.mark.parametrize(
    "script",
    [
        'sqlite3 a.db "select current_date"',
        "sqlite3 :memory: \"SELECT 1 WHERE CURRENT_TIMESTAMP < '2031'\"",
        "sqlite3 a.db 'select datetime()'",
        "psql -tc 'select now()'",
        "psql -c 'delete from t where at < now()'",
        "select id, current_date from t;",  # a line of a here-document
        "gawk 'BEGIN { print strftime(\"%Y\") }'",
        "awk 'BEGIN { print strftime() }'",
        'awk "BEGIN { y = strftime(\\"%Y\\"); print y }"',
        "awk 'BEGIN { print systime() }'",
        "printf '%(%F)T'",
        "d=$(printf '%(%F)T' -1)",
        "sqlite3 a.db \"select date('now')\"",
        "sqlite3 a.db \"select date('NOW')\"",
        "psql -c 'select localtimestamp'",
        "duckdb -c 'select today()'",
        "sqlite3 a.db .schema | grep -q x; sqlite3 a.db 'select current_date'",
        "sqlite3 a.db 'create table t(at text default current_date); select current_date'",
    ],
)
def test_commands_that_read_a_clock(script: str) -> None:
    assert clock(script)


@pytest.mark.parametrize(
    "script",
    [
        "sqlite3 a.db 'create table t(at text default current_timestamp)'",
        "sqlite3 a.db 'create table t(at text DEFAULT (CURRENT_TIMESTAMP))'",
        "mysql -e 'alter table t modify at timestamp on update current_timestamp'",
        'sqlite3 a.db "select \'current_date\', t.current_date, ""current_time"" from t"',
        "sqlite3 a.db \"select date(at), strftime('%Y', at) from t\"",
        "grep -c current_date report.json",
        "sqlite3 a.db 'create table t(at text not null default(current_timestamp))'",
        "sqlite3 a.db \"create table t(at text default (datetime('now')))\"",
        "sqlite3 a.db .schema | grep -q 'DEFAULT  *CURRENT_TIMESTAMP'",
        "sqlite3 a.db .schema | grep -qiE 'now()|current_timestamp'",
        "grep 'awk ' f && ! grep 'strftime()' f",
        "jq '.current_date | now()' a.json",
        "awk '{ print strftime(\"%Y\", $1) }' n",
        "awk '{ print strftime(\"%Y\", 0, 1) }' n",
        "jq -r '.at | strftime(\"%Y\")' a.json",
        "python3 -c 'print(day.strftime(\"%Y\"))'",
        "printf '%(%F)T' 0",
    ],
)
def test_commands_that_read_none(script: str) -> None:
    assert not clock(script)


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("assert db.execute(\"select current_date < '2031-01-01'\").fetchone() == (1,)", True),
        ("db.execute('select 1 where now() > 1')", True),
        ("subprocess.check_output(['gawk', 'BEGIN { print strftime(\"%Y\") }'])", True),
        ("subprocess.run(['sqlite3', 'a.db'], input='select current_time;')", True),
        ("assert np.datetime64('now') < np.datetime64('2031-01-01')", True),
        ("assert pd.Timestamp('today').year < 2031", True),
        ("assert np.datetime64('2026-01-01') < np.datetime64('2031-01-01')", False),
        ("db.execute('create table t(at text default current_timestamp)')", False),
        ("db.execute('create table t(at text default\\n    current_timestamp)')", False),
        ("db.execute('create table t(at text default (datetime(\"now\")))')", False),
        ("db.execute(\"select sql from m where sql like '%CURRENT_TIMESTAMP%'\")", False),
        ("db.execute('select date(at) from t')", False),
        ("assert 'current_date' not in open('/app/n').read()", False),
    ],
)
def test_tests_in_python(code: str, found: bool) -> None:
    assert rules(tasks.foreign("clocks", TEST + code)) == ({"wall-clock"} if found else set())


@pytest.mark.parametrize(
    ("command", "found"),
    [
        ("printf '%(%F)T\\n' -1 > out/names.txt", True),
        ("sqlite3 :memory: 'select current_date' > out/names.txt", True),
        ("sqlite3 :memory: 'select datetime()' > out/names.txt", True),
        ("awk 'BEGIN { print strftime(\"%F\") }' >> /app/out/names.txt", True),
        ("echo \"$(sqlite3 :memory: 'select date()')\" > out/names.txt", True),
        ("sqlite3 :memory: 'select current_date' > run.log", False),
        ("awk '{ print strftime(\"%F\", $1) }' in/names.txt > out/names.txt", False),
        ("printf '%s\\n' 'date +%F' > out/names.txt", False),
        ("printf '%(%F)T\\n' 0 > out/names.txt", False),
    ],
)
def test_a_solution(command: str, found: bool) -> None:
    spec = replace(tasks.GOOD, commands=[*tasks.GOOD.commands, command])
    assert rules(tasks.row(spec)) == ({"clock-in-solution"} if found else set())

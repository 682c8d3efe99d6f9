"""Looks: when one counts as failed, and what its author may say about that."""

import pytest

from shellwright.sandbox.box import Ran
from shellwright.verify.mistakes import complaint_of, look_problem


def ran(output: str = "", code: int = 0) -> Ran:
    return Ran(code, output.encode(), 0.1, timed_out=False, truncated=False)


@pytest.mark.parametrize(
    ("command", "output"),
    [
        ("scriptreplay -t a -s b | tail", "scriptreplay: a: line 1: timing file error: Bad\n"),
        ("mlr --icsv count -f x a.csv", "a,b\nUsage: mlr count [options]\nPrints\n"),
        ("awk '{' a", "awk: cmd. line:1: {\n"),
        ("cat a; nosuch a", "/bin/bash: line 1: nosuch: command not found\n"),
        ("ls -Q -9", "ls: invalid option -- '9'\n"),
        ("cd /x && (git log | head)", "1\nfatal: no\nhead: cannot open 'x'\n"),
        ("ninja -C x", "ninja: error: loading 'build.ninja': No such file or directory\n"),
        ("make 2>&1 | tail -n 1", "make: *** [Makefile:5: report] Error 1\n"),
        ("/usr/lib/postgresql/bin/pg_ctl status", "pg_ctl: no server running\n"),
    ],
)
def test_a_program_that_is_called_complains(command: str, output: str) -> None:
    assert complaint_of(command, output)


@pytest.mark.parametrize(
    ("command", "output"),
    [
        ("cat work.log", "12:01 ERROR [disk] cannot write: No such file\n"),
        ("cat tool.py", 'usage: tool.py FILE\nsys.exit("usage: tool.py")\n'),
        ("bash tool.sh x", "tool.sh: x cannot be read\n"),
        ("cat notes | head -n 2", "ls: this is what somebody wrote\n"),
        ("rlog a,v | head -n 9", "head: 1.6\nbranch:\n"),
        ("make -C x -n", "make: Entering directory '/x'\nmake: 'a' is up to date.\n"),
        ("ninja -C x", "ninja: Entering directory `/x'\nninja: no work to do.\n"),
        ("file a", "a: ASCII text\n"),
    ],
)
def test_what_only_reads_like_a_complaint_is_none(command: str, output: str) -> None:
    assert complaint_of(command, output) == ""


def look(command: str, *, fails: bool = False) -> dict[str, object]:
    return {"skill": "s", "kind": "look", "command": command, "fails": fails}


def test_a_look_may_find_nothing_or_be_cut_short() -> None:
    assert [look_problem(look("grep x a"), ran(code=code)) for code in (0, 1, 141)] == [""] * 3


def test_a_look_that_fails_is_a_problem_unless_its_author_says_so() -> None:
    wrong = ran("ls: cannot access 'a': No such file or directory\n")
    assert "ls: cannot access" in look_problem(look("ls a | cat"), wrong)
    assert look_problem(look("ls a | cat", fails=True), wrong) == ""
    assert "ends with 2" in look_problem(look("jq . a"), ran(code=2))
    assert look_problem(look("jq . a", fails=True), ran(code=2)) == ""


def test_a_look_that_is_said_to_fail_has_to() -> None:
    assert "does not" in look_problem(look("ls", fails=True), ran("a\n"))

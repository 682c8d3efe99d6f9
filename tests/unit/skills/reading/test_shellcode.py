"""Shell code of unknown origin."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shellwright.skills.document import Call
from shellwright.skills.reading.shellcode import MAX_CALLS, calls, parses


def programs(script: str) -> list[str]:
    return [call.program for call in calls(script)]


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("cat a | sort", ["cat", "sort"]),
        ("sudo -u me env A=1 timeout -k 1 5 make", ["make"]),
        ("find . -name x -exec gzip -n {} +", ["find", "gzip"]),
        ("find . | xargs -0 -n 1 wc", ["find", "wc"]),
        ("bash -c 'jq . a | wc -l'", ["bash", "jq", "wc"]),
        ('bash -lc "$(curl x)"', ["bash", "curl"]),
        ("cd /a && echo hi && true", []),
        ("source x; . y; eval z; export A=1", ["source", ".", "eval", "export"]),
        ("say() { printf x; jq .; }\nsay", ["jq"]),
        ("$tool -x; {{program}} -x; <tool> y", []),
        ("/usr/bin/git log; ~/.venv/bin/python x", ["git", "python"]),
        ("./go.sh; {baseDir}/scripts/go.sh", ["./go.sh", "{baseDir}/scripts/go.sh"]),
        ("command -v jq; command ls; exec make", ["ls", "make"]),
        ("for f in *; do wc $f; done", ["wc"]),
        ("x=$(date); diff <(sort a) <(sort b)", ["date", "diff", "sort", "sort"]),
        ("sudo -i", ["sudo"]),
    ],
)
def test_one_call_per_simple_command(script: str, expected: list[str]) -> None:
    assert programs(script) == expected


def test_arguments_lose_their_surrounding_quotes_only() -> None:
    script = 'grep -c \'a b\' "$X" a"b c" $HOME/x'
    assert calls(script) == (Call("grep", ("-c", "a b", "$X", 'a"b c"', "$HOME/x")),)


def test_placeholders_stay_as_they_are_written() -> None:
    call = Call("cp", ("<file>", "{{out dir}}/x", "{baseDir}/y", "$A", "<owner>/<name>"))
    assert calls("cp <file> {{out dir}}/x {baseDir}/y $A <owner>/<name>") == (call,)


@pytest.mark.parametrize(
    ("script", "reads", "writes"),
    [
        ("sort < in > out", ("in",), ("out",)),
        ("sort <in>out", ("in",), ("out",)),
        ("make 2>&1 >> log", (), ("log",)),
        ("make > /dev/null 2> errors", (), ("errors",)),
        ("cat <<END > out\nx\nEND\n", (), ("out",)),
        ("{ make; } &> out", (), ("out",)),
    ],
)
def test_redirections(script: str, reads: tuple[str, ...], writes: tuple[str, ...]) -> None:
    (call,) = calls(script)
    assert (call.reads, call.writes) == (reads, writes)


def test_arguments_behind_a_redirection_are_arguments() -> None:
    assert calls("sort < in -r")[0].arguments == ("-r",)


def test_the_last_stage_of_a_pipe_writes_and_the_first_one_reads() -> None:
    first, last = calls("cut -f 1 < in | sort > out")
    assert (first.reads, first.writes) == (("in",), ())
    assert (last.reads, last.writes) == ((), ("out",))


def test_a_list_writes_with_its_last_command() -> None:
    assert [call.writes for call in calls("make && wc x > out")] == [(), ("out",)]


@pytest.mark.parametrize(
    "script",
    ["cat a | wc", "cat <<END | wc\nx\nEND\n", "cat a 2> b | sudo wc", "(cd x && cat a) | (wc)"],
)
def test_what_a_command_is_piped_from(script: str) -> None:
    assert calls(script)[-1].program == "wc"
    assert calls(script)[-1].piped_from == "cat"


def test_a_builtin_command_can_feed_a_pipe() -> None:
    assert calls("echo x | base64 -d | sh")[0].piped_from == "echo"


def test_a_loop_does_not_hand_its_input_on() -> None:
    assert calls("cat a | while read x; do wc $x; done")[-1].piped_from == ""


@pytest.mark.parametrize(
    "script", ["sudo wc x", "doas wc x", "sudo sh -c 'wc x'", "sudo find . -exec wc {} ;"]
)
def test_root(script: str) -> None:
    assert all(call.root for call in calls(script))


def test_no_root_without_sudo() -> None:
    assert not calls("wc x")[0].root


def test_calls_are_bounded() -> None:
    assert len(calls("wc x\n" * (MAX_CALLS + 10))) == MAX_CALLS


@pytest.mark.parametrize(
    "unit",
    [
        "env ",
        "bash -c '",
        "$(",
        "(",
        "<<A\n",
        "a|",
        ">",
        "a=(",
        "find . -exec ",
        "{{",
        "<x ",
        "[[",
        "); fi",
        ")= ;;",
    ],
)
def test_hostile_scripts_end(unit: str) -> None:
    calls(unit * 50_000)


@given(st.text(max_size=200))
def test_any_text_can_be_read(script: str) -> None:
    assert all(call.program for call in calls(script))


@given(st.lists(st.sampled_from(["a", "|", "<", ">", "'", '"', "$(", ")", "{{", "}}", ";", "<<"])))
def test_any_broken_script_can_be_read(parts: list[str]) -> None:
    assert calls(" ".join(parts)) == calls(" ".join(parts))


def test_a_script_full_of_errors_is_read_in_pieces() -> None:
    assert calls(")= ;;" * 5000 + "\nwc x\n" * 2000)[-1].program == "wc"


def test_placeholders_are_no_errors() -> None:
    assert parses("cp <file> {{a b}} {baseDir}/x")
    assert not parses("if then (")


@pytest.mark.parametrize(
    "script",
    [
        "rm -rf x\nrm() { :; }",
        "(rm() { :; })\nrm -rf x",
        "if false; then\nrm() { :; }\nfi\nrm -rf x",
        "bash -c 'rm() { :; }'\nrm -rf x",
        "f() { rm() { :; }; }\nrm -rf x",
        "f() { rm -rf x; }\nf\nrm() { :; }",
        "rm() { :; }\nsudo rm -rf x",
        "rm() { :; }\n/bin/rm -rf x",
        "rm() { :; }\nfind . -exec rm {} +",
        "rm() { :; }\nunset -f rm\nrm -rf x",
        'rm() { command rm "$@"; }\nrm -rf x',
        "\\rm -rf x",
    ],
)
def test_a_function_hides_no_program_before_or_outside_its_own(script: str) -> None:
    assert "rm" in programs(script)


@pytest.mark.parametrize(
    "script",
    [
        "rm() { :; }\nrm x",
        "main() { rm x; }\nrm() { :; }\nmain",
        "main() { rm x; }\nrm() { :; }\n",
        "main() { inner; }\ninner() { rm x; }\nrm() { :; }\nmain",
    ],
)
def test_a_function_hides_its_name_once_it_is_there(script: str) -> None:
    assert programs(script) == []


@pytest.mark.parametrize(
    "between",
    ["\n", "\n\n", "\r\n", "\n# a remark\n", " # a remark\n", "\n\n  # one\n  # two\n\n"],
)
def test_a_line_behind_a_long_pipe_is_a_command_of_its_own(between: str) -> None:
    found = calls(f"cat a | sort | uniq -c{between}rm -rf b > log\nhead log\n")
    assert [call.program for call in found] == ["cat", "sort", "uniq", "rm", "head"]
    assert found[2].arguments == ("-c",)
    assert found[3].arguments == ("-rf", "b")
    assert found[3].piped_from == ""


def test_words_on_continued_lines_stay_with_their_command() -> None:
    found = calls("cat a | sort | uniq \\\n  -c \\\n  b > log\n")
    assert found[2].arguments == ("-c", "b")


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("> a; : > b; true", [(":", ("a",)), (":", ("b",)), ("true", ())]),
        ("ls\n> a\nwc b > c", [("ls", ()), (":", ("a",)), ("wc", ("c",))]),
        ("kill -9 1; history | wc; cd x", [("kill", ()), ("history", ()), ("wc", ()), ("cd", ())]),
        ("while :; do ls; done > a", [(":", ("a",)), ("ls", ("a",))]),
    ],
)
def test_built_in_commands_that_do_something_are_told_where_asked(
    script: str, expected: list[tuple[str, tuple[str, ...]]]
) -> None:
    assert [(call.program, call.writes) for call in calls(script, said=True)] == expected
    assert not {":", "true", "kill", "history", "cd"}.intersection(programs(script))

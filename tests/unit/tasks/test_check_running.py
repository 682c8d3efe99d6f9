"""What the checks of programs accept, refuse and clean up."""

import os
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from shellwright.tasks.outcomes import out_of_time

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can change identity")


def refuses(call: Any, *arguments: Any, says: str, **options: Any) -> None:
    with pytest.raises(AssertionError, match=says):
        call(*arguments, **options)


def shell(harness: Any, script: str, **options: Any) -> None:
    harness.checks.command_prints(["/bin/sh", "-c", script], cwd=str(harness.app), **options)


def test_output_and_exit_code(harness: Any) -> None:
    shell(harness, "echo hi", text="hi")
    shell(harness, "echo hi", expected=harness.expect("o", "hi\n"), trailing_newline="exact")
    shell(harness, "cat; exit 3", stdin="in", text="in", exit_code=3)
    refuses(shell, harness, "echo ho", text="hi", says="line 1")
    refuses(shell, harness, "echo why >&2; exit 1", text="", says="exit code 1.*why")
    refuses(harness.checks.command_prints, ["/no/such"], cwd="/", text="", says="cannot be run")


@needs_root
def test_programs_run_as_the_agent_with_nothing_of_ours(harness: Any) -> None:
    os.environ["SECRET"] = "x"
    try:
        shell(harness, 'echo "$(id -u) $(id -G) ${SECRET-unset}"', text="1000 1000 unset")
    finally:
        del os.environ["SECRET"]
    harness.tests.chmod(0o700)
    harness.expect("answer", "42")
    refuses(shell, harness, f"cat {harness.tests}/expected/answer", text="42", says="Permission")


def test_too_slow_and_too_much(harness: Any) -> None:
    started = time.monotonic()
    refuses(shell, harness, "sleep 60", text="", timeout=0.3, says="still running after 0.3 s")
    refuses(shell, harness, "yes", text="", timeout=20, says="printed more than")
    assert time.monotonic() - started < 15


def test_a_program_that_took_too_long_is_known_by_what_the_check_says(harness: Any) -> None:
    def said(script: str, timeout: float) -> bool:
        with pytest.raises(AssertionError) as caught:
            shell(harness, script, text="", timeout=timeout)
        return out_of_time([{"outcome": "failed", "message": str(caught.value)}])

    assert said("sleep 60", 0.2)
    assert said("exec >&- 2>&-; sleep 60", 0.25)
    assert not said("echo still running", 9)
    assert not out_of_time([{"outcome": "passed", "message": "x: still running after 9 s"}])
    assert not out_of_time([{"outcome": "failed", "message": None}, {}])


def test_a_large_input_and_output_do_not_block(harness: Any) -> None:
    text = "x" * 1_000_000
    shell(harness, "cat", stdin=text, text=text)
    shell(harness, "true", stdin=text, text="")


def test_what_a_program_prints_as_it_ends_counts(
    harness: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that prints and ends just before it is asked whether it has ended."""
    asked = subprocess.Popen.poll

    def slowly(process: subprocess.Popen[bytes]) -> int | None:
        process.wait()
        return asked(process)

    monkeypatch.setattr(subprocess.Popen, "poll", slowly)
    shell(harness, "sleep 0.2; echo late", text="late")


def test_nothing_survives_a_program(harness: Any) -> None:
    mark = f"31{os.getpid()}"
    shell(
        harness, f"setsid sleep {mark} & (sleep {mark} &) ; nohup sleep {mark} & echo on", text="on"
    )
    running = [p.read_bytes() for p in Path("/proc").glob("[0-9]*/cmdline")]
    assert not [line for line in running if mark.encode() in line]


@pytest.mark.parametrize("ends", ["exit 1", "kill -9 $$", "sleep 60"])
def test_nothing_in_its_tmpdir_survives_a_program(harness: Any, ends: str) -> None:
    harness.app.chmod(0o777)
    script = f'at=$(mktemp -d); echo "$at" > where; touch "$at/copy"; mkdir -m 0 "$at/x"; {ends}'
    refuses(shell, harness, script, text="", timeout=1, says="exit code|still running")
    (where,) = (harness.app / "where").read_text().splitlines()
    assert not Path(where).exists() and not Path(where).parent.exists()


def test_output_of_git_without_its_traps(harness: Any) -> None:
    repo = harness.app / "repo"
    git = ["git", "-C", str(repo), "-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run(["git", "init", "-q", "-b", "main", str(repo)], check=True)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "first"], check=True)
    trap = harness.app / "trap"
    subprocess.run([*git, "config", "core.pager", f"touch {trap}"], check=True)
    subprocess.run([*git, "config", "core.fsmonitor", f"touch {trap}"], check=True)
    output = harness.checks.git_output
    output(str(repo), ["log", "--format=%s"], text="first")
    output(str(repo), ["status", "--short"], text="")
    refuses(output, str(repo), ["log", "--format=%s"], text="second", says="line 1")
    refuses(output, str(repo), ["log", "no-such"], text="", says="exit code 128")
    refuses(output, str(harness.app / "no"), ["log"], text="", says="expected a git repository")
    assert not trap.exists()

"""What a script gets of its job, and how it ends."""

import logging
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from shellwright.errors import UserError
from shellwright.job import Job, run

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


@pytest.fixture
def snakemake(tmp_path: Path) -> Any:
    return SimpleNamespace(
        rule="verify_tasks",
        input=SimpleNamespace(rows="in.parquet", shards=["a", "b"]),
        output=SimpleNamespace(rows="out.parquet"),
        params=SimpleNamespace(
            settings={"shards.bits": 4, "verify.limits": {"cpus": 1}, "verify.oracle_runs": 2},
            code={"verify": "0" * 64},
        ),
        wildcards=SimpleNamespace(shard="a"),
        resources=SimpleNamespace(workers=3),
        log=[str(tmp_path / "logs" / "a.log")],
        config={"seed": 1},
    )


@pytest.fixture(autouse=True)
def own_logging() -> Iterator[None]:
    """``run`` sets up logging for a process of its own; put back what pytest had."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    for handler in set(root.handlers) - set(handlers):
        handler.close()
    root.handlers[:] = handlers
    root.setLevel(level)


def test_a_job_has_plain_values(snakemake: Any) -> None:
    job = Job(snakemake)
    assert job.input("rows") == Path("in.parquet")
    assert job.inputs("shards") == [Path("a"), Path("b")]
    assert job.settings == {
        "shards": {"bits": 4},
        "verify": {"limits": {"cpus": 1}, "oracle_runs": 2},
    }
    assert (job.shard, job.workers, job.config["seed"]) == ("a", 3, 1)


def test_the_code_of_a_job_is_known_by_its_digests(snakemake: Any) -> None:
    before = Job(snakemake).code
    snakemake.params.code = {"verify": "1" * 64}
    assert Job(snakemake).code != before


def test_a_mistake_of_the_user_is_shown_without_a_traceback(
    snakemake: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    def main(job: Job) -> None:
        raise UserError("mine.yaml: wrong")

    with pytest.raises(SystemExit) as end:
        run(main, snakemake)
    assert end.value.code == 1
    assert capsys.readouterr().err == "mine.yaml: wrong\n"
    log = Path(snakemake.log[0]).read_text()
    assert "mine.yaml: wrong" in log
    assert "Traceback" not in log


def test_any_other_error_is_shown_in_full(
    snakemake: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        run(lambda job: job.params.nothing, snakemake)
    assert "Traceback" in capsys.readouterr().err
    assert "Traceback" in Path(snakemake.log[0]).read_text()


def test_a_full_disk_is_shown_without_a_traceback(
    snakemake: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    def main(job: Job) -> None:
        Path("/dev/full").write_text("x")

    with pytest.raises(SystemExit):
        run(main, snakemake)
    text = capsys.readouterr().err
    assert "No space left on device. Make room" in text
    assert "Traceback" not in text


def test_a_job_whose_build_was_killed_before_it_began_does_nothing(tmp_path: Path) -> None:
    script = tmp_path / ".snakemake" / "scripts" / "tmp1.work.py"
    script.parent.mkdir(parents=True)
    script.write_text(
        textwrap.dedent(
            """
            import os, sys, time
            from pathlib import Path
            from types import SimpleNamespace
            while os.getppid() == int(sys.argv[1]):
                time.sleep(0.01)
            from shellwright.job import run
            run(lambda job: Path("done").touch(), SimpleNamespace(rule="r", log=["log"]))
            """
        )
    )
    # It leaves the script an orphan, as a killed build does.
    command = f"[sys.executable, {str(script)!r}, str(os.getpid())]"
    build = f"import os, subprocess, sys; subprocess.Popen({command})"
    done = subprocess.run(
        [sys.executable, "-c", build],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(SCRIPTS)},
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert "the build that started this job is gone" in done.stderr
    assert not (tmp_path / "done").exists()


def test_a_job_ends_when_its_build_is_killed(tmp_path: Path) -> None:
    job = textwrap.dedent(
        """
        import sys, time
        from pathlib import Path
        from types import SimpleNamespace
        from shellwright.job import run
        def main(job):
            Path(sys.argv[1]).touch()
            time.sleep(60)
        run(main, SimpleNamespace(rule="r", log=[sys.argv[1] + ".log"]))
        """
    )
    # The name of the program is what the job looks for above itself.
    build = textwrap.dedent(
        """
        import subprocess, sys
        subprocess.run([sys.executable, "-c", sys.argv[2], sys.argv[3]])
        """
    )
    started = tmp_path / "started"
    environment = {**os.environ, "PYTHONPATH": str(SCRIPTS)}
    parent = subprocess.Popen(
        [sys.executable, "-c", build, "snakemake", job, str(started)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    while not started.exists():
        assert parent.poll() is None
    parent.send_signal(signal.SIGKILL)
    # The pipe closes only when the job has ended, too.
    text, _ = parent.communicate(timeout=20)
    assert "the build that started this job is gone" in text
    assert "finished items are kept" in text

"""What ``run_harbor.py`` decides, on job folders written by hand."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import harbor_env
import pytest
from harbor_env import MissingError, Source, debian_sources, find_python
from run_harbor import findings, sample, table
from trials import Trial, problem, read_trials

GOOD, ZERO = Trial(1.0, None, 0), Trial(0.0, None, 0)


def trial(job: Path, task: str, **result: Any) -> Path:
    folder = job / f"{task}__abc"
    (folder / "agent").mkdir(parents=True)
    content = {"task_id": {"path": f"/x/{task}"}, "task_name": "org/name", **result}
    (folder / "result.json").write_text(json.dumps(content))
    return folder


def rewarded(value: float) -> dict[str, Any]:
    return {"verifier_result": {"rewards": {"reward": value}}, "exception_info": None}


def test_trials_are_read_from_their_files(tmp_path: Path) -> None:
    trial(tmp_path, "a", **rewarded(1.0))
    folder = trial(tmp_path, "b", verifier_result=None, exception_info={"exception_type": "Boom"})
    (folder / "agent" / "exit-code.txt").write_text("3\n")
    assert read_trials(tmp_path) == {"a": [GOOD], "b": [Trial(None, "Boom", 3)]}


@pytest.mark.parametrize(
    ("oracle", "nop", "expected"),
    [
        ([GOOD], [ZERO], None),
        ([], [ZERO], "oracle: 0 trials, expected 1"),
        ([GOOD], [], "nop: 0 trials, expected 1"),
        ([Trial(1.0, "AgentTimeoutError", 0)], [ZERO], "oracle: AgentTimeoutError"),
        ([Trial(None, None, 0)], [ZERO], "oracle: no reward"),
        ([GOOD], [Trial(None, None, 0)], "nop: no reward"),
        ([Trial(1.0, None, 2)], [ZERO], "oracle: solve.sh ended with 2"),
        ([Trial(0.5, None, 0)], [ZERO], "oracle: reward 0.5"),
        ([GOOD], [Trial(0.25, None, 0)], "nop: reward 0.25"),
    ],
)
def test_problems(oracle: list[Trial], nop: list[Trial], expected: str | None) -> None:
    assert problem(oracle, nop, attempts=1) == expected


def test_a_task_that_harbor_skipped_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trial(tmp_path / "oracle", "a", **rewarded(1.0))
    trial(tmp_path / "nop", "a", **rewarded(0.0))
    assert table(["a", "skipped"], tmp_path) == 1
    assert "skipped  -       -    oracle: 0 trials, expected 1" in capsys.readouterr().out


def test_the_sample_is_spread_over_categories_and_stable() -> None:
    entries = [{"id": f"t{n}", "category": "rare" if n == 7 else "common"} for n in range(30)]
    chosen = sample(entries, 4)
    assert len(chosen) == 4 and "t7" in chosen[:2]
    assert sample(entries[::-1], 4) == chosen
    assert set(sample(entries[:3], 20)) == {"t0", "t1", "t2"}


def test_lint_findings_are_found_at_any_depth() -> None:
    report = {"tasks": [{"findings": [{"rule": "a"}, {"rule": "b"}]}], "version": 1}
    assert [finding["rule"] for finding in findings(report)] == ["a", "b"]


def test_package_sources_of_both_forms(tmp_path: Path) -> None:
    folder = tmp_path / "sources.list.d"
    folder.mkdir()
    (tmp_path / "sources.list").write_text(
        "# deb http://old/debian bookworm main\n"
        "deb [signed-by=/k.gpg] http://one/debian bookworm main contrib\n"
        "deb http://one/security bookworm-security main\n"
    )
    (folder / "debian.sources").write_text(
        "Types: deb\n# a comment\nURIs: http://two/debian\nSuites: bookworm bookworm-updates\n"
        "Components: main\nSigned-By: /usr/share/keyrings/k.gpg\n\n"
        "Types: deb\nURIs: http://two/security\nSuites: bookworm-security\nComponents: main\n"
    )
    (folder / "other.sources").write_text(
        "Types: deb\nURIs: http://three\nSuites: nodistro\nComponents: main\n"
    )
    assert list(debian_sources(tmp_path, "bookworm")) == [
        Source("http://one/debian", "[signed-by=/k.gpg] "),
        Source("http://two/debian", "[signed-by=/usr/share/keyrings/k.gpg] "),
    ]


def test_no_python_is_said_with_a_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    monkeypatch.setattr(harbor_env, "_fetch_python", lambda folder: "no network")
    with pytest.raises(MissingError, match=r"Python 3\.12 or newer .*: no network\. Install it"):
        find_python(tmp_path / "fetched")


def test_a_python_that_is_missing_is_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "fetched"

    def version(python: Path) -> tuple[int, int]:
        return (3, 13) if folder in python.parents else (3, 11)

    def fetch(into: Path) -> str:
        program = into / "cpython-3.13" / "bin" / "python3"
        program.parent.mkdir(parents=True)
        program.touch()
        return ""

    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    monkeypatch.setattr(harbor_env, "_version", version)
    monkeypatch.setattr(harbor_env, "_fetch_python", fetch)
    assert find_python(folder) == folder / "cpython-3.13" / "bin" / "python3"


@pytest.mark.parametrize("where", [["--tasks"], ["--", "--cores", "2", "--directory"]])
def test_a_missing_export_is_said_with_a_remedy(tmp_path: Path, where: list[str]) -> None:
    script = Path(__file__).with_name("run_harbor.py")
    command = [sys.executable, script, *where, tmp_path / "none"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"{tmp_path / 'none'}" in done.stdout
    assert "export the tasks first: snakemake" in done.stdout

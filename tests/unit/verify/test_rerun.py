"""What a second run of the gates prints, and which image it takes; no engine is asked."""

from pathlib import Path
from typing import Any

import pytest
from tests.support import verify_tasks as tasks
from tests.support.failures import IMAGE, write

from shellwright.errors import UserError
from shellwright.images.environment import Environment
from shellwright.verify import rerun
from shellwright.verify.failures import read_failure
from shellwright.verify.report import Report
from shellwright.verify.rerun import WIDEST, readable

OWN = "FROM shellwright/common\nRUN exit 7\nADD fixture.tar /\n"
LOG = "results/images/logs/task-1.log"
FAILED = {
    "reference": "shellwright/task:1", "status": "failed", "reason": "build-failed: code 7",
    "image": None, "log_path": LOG,
}  # fmt: skip


class Images:
    """Stands for the engine and what provides images; keeps what it was asked for."""

    def __init__(self) -> None:
        self.looked_for: list[Path] = []  # the folders in which a domain's image was
        self.built: list[tuple[str, Environment, Path]] = []
        self.shops: list[Any] = []
        self.record: dict[str, Any] = FAILED

    def present(self, client: Any, rows: Any, shop: Any) -> Any:
        self.looked_for.append(Path.cwd())
        self.shops.append(shop)
        raise UserError("gone")

    def own_record(self, client: Any, key: str, environment: Environment, shop: Any) -> Any:
        self.built.append((key, environment, Path.cwd()))
        self.shops.append(shop)
        return self.record


@pytest.fixture
def images(monkeypatch: pytest.MonkeyPatch) -> Images:
    images = Images()
    monkeypatch.setattr(rerun, "connect", lambda why: None)
    monkeypatch.setattr(rerun, "present", images.present)
    monkeypatch.setattr(rerun, "own_record", images.own_record)
    return images


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a build, which is the current one."""
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return work


def own_folder(work: Path) -> Path:
    """The folder of a task whose own Dockerfile failed in the build."""
    row = tasks.row(files={"environment/Dockerfile": OWN})
    image = {**IMAGE, **FAILED, "domain": "task"}
    return write(work / "failures", row, image=image)


def test_evidence_has_a_line_for_each_value_and_long_ones_are_cut() -> None:
    lines = readable({"trials": [{"code": 1, "output": "x" * 1000}]}).split("\n")
    assert '      "code": 1,' in lines
    (cut,) = [line for line in lines if "output" in line]
    assert cut.endswith(" more)")
    assert len(cut) < WIDEST + 30


def test_a_lost_image_is_looked_for_as_the_build_would(
    images: Images, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write(work / "failures", tasks.row())
    monkeypatch.chdir("/")
    assert rerun.main([str(folder)]) == 2
    assert images.looked_for == [work] and not images.built
    assert images.shops[0].registry == "localhost:5000/mine"
    assert images.shops[0].results == Path("results/images")
    assert Path.cwd() == Path("/")


def test_an_environment_that_cannot_be_built_is_a_rejection_with_its_reason(
    images: Images, work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert rerun.main([str(own_folder(work))]) == 1
    told = "no-image: shellwright/task:1: build-failed: code 7; the log of its build is "
    assert capsys.readouterr().out == f"{told}{work / LOG}\ntier: rejected\n"
    ((key, environment, folder),) = images.built
    assert environment.dockerfile == OWN.removesuffix("ADD fixture.tar /\n")
    assert key == environment.key(images.shops[0])
    assert folder == work


def test_what_says_nothing_of_the_environment_is_no_rejection(
    images: Images, work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    images.record = {**FAILED, "reason": "base-unreachable: no route"}
    assert rerun.main([str(own_folder(work))]) == 2
    printed = capsys.readouterr()
    assert printed.out == "" and "base-unreachable: no route" in printed.err


@pytest.mark.parametrize(
    ("path", "text", "built"),
    [
        ("Dockerfile", "FROM shellwright/common\nRUN touch /opt/marker\n", True),
        ("a file", "for COPY\n", True),
        ("docker-compose.yaml", "services: {}\n", False),  # no image is made from it
        ("../solution/solve.sh", "true\n", False),
    ],
)
def test_an_edited_environment_of_any_task_is_built(
    images: Images, work: Path, path: str, text: str, built: bool
) -> None:
    folder = write(work / "failures", tasks.row())
    (folder / "bundle/environment" / path).write_text(text)
    rerun.main([str(folder)])
    assert bool(images.built) == built
    assert bool(images.looked_for) != built


def test_the_image_that_was_built_is_the_one_that_is_used(images: Images, work: Path) -> None:
    images.record = {**FAILED, "status": "ok", "reason": None, "image": "sha256:2"}
    failure = read_failure(own_folder(work))
    client: Any = None
    assert rerun.image_of(client, failure, IMAGE | {"domain": "task"}) == "sha256:2"


def test_a_copy_is_run_where_it_lies_when_the_folder_of_the_build_is_gone(
    images: Images, work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_folder(work).rename(tmp_path / "copy")
    monkeypatch.chdir(tmp_path)
    (work / "failures").rmdir()
    work.rmdir()
    assert rerun.main(["copy"]) == 1
    assert images.built[0][2] == tmp_path / "copy"


@pytest.mark.parametrize(
    ("raised", "code", "said"),
    [
        (PermissionError(13, "Permission denied", "/gone"), 2, "Permission denied: '/gone'"),
        (KeyboardInterrupt(), 130, "stopped"),
        (ZeroDivisionError("a fault of ours"), 2, "a fault of ours"),
    ],
)
def test_no_crash_is_taken_for_a_verdict(
    images: Images,
    work: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    raised: BaseException,
    code: int,
    said: str,
) -> None:
    def fail(failure: Any) -> Report:
        raise raised

    monkeypatch.setattr(rerun, "rerun", fail)
    assert rerun.main([str(own_folder(work))]) == code
    printed = capsys.readouterr()
    assert printed.out == "" and said in printed.err
    assert ("Traceback" in printed.err) == isinstance(raised, ZeroDivisionError)


def test_a_folder_of_the_build_that_takes_no_files_is_told_in_a_sentence(
    work: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(rerun, "connect", lambda why: None)
    folder = own_folder(work)
    (work / "results").write_text("a file where a folder must be\n")
    assert rerun.main([str(folder)]) == 2
    error = capsys.readouterr().err
    assert "results" in error and "`work` in its evidence.json" in error
    assert "Traceback" not in error

"""Solutions and bundles that are out to deceive the verifier, or to stop it."""

import base64
import hashlib
import json
from typing import Any

import pytest
from tests.support import verify_tasks as tasks

from shellwright.tasks.bundle import CheckCall
from shellwright.verify.boxes import Boxes
from shellwright.verify.case import Case
from shellwright.verify.trial import Bench

pytestmark = pytest.mark.engine

FORGE = (
    "mkdir -p /logs/verifier; for f in txt json; do printf 1 >/logs/verifier/reward.$f; done; "
    """printf '{"checks":[{"outcome":"passed"}]}' >/logs/verifier/report.json"""
)
# A repository of the agent's, reached through a link in a folder of root, whose missing commit Git
# would fetch by starting a program of the agent's.
LINKED = f"""
mkdir -p /tmp/.git/objects /tmp/.git/refs/heads /tmp/remote.git
cat >/tmp/evil <<'END'
#!/bin/bash
id -u >>/tmp/evil-ran-as
{FORGE}
kill -9 $(pgrep -f run_tests.py)
END
chmod 755 /tmp/evil
echo 'ref: refs/heads/main' >/tmp/.git/HEAD
echo 1111111111111111111111111111111111111111 >/tmp/.git/refs/heads/main
cat >/tmp/.git/config <<'END'
[core]
    repositoryformatversion = 1
[extensions]
    partialclone = o
[remote "o"]
    url = /tmp/remote.git
    promisor = true
    uploadpack = /tmp/evil
END
rm -rf /app/repo
ln -s /tmp /app/repo
"""
GIT = [["log", "--format=%s", "refs/heads/main", "--"], ["rev-parse", "refs/heads/main^{tree}"]]


@pytest.fixture(scope="module")
def image(domain: dict[str, Any]) -> str:
    """The image of the tasks, in place of the one that all domains build on."""
    return str(domain["image"])


@pytest.mark.parametrize("real", [True, False], ids=["test.sh", "fork"])
@pytest.mark.parametrize("args", GIT, ids=lambda args: args[0])
def test_a_linked_repository_runs_nothing_as_root(
    boxes: Boxes, image: str, args: list[str], real: bool
) -> None:
    says = {"repo": "/app/repo", "args": args, "text": "never\n"}
    call = CheckCall("git_output", says, "git_says", "Git says so.", weight=5)
    spec = tasks.variant("linked", calls=[*tasks.GOOD.calls, call])
    bench = Bench(boxes, image, Case.of_row(tasks.row(spec)), 20.0)
    bench.fresh()
    assert bench.work(LINKED).exit_code == 0
    graded = bench.grade(real=real)
    assert graded.reward == 0
    assert graded.exit_code == 0
    ran_as = bench.box.run(["cat", "/tmp/evil-ran-as"]).text.split()
    assert "0" not in ran_as


@pytest.mark.parametrize("real", [True, False], ids=["test.sh", "fork"])
def test_tests_that_were_killed_are_worth_nothing_whatever_they_left(
    boxes: Boxes, image: str, real: bool
) -> None:
    killed = f"import os\nos.system({FORGE!r})\nos.kill(os.getpid(), 9)\n"
    bench = Bench(boxes, image, Case.of_row(tasks.row(files={"tests/test_outputs.py": killed})), 20)
    bench.fresh()
    graded = bench.grade(real=real)
    assert graded.reward == 0
    assert graded.exit_code == 137
    assert "killed by signal 9" in graded.problem
    if real:  # as whoever only reads the files sees it, Harbor for one
        assert json.loads(bench.box.read("/logs/verifier/reward.json")) == {"reward": 0.0}
        assert bench.box.read("/logs/verifier/reward.txt") == b"0\n"


@pytest.mark.parametrize("words", ['{"reward": 1' + "0" * 400 + "}", '{"reward": "\\ud800"}', "[["])
def test_a_reward_that_is_none_is_0(boxes: Boxes, image: str, words: str) -> None:
    script = (
        f"#!/bin/bash\nmkdir -p /logs/verifier\nprintf '%s' '{words}' >/logs/verifier/reward.json\n"
    )
    row = tasks.foreign("odd-reward", "def test_x() -> None:\n    assert False\n", grade=script)
    bench = Bench(boxes, image, Case.of_row(row), 20.0)
    bench.fresh()
    graded = bench.grade()
    assert graded.reward == 0
    assert "holds no" in graded.problem


def test_outputs_larger_than_the_folder_of_the_tests_are_spoiled_all_the_same(judge: Any) -> None:
    size = 7 << 20
    content = b"x" * 99 + b"\n"
    steps = [f"head -c {size} <(yes {'x' * 99}) > big", *tasks.GOOD.commands]
    expected = (content * (size // 100 + 1))[:size]
    call = CheckCall(
        "sha256_is",
        {"path": "/app/big", "sha256": hashlib.sha256(expected).hexdigest()},
        "big_is_right",
        "It is big.",
    )
    spec = tasks.variant("big", commands=steps, calls=[*tasks.GOOD.calls, call], absent=[])
    wrong = {
        "name": "too long",
        "path": "/app/big",
        "content_b64": base64.b64encode(expected * 2).decode(),
    }
    report = judge(
        tasks.row(spec, wrong=[*tasks.WRONG, wrong], deliverables=["/app/big", "/app/n"])
    )
    assert report.tier == "rl", report.failed
    assert any(mutant.name == "too long" and mutant.killed for mutant in report.mutants)


def test_a_box_that_refuses_rejects_the_task_and_goes_on(judge: Any) -> None:
    linked = "rm -rf /logs; ln -s /etc /logs"
    spec = tasks.variant("links-logs", user="root", commands=[*tasks.GOOD.commands, linked])
    report = judge(tasks.row(spec))
    assert report.failed is not None
    assert f"without step 4: {linked}: " in report.failed.reason  # which changes no output
    too_large = {"tests/expected/big": "x" * (17 << 20), "tests/test_initial_state.py": None}
    refused = judge(tasks.row(files=too_large))
    assert refused.failed is not None
    assert refused.tier == "rejected"
    assert judge(tasks.row()).tier == "rl"


def test_an_oracle_that_fails_silently_is_told_by_its_last_command(judge: Any) -> None:
    report = judge(tasks.row(tasks.variant("silent", commands=["mkdir out", "test -e missing"])))
    oracle = next(gate for gate in report.gates if gate.gate == "oracle")
    assert oracle.outcome == "fail"
    assert oracle.evidence["runs"][0]["last_commands"][-1] == "+ test -e missing"
    assert oracle.evidence["runs"][0]["oracle_exit_code"] == 1
    assert oracle.evidence["gate_seconds"] > 0


def test_tests_that_no_mutant_has_tried_are_not_fit_for_rl(judge: Any) -> None:
    outputs = "def test_x() -> None:\n    assert open('/app/out/names.txt').read()[:4] == 'adam'\n"
    row = tasks.foreign("untold", outputs, wrong=[], deliverables=[], steps=[])
    report = judge(row)
    assert report.failed is not None
    assert report.failed.reason.startswith("no-mutants")
    assert report.tier == "sft"

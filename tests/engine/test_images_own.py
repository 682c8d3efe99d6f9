"""Environments that tasks bring themselves: each is built once, within limits."""

import dataclasses
import json
import os
import runpy
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.support import verify_tasks
from tests.support.images import lose, own_removed

from shellwright import tables
from shellwright.config import load
from shellwright.images import own
from shellwright.images.build import build_domain
from shellwright.images.environment import Environment
from shellwright.images.present import present
from shellwright.images.stage import image_rows, own_environments, own_records
from shellwright.images.workshop import Terms, Workshop
from shellwright.sandbox.box import Box
from shellwright.sandbox.limits import users
from shellwright.sandbox.reap import OWNER_LABEL, is_dead
from shellwright.sandbox.terminal import Terminal
from shellwright.store import ItemStore
from shellwright.trajectories.grade import grade
from shellwright.verify.settings import Settings
from shellwright.verify.stage import verify_shard

pytestmark = pytest.mark.engine

PROJECT = Path(__file__).resolve().parents[2]
FROM = "FROM shellwright/common\n"
NOWHERE = "localhost:1/nothing@sha256:" + "0" * 64
PYTHON = "/usr/local/lib/python3.11/dist-packages"


@pytest.fixture
def shop(
    workshop: Workshop, tmp_path: Path, engine: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Workshop]:
    """A workshop without this machine's authorities; what was built in it is removed again."""
    monkeypatch.setattr(own, "own_authorities", lambda environment: None)
    with own_removed(engine, tmp_path):
        yield dataclasses.replace(workshop, results=tmp_path / "images")


def left(engine: Any) -> list[Any]:
    """Containers and images of builds that are still there, as a build marks them."""
    label = {"label": own.BUILD_LABEL}
    found = engine.api.containers(all=True, filters=label)
    return [about for about in found if about["Labels"][own.BUILD_LABEL]]


@pytest.fixture
def make(engine: Any, shop: Workshop) -> Callable[..., Any]:
    """A function that has an environment built, under other terms if it is given some."""

    def record(text: str, **terms: Any) -> Any:
        environment = Environment(text, {"file": (False, b"content\n")})
        changed = dataclasses.replace(shop, terms=Terms(**terms))
        return own.own_record(engine, environment.key(shop), environment, changed)

    return record


def task(shop: Workshop, id: str, dockerfile: str, **options: Any) -> Any:
    """The good task of the gates' tests in an environment of its own."""
    row = verify_tasks.row(
        verify_tasks.variant(id, **options), files={"environment/Dockerfile": dockerfile}
    )
    return {**row, "environment_key": Environment.of_files(row["files"]).key(shop)}


@pytest.mark.slow
def test_a_table_of_tasks_becomes_rows_and_verdicts(
    engine: Any, shop: Workshop, tmp_path: Path
) -> None:
    text = FROM + "RUN echo built >> /built\nADD fixture.tar /\n"
    other = [verify_tasks.Fixture("/app/in/names.txt", content=verify_tasks.NAMES, mtime=5)]
    rows = [
        task(shop, "one", text),
        task(shop, "two", text, fixture=other),
        task(shop, "three", FROM + "RUN echo the reason; exit 7\n"),
        verify_tasks.row(environment_key=shop.key("common")),
    ]
    keys = {row["environment_key"] for row in rows}
    assert len(keys) == 3
    tables.write_table(tmp_path / "tasks.parquet", "task", rows)
    domain = build_domain(engine, "common", shop)
    environments = own_environments(tmp_path / "tasks.parquet", keys - {domain["key"]}, shop)
    made = own_records(
        environments,
        lambda key, environment: own.own_record(engine, key, environment, shop),
        workers=2,
        label="images/0",
    )
    recorded = image_rows(keys, [domain, *made])
    tables.write_table(tmp_path / "images.parquet", "image", recorded)
    by_key = {row["id"]: row for row in tables.read_table(tmp_path / "images.parquet", "image")}
    good, bad = by_key[rows[0]["environment_key"]], by_key[rows[2]["environment_key"]]
    assert (good["domain"], good["status"], good["reason"]) == ("task", "ok", None)
    assert good["reference"] == f"shellwright/task:{good['id'][:16]}"
    assert any(package.startswith("coreutils=") for package in good["packages"])
    assert good["size_bytes"] >= by_key[domain["key"]]["size_bytes"]
    assert (bad["status"], bad["image"], bad["size_bytes"]) == ("failed", None, None)
    assert bad["reason"].startswith("build-failed: ")
    assert "the reason" in Path(bad["log_path"]).read_text()

    with ItemStore(tmp_path / "items", "verify", "0", 0) as store:
        verdicts = verify_shard(
            rows[:3],
            present(engine, by_key.values(), shop),
            Settings.of_config(load({})["verify"]),
            engine,
            store,
            code="c",
            workers=1,
            label="verify",
            run_id="test-images-own",
        ).rows
    assert [verdict["tier"] for verdict in verdicts] == ["rl", "rl", "rejected"]
    assert verdicts[2]["reason"].startswith(f"no-image: {bad['id']}: build-failed")


def test_the_rules_script_builds_what_no_domain_is(
    engine: Any, shop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [task(shop, "one", FROM + "RUN true\n"), verify_tasks.row(environment_key=None)]
    monkeypatch.chdir(tmp_path)
    tables.write_table("tasks.parquet", "task", rows)
    Path("domain.json").write_text(json.dumps(build_domain(engine, "common", shop)))
    job = SimpleNamespace(
        input={"tasks": Path("tasks.parquet")}.get,
        inputs={"records": [Path("domain.json")]}.get,
        output={"rows": Path("rows"), "manifest": Path("manifest")}.get,
        config=load({}),
        workers=1,
        shard="0",
    )
    script = PROJECT / "scripts" / "record_images.py"
    runpy.run_path(str(script))["main"](job)
    (made,) = tables.read_table("rows", "image")
    assert (made["id"], made["status"]) == (rows[0]["environment_key"], "ok")
    assert tables.read_manifest("manifest")[0].status == "ok"
    assert Path(f"results/images/tasks/{made['id']}.json").exists()


def test_the_same_environment_is_built_once(engine: Any, make: Any, shop: Workshop) -> None:
    text = FROM + "RUN date +%s%N > /when\n"
    first = make(text)
    assert make(text) == first
    # Other terms that still allow it are no reason to build it again; others are.
    assert make(text, timeout_s=5, memory_mb=512) == {**first}
    refused = make(text, bases=["elsewhere/*"])
    assert refused["reason"].startswith("base-refused: shellwright/common is not among")


def test_a_failed_build_is_not_tried_again_under_the_same_terms(make: Any) -> None:
    text = FROM + "RUN date +%s%N; sleep 3\n"
    first = make(text, timeout_s=2)
    assert first["reason"].startswith("build-stopped: stopped after images.tasks.timeout_s, 2 sec")
    started = time.monotonic()
    assert make(text, timeout_s=2) == first
    assert time.monotonic() - started < 2
    assert make(text, timeout_s=60)["status"] == "ok"


def test_a_silent_build_is_killed(engine: Any, make: Any) -> None:
    started = time.monotonic()
    made = make(FROM + "RUN sleep 1001\n", timeout_s=3)
    assert time.monotonic() - started < 30
    assert made["reason"].startswith("build-stopped")
    assert left(engine) == []


def test_a_build_ends_with_the_job_that_asked_for_it(
    engine: Any, shop: Workshop, tmp_path: Path
) -> None:
    script = tmp_path / "job.py"
    script.write_text(
        "from pathlib import Path\n"
        "from shellwright.images.environment import Environment\n"
        "from shellwright.images.own import own_record\n"
        "from shellwright.images.workshop import Workshop\n"
        "from shellwright.sandbox.engine import connect\n"
        f"shop = Workshop({dict(shop.base)!r}, Path({str(tmp_path)!r}))\n"
        f"environment = Environment({FROM + 'RUN sleep 1002'!r}, {{}})\n"
        "own_record(connect(), environment.key(shop), environment, shop)\n"
    )
    path = {"PYTHONPATH": str(PROJECT / "scripts")}
    job = subprocess.Popen([sys.executable, script], env={**os.environ, **path})

    def running() -> list[str]:
        return [about["Id"] for about in left(engine) if "sleep 1002" in about["Command"]]

    try:
        assert within(60, lambda: bool(running()))
    finally:
        job.kill()
        job.wait()
    assert within(30, lambda: not running())
    for image in engine.api.images(filters={"label": own.BUILD_LABEL}):
        if is_dead(image["Labels"][OWNER_LABEL]):
            lose(engine, image["Id"])


def within(seconds: float, holds: Callable[[], bool]) -> bool:
    """Whether something holds before so many seconds have passed."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def test_a_build_has_little_memory_and_no_swap(make: Any) -> None:
    made = make(FROM + "RUN tail /dev/zero\n", memory_mb=64)
    assert made["reason"].startswith("build-failed")
    assert "137" in made["reason"]


def test_a_build_that_fills_the_disk_is_stopped(engine: Any, make: Any) -> None:
    text = "RUN for i in $(seq 400); do head -c 100M /dev/zero > /big$i; done; sleep 300\n"
    made = make(FROM + text, image_mb=600)
    assert made["reason"].startswith("build-stopped: ")
    assert "more than images.tasks.image_mb, 600 MB" in made["reason"]
    assert left(engine) == []
    one = make(FROM + "RUN head -c 300M /dev/zero > /big\n", image_mb=200)
    assert one["reason"].startswith("build-")


def test_a_build_without_a_network(make: Any) -> None:
    made = make(FROM + "RUN ip -br link | tee /links; test $(wc -l < /links) = 1\n", network="none")
    assert made["status"] == "ok"


@pytest.mark.slow
def test_images_that_no_task_can_run_in(make: Any) -> None:
    bare = make("FROM shellwright/base\n")
    assert bare["reason"].startswith("unfit: no task can run in the image")
    garbled = make(
        FROM + "RUN rm /usr/bin/python3 && chmod 755 $(printf '#!/bin/sh\\n"
        "head -c 1000 /dev/zero; sleep 100\\n' > /usr/bin/python3; echo /usr/bin/python3)\n"
    )
    assert "a box sent a reply that is none" in garbled["reason"]
    assert make(FROM + "RUN rm /usr/bin/tmux\n")["reason"].startswith("unfit: tmux does not run")
    assert make(FROM + 'ENTRYPOINT ["false"]\nUSER agent\nENV PATH=/x\n')["status"] == "ok"


def test_a_base_that_cannot_be_had_is_reported_and_tried_again(make: Any, shop: Workshop) -> None:
    text = f"FROM {NOWHERE}\n"
    made = make(text, bases=["localhost:1/*"])
    assert made["reason"].startswith(f"base-unreachable: {NOWHERE}")
    assert not own.record_path(shop, made["key"]).exists()
    unpinned = make("FROM localhost:1/nothing:latest\n", bases=["localhost:1/*"])
    assert unpinned["reason"].startswith("base-unpinned")
    assert "base-unpinned" in Path(unpinned["log_path"]).read_text()


def test_packages_that_are_not_debians_are_recorded_too(make: Any) -> None:
    folder = f"{PYTHON}/Some_Thing-1.2.dist-info"
    made = make(
        FROM + f"RUN mkdir -p {folder} && "
        f"printf 'Metadata-Version: 2.1\\nName: Some-Thing\\nVersion: 1.2\\n' > {folder}/METADATA\n"
    )
    assert "pip:Some-Thing=1.2" in made["packages"]
    assert any(package.startswith("python3-pytest=") for package in made["packages"])


def test_stages_and_files_of_the_context(engine: Any, make: Any) -> None:
    made = make(
        FROM.replace("\n", " AS one\n")
        + "COPY file /first\nRUN cp /first /second\n"
        + FROM
        + "COPY --from=one /second /third\n"
    )
    assert engine.containers.run(made["image"], ["cat", "/third"], remove=True) == b"content\n"
    labels = engine.api.inspect_image(made["image"])["Config"]["Labels"]
    assert labels[own.KEY_LABEL] == made["key"]
    assert labels[own.BUILD_LABEL] == ""


def test_its_environment_is_that_of_the_tasks_work_and_not_of_tests(engine: Any, make: Any) -> None:
    made = make(FROM + "ENV GREETING='good day' PATH=/srv:/bin HOME=/srv PYTHONPATH=/app\n")
    tell = ["/bin/sh", "-c", 'echo "$GREETING, $PATH, $HOME, $PYTHONPATH"']
    with Box.start(engine, made["image"], run_id="test-own-environment") as box:
        usual = users()["agent"]["environment"]["PATH"]
        assert box.run(tell).text == f"good day, {usual}, /home/agent, /app\n"
        assert box.run(tell, user="root").text == f", {usual}, /root, \n"
        assert box.run(tell, environment={"GREETING": "hello"}).text.startswith("hello, ")
        script = "import os; print(os.environ.get('GREETING'), os.environ.get('PYTHONPATH'))"
        box.write("/run/tell.py", script.encode())
        assert box.run_python(["/run/tell.py"]).text == "None None\n"


def test_its_folder_is_where_tasks_are_worked_on(engine: Any, make: Any) -> None:
    made = make(FROM + "WORKDIR /data\n")
    with Box.start(engine, made["image"], run_id="test-own-folder") as box:
        for user in ("agent", "root"):
            assert box.run(["pwd"], user=user).text == "/data\n"
        assert box.run(["pwd"], cwd="/srv").text == "/srv\n"
        terminal = Terminal(box)
        terminal.start()
        assert "/data" in terminal.interact([("pwd\n", 0.5)]).visible
        box.reset()
        assert box.run(["pwd"]).text == "/data\n"
        tests = (
            b"#!/bin/sh\nmkdir -p /logs/verifier\n"
            b'test "$PWD" = /data && echo 1 >/logs/verifier/reward.txt\n'
        )
        assert grade(box, [("test.sh", 0o755, tests)], 20.0).reward == 1.0


@pytest.mark.slow
def test_a_lost_image_comes_back(engine: Any, make: Any, shop: Workshop) -> None:
    text = FROM + "COPY file /copied\n"
    made = make(text)
    row = image_rows([made["key"]], [made])[0]
    lose(engine, made["reference"])
    again = present(engine, [row], shop)[0]
    assert engine.containers.run(again["image"], ["cat", "/copied"], remove=True) == b"content\n"
    keeping = dataclasses.replace(shop, keep=True)
    environment = Environment(text, {"file": (False, b"content\n")})
    own.own_record(engine, made["key"], environment, keeping)
    lose(engine, made["reference"])
    own.context_path(shop, made["key"]).unlink()
    own.own_record(engine, made["key"], environment, keeping)
    lose(engine, made["reference"])
    assert present(engine, [row], keeping)[0]["status"] == "ok"

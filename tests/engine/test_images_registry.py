"""Images go to a registry when they are built, and come from there when an engine has lost them."""

import dataclasses
import io
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest
import yaml
from tests.support.images import lose

from shellwright.errors import UserError
from shellwright.images import build, own
from shellwright.images.base import ensure_base
from shellwright.images.build import build_domain, ensure_image, provide_base
from shellwright.images.catalogue import BASE
from shellwright.images.environment import Environment
from shellwright.images.keeping import publish
from shellwright.images.stage import image_rows
from shellwright.images.workshop import Workshop
from shellwright.sandbox.machine import ensure_tool

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a registry on this machine's loopback."""
    if not os.environ.get("DOCKER_HOST", "unix:").startswith("unix:"):
        pytest.skip("the engine of another machine does not reach a registry on this loopback")
    try:
        program = ensure_tool("docker-registry")
    except UserError as error:
        pytest.skip(f"no registry to test with: {error}")
    folder = tmp_path_factory.mktemp("registry")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    (folder / "config.yml").write_text(
        yaml.safe_dump(
            {
                "version": 0.1,
                "storage": {"filesystem": {"rootdirectory": str(folder / "blobs")}},
                "http": {"addr": address},
            }
        )
    )
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [program, "serve", folder / "config.yml"], stdout=log, stderr=subprocess.STDOUT
        )
    try:
        _wait(f"http://{address}/v2/", folder / "log")
        yield address
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def _wait(url: str, log: Path) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            urlopen(url, timeout=5).close()
            return
        except URLError:
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)


@pytest.fixture
def shop(
    workshop: Workshop,
    tmp_path: Path,
    engine: Any,
    registry: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Workshop]:
    """A workshop with one small image, whose registry is the one above."""
    for module in (build, own):
        monkeypatch.setattr(module, "own_authorities", lambda environment: None)
    folder = tmp_path / "folders" / "small"
    folder.mkdir(parents=True)
    (folder / "Dockerfile").write_text(f"FROM shellwright/base\nRUN echo {tmp_path} > /small\n")
    shop = dataclasses.replace(
        workshop,
        folder=folder.parent,
        results=tmp_path / "results",
        registry=f"{registry}/a/project",
    )
    yield shop
    lose(engine, shop.tag("small"))


@pytest.mark.slow
def test_a_lost_image_is_pulled(engine: Any, shop: Workshop) -> None:
    record = build_domain(engine, "small", shop)
    names = [tag for image in engine.images.list() for tag in image.tags]
    assert not [name for name in names if name.startswith(str(shop.registry))]
    lose(engine, record["reference"])
    shop.log("small").unlink()
    assert ensure_image(engine, record, shop) == record["image"]
    lose(engine, record["reference"])
    # Another machine, without any record, gets the same image.
    elsewhere = dataclasses.replace(shop, results=shop.results / "elsewhere")
    assert build_domain(engine, "small", elsewhere)["image"] == record["image"]
    assert not shop.log("small").exists()
    assert not elsewhere.log("small").exists()


def test_another_image_under_the_name_is_not_taken(
    engine: Any, shop: Workshop, caplog: pytest.LogCaptureFixture
) -> None:
    base = shop.tag(BASE)
    name = shop.tag("small")
    engine.api.tag(base, *name.split(":"))
    publish(engine, name, shop)
    lose(engine, name)
    record = build_domain(engine, "small", shop)
    assert "RUN echo" in shop.log("small").read_text()
    assert f"has the key None, and {record['key']} was wanted" in caplog.text
    lose(engine, name)
    assert ensure_image(engine, record, shop) == record["image"]


def test_a_registry_that_does_not_answer(
    engine: Any, shop: Workshop, caplog: pytest.LogCaptureFixture
) -> None:
    closed = dataclasses.replace(shop, registry="127.0.0.1:1/project")
    with pytest.raises(UserError, match=r"images\.registry: 127.0.0.1:1/project does not take sh"):
        build_domain(engine, "small", closed)
    # Where an image is only needed, it is built without the registry.
    record = build_domain(engine, "small", shop)
    lose(engine, record["reference"])
    assert ensure_image(engine, record, closed)
    assert "127.0.0.1:1/project does not give shellwright/small" in caplog.text


def test_every_machine_builds_on_one_base(engine: Any, shop: Workshop) -> None:
    other = dataclasses.replace(shop, base={**shop.base, "suite": f"test{os.getpid()}"})
    name = other.tag(BASE)
    engine.api.tag(shop.tag(BASE), *name.split(":"))
    publish(engine, name, other)
    lose(engine, name)
    try:
        assert provide_base(engine, other) == name
        ids = [engine.images.get(tag).id for tag in (name, shop.tag(BASE))]
        assert ids[0] == ids[1]
    finally:
        lose(engine, name)


def test_a_base_that_was_pulled_gets_the_package_sources_that_are_given(
    engine: Any, shop: Workshop
) -> None:
    publish(engine, shop.tag(BASE), shop)
    pushed = f"{shop.registry}/base:{shop.key(BASE)[:16]}"
    (digest,) = engine.images.pull(pushed).attrs["RepoDigests"][-1:]
    assert digest.startswith(f"{shop.registry}/base@sha256:")
    line = "deb [check-valid-until=no] http://snapshot.invalid/debian/20260101T000000Z stable main"
    base = {**shop.base, "reference": digest, "sources": [line]}
    name = ensure_base(engine, base, io.StringIO())
    try:
        show = "cat /etc/apt/sources.list; ls /etc/apt/sources.list.d"
        output = engine.containers.run(name, ["sh", "-c", show], remove=True).decode()
        assert output == f"{line}\n"
    finally:
        for each in (name, pushed):
            lose(engine, each)


@pytest.mark.slow
def test_an_environment_of_a_task_is_pulled(
    engine: Any, shop: Workshop, workshop: Workshop
) -> None:
    shop = dataclasses.replace(shop, folder=workshop.folder)
    environment = Environment(f"FROM shellwright/common\nRUN echo {shop.results} > /x\n", {})
    made = own.own_record(engine, environment.key(shop), environment, shop)
    row = image_rows([made["key"]], [made])[0]
    lose(engine, made["reference"])
    own.context_path(shop, made["key"]).unlink()
    try:
        assert own.ensure_own(engine, row, shop) == made["image"]
    finally:
        lose(engine, made["reference"])


def test_an_environment_is_pushed_once_the_registry_takes_it(
    engine: Any, shop: Workshop, workshop: Workshop
) -> None:
    shop = dataclasses.replace(shop, folder=workshop.folder)
    closed = dataclasses.replace(shop, registry="127.0.0.1:1/project")
    environment = Environment(f"FROM shellwright/common\nRUN echo {shop.results} > /y\n", {})
    key = environment.key(shop)
    with pytest.raises(UserError, match="does not take"):
        own.own_record(engine, key, environment, closed)
    made = own.own_record(engine, key, environment, shop)
    lose(engine, made["reference"])
    own.context_path(shop, key).unlink()
    try:
        row = image_rows([key], [made])[0]
        assert own.ensure_own(engine, row, shop) == made["image"]
        # What was pushed is not pushed again.
        assert own.own_record(engine, key, environment, shop)["pushed_to"] == shop.registry
    finally:
        lose(engine, made["reference"])


def test_an_environment_starts_from_a_pinned_image_of_a_registry(
    engine: Any, shop: Workshop, workshop: Workshop, registry: str
) -> None:
    name = f"{registry}/others/base"
    engine.api.tag(workshop.tag("common"), name, "1")
    engine.api.push(name, "1")
    digests = engine.api.inspect_image(f"{name}:1")["RepoDigests"]
    digest = next(each for each in digests if each.startswith(name)).partition("@")[2]
    engine.api.remove_image(f"{name}:1")
    terms = dataclasses.replace(shop.terms, bases=[f"{registry}/others/*"])
    shop = dataclasses.replace(shop, registry=None, terms=terms)

    def made(base: str) -> Any:
        environment = Environment(f"FROM {base}\nRUN echo {shop.results} > /x\n", {})
        return own.own_record(engine, environment.key(shop), environment, shop)

    found = made(f"{name}:1@{digest}")
    try:
        assert (found["status"], found["reason"]) == ("ok", None)
    finally:
        lose(engine, found["reference"])
        for each in engine.api.inspect_image(workshop.tag("common"))["RepoDigests"]:
            if each.startswith(name):
                engine.api.remove_image(each)
    missing = made(f"{name}@sha256:{'0' * 64}")
    assert missing["reason"].startswith(f"base-missing: {name}@sha256:000")
    assert made(f"{name}:1")["reason"].startswith("base-unpinned")

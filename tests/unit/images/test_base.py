"""The base image: pulled where a registry answers, made from packages where none does."""

import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from docker.errors import APIError, ImageNotFound, NotFound

from shellwright.errors import UserError
from shellwright.images import base as module
from shellwright.images.base import ensure_base, origin, packages_in, without_tag
from shellwright.images.catalogue import base_key, tag
from shellwright.sandbox.reap import OWNER_LABEL, owner

PINNED = "mirror.example:5000/debian:bookworm@sha256:" + "0" * 64
SETTINGS = {"reference": PINNED, "suite": "bookworm", "fallback": "mmdebstrap"}
NAME = tag("base", base_key(SETTINGS))


class Engine:
    """The calls of an engine's client that the base image needs."""

    def __init__(self, answers: Any) -> None:
        self.api = self
        self.timeout = 600
        self.images: dict[str, dict[str, Any]] = {}
        self.answers = answers
        self.asked: list[tuple[str, int]] = []

    def inspect_image(self, name: str) -> dict[str, Any]:
        if name not in self.images:
            raise ImageNotFound("no such image")
        return self.images[name]

    def pull(self, reference: str, *, stream: bool, decode: bool) -> Any:
        self.asked.append((reference, self.timeout))
        if isinstance(self.answers, Exception):
            raise self.answers
        self.images[without_tag(reference)] = {
            "Id": "sha256:1",
            "Config": {"Labels": None},
            "RepoDigests": [without_tag(reference)],
        }
        return iter(self.answers)

    def tag(self, image: str, repository: str, tag: str) -> None:
        self.images[f"{repository}:{tag}"] = self.images[image]

    def import_image_from_file(
        self, path: str, repository: str, tag: str, changes: list[str]
    ) -> None:
        label = changes[0].removeprefix("LABEL ").split("=")
        self.images[f"{repository}:{tag}"] = {
            "Id": "sha256:2",
            "Config": {"Labels": {label[0]: label[1]}},
        }


def ensure(engine: Engine, **settings: Any) -> str:
    return ensure_base(engine, {**SETTINGS, **settings}, io.StringIO())  # type: ignore[arg-type]


@pytest.fixture
def mmdebstrap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    program = tmp_path / "mmdebstrap"
    program.write_text(
        f'#!/bin/sh\necho "$@" $SOURCE_DATE_EPOCH > {tmp_path}/called\n'
        f'for last; do :; done; cat "$last" >> {tmp_path}/called\n:\n'
    )
    program.chmod(0o755)
    monkeypatch.setattr(module, "ensure_tool", lambda name: program)
    return tmp_path / "called"


def test_a_registry_that_answers(mmdebstrap: Path) -> None:
    engine = Engine([{"status": "Downloading"}, {"status": "Done"}])
    assert ensure(engine) == NAME
    assert engine.asked == [(PINNED, module.REGISTRY_SECONDS)]
    assert engine.timeout == 600
    assert origin(engine, NAME) == {  # type: ignore[arg-type]
        "reference": NAME,
        "image": "sha256:1",
        "made_by": "registry",
        "digests": ["mirror.example:5000/debian@sha256:" + "0" * 64],
    }
    assert ensure(engine) == NAME  # and nobody is asked again
    assert len(engine.asked) == 1
    assert not mmdebstrap.exists()


@pytest.mark.parametrize(
    "answers", [APIError("no such host"), [{"error": "connection reset"}]], ids=["host", "stream"]
)
def test_no_registry_and_a_package_source(mmdebstrap: Path, answers: Any) -> None:
    engine = Engine(answers)
    assert ensure(engine) == NAME
    assert origin(engine, NAME)["made_by"] == "mmdebstrap"  # type: ignore[arg-type]
    called = mmdebstrap.read_text()
    assert "--variant=minbase" in called
    assert " bookworm " in called
    assert called.split("\n")[0].split()[-1] == module.EPOCH


SNAPSHOT = "deb http://snapshot.example/debian/20260101T000000Z bookworm main"


def test_a_base_that_is_made_has_the_package_sources_that_are_given(mmdebstrap: Path) -> None:
    name = ensure(Engine(APIError("no such host")), sources=[SNAPSHOT])
    assert name != NAME
    arguments, *sources = mmdebstrap.read_text().splitlines()
    assert arguments.split()[-2].endswith("/sources.list")
    assert sources == [SNAPSHOT]


def test_a_base_that_is_pulled_is_named_when_it_has_them(
    mmdebstrap: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Engine([{"status": "Done"}])
    contexts: list[dict[str, bytes]] = []

    def build_small(client: Any, files: dict[str, bytes], log: Any) -> str:
        assert not any(name.startswith("shellwright/base") for name in engine.images)
        contexts.append(files)
        engine.images["sha256:3"] = {"Id": "sha256:3", "Config": {"Labels": None}}
        return "sha256:3"

    monkeypatch.setattr(module, "build_small", build_small)
    name = ensure(engine, sources=[SNAPSHOT])
    assert engine.images[name]["Id"] == "sha256:3"
    assert contexts[0]["sources.list"] == f"{SNAPSHOT}\n".encode()
    assert contexts[0]["Dockerfile"].startswith(f"FROM {without_tag(PINNED)}\n".encode())


def test_no_registry_and_no_fallback() -> None:
    with pytest.raises(UserError, match=r"no such host.*set images\.base\.fallback to mmdebstrap"):
        ensure(Engine(APIError("no such host")), fallback="none")


def test_a_registry_without_the_image_is_a_mistake(mmdebstrap: Path) -> None:
    missing = NotFound("404", explanation="manifest unknown")
    with pytest.raises(UserError, match="manifest unknown"):
        ensure(Engine(missing))
    assert not mmdebstrap.exists()


def test_a_failed_bootstrap_shows_its_end(mmdebstrap: Path) -> None:
    (mmdebstrap.parent / "mmdebstrap").write_text("#!/bin/sh\necho E: the reason; exit 25\n")
    with pytest.raises(UserError, match=r"(?s)mmdebstrap failed \(25\).*E: the reason"):
        ensure(Engine(APIError("no such host")))


@pytest.mark.parametrize(
    ("reference", "known_as"),
    [
        ("debian:bookworm@sha256:1", "debian@sha256:1"),
        ("host:5000/a/b:c@sha256:1", "host:5000/a/b@sha256:1"),
        ("host:5000/a/b@sha256:1", "host:5000/a/b@sha256:1"),
        ("host:5000/a/b:c", "host:5000/a/b:c"),
    ],
)
def test_references_by_digest(reference: str, known_as: str) -> None:
    assert without_tag(reference) == known_as


def test_what_lists_packages_is_known_as_this_process_s() -> None:
    """It is removed when this one is killed, and no entry point of the image takes its place."""
    asked: dict[str, Any] = {}

    def run(image: str, command: list[str], **options: Any) -> bytes:
        asked.update(options, image=image)
        return b"tar=1.34\nbash=5.2\n"

    client = SimpleNamespace(containers=SimpleNamespace(run=run))
    assert packages_in(client, NAME) == ["bash=5.2", "tar=1.34"]  # type: ignore[arg-type]
    assert asked["labels"] == {OWNER_LABEL: owner()}
    assert asked["entrypoint"] == []
    assert asked["network_mode"] == "none"

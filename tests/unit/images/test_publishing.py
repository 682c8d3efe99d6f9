"""How often an image is saved and pushed when it is built, is there, or is only needed."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shellwright.errors import UserError
from shellwright.images import build, keeping
from shellwright.images.build import build_base, build_domain, ensure_domain, provide_base
from shellwright.images.catalogue import base_key
from shellwright.images.workshop import Workshop

BASE: dict[str, Any] = {"reference": "x", "suite": "bookworm"}
CLIENT: Any = object()  # nothing here talks to an engine


class World:
    """An engine, a registry that can be closed, and what was done with them."""

    def __init__(self) -> None:
        self.images: set[str] = set()
        self.done: list[str] = []
        self.open = True

    def find(self, client: Any, name: str) -> dict[str, Any] | None:
        return {"Id": f"id of {name}", "Size": 1} if name in self.images else None

    def make(self, client: Any, name: str, workshop: Workshop, log: Any) -> str:
        self.done.append(f"build {name}")
        return "id"

    def name(self, client: Any, image: str, reference: str) -> None:
        self.images.add(reference)

    def save(self, client: Any, reference: str, archive: Path) -> None:
        archive.parent.mkdir(parents=True, exist_ok=True)
        archive.write_bytes(b"whole")
        self.done.append(f"save {_short(reference)}")

    def push(self, client: Any, reference: str, registry: str) -> None:
        if not self.open:
            raise UserError("does not take it")
        self.done.append(f"push {_short(reference)}")


def _short(reference: str) -> str:
    return reference.removeprefix("shellwright/").partition(":")[0]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """A world without an image; no copy of one can be used."""
    world = World()

    def base(client: Any, about: Any, log: Any) -> None:
        world.done.append("build base")
        world.images.add(f"shellwright/base:{base_key(about)[:16]}")

    replaced: dict[str, Callable[..., Any]] = {
        "find": world.find,
        "_image": world.make,
        "give_name": world.name,
        "recover": lambda *_: False,
        "check_space": lambda *_: None,
        "packages_in": lambda *_: [],
        "origin": lambda *_: {},
    }
    for name, function in replaced.items():
        monkeypatch.setattr(build, name, function)
    monkeypatch.setattr(build, "ensure_base", base)
    monkeypatch.setattr(keeping, "_save", world.save)
    monkeypatch.setattr(keeping, "_push", world.push)
    return world


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    """A workshop with an image on another one, which keeps archives and has a registry."""
    for name, below in {"lower": "base", "upper": "lower"}.items():
        folder = tmp_path / "images" / name
        folder.mkdir(parents=True)
        (folder / "Dockerfile").write_text(f"FROM shellwright/{below}\nRUN true\n")
    folder = tmp_path / "images"
    return Workshop(BASE, tmp_path / "results", keep=True, registry="host/project", folder=folder)


def kept(*names: str) -> list[str]:
    return [f"{verb} {name}" for name in names for verb in ("build", "save", "push")]


def test_each_image_is_saved_and_pushed_once_where_it_is_built(
    world: World, shop: Workshop
) -> None:
    build_domain(CLIENT, "upper", shop)
    assert world.done == kept("base", "lower", "upper")
    world.done.clear()
    build_domain(CLIENT, "upper", shop)
    assert world.done == ["push upper"]


def test_an_image_that_is_only_needed_is_kept_too(world: World, shop: Workshop) -> None:
    provide_base(CLIENT, shop)
    ensure_domain(CLIENT, "upper", shop)
    assert world.done == kept("base", "lower", "upper")
    world.done.clear()
    ensure_domain(CLIENT, "upper", shop)
    assert provide_base(CLIENT, shop) == shop.tag("base")
    assert world.done == []


def test_an_image_that_is_there_and_was_never_published_is(world: World, shop: Workshop) -> None:
    alone = dataclasses.replace(shop, keep=False, registry=None)
    build_base(CLIENT, alone)
    build_domain(CLIENT, "upper", alone)
    world.done.clear()
    assert build_base(CLIENT, shop) == shop.tag("base")
    build_domain(CLIENT, "upper", shop)
    assert world.done == ["save base", "push base", "save upper", "push upper"]


@pytest.mark.parametrize("make", [build_domain, ensure_domain])
def test_an_archive_of_no_use_is_replaced(
    world: World, shop: Workshop, make: Callable[..., Any]
) -> None:
    archive = shop.archive(shop.tag("upper"))
    archive.parent.mkdir(parents=True)
    archive.write_bytes(b"ha")
    make(CLIENT, "upper", shop)
    assert archive.read_bytes() == b"whole"
    assert world.done.count("save upper") == 1


def test_a_closed_registry_is_an_error_only_where_an_image_is_built_for_it(
    world: World, shop: Workshop, caplog: pytest.LogCaptureFixture
) -> None:
    world.open = False
    with pytest.raises(UserError, match="does not take it"):
        build_base(CLIENT, shop)
    with pytest.raises(UserError, match="does not take it"):
        build_domain(CLIENT, "lower", shop)
    ensure_domain(CLIENT, "upper", shop)
    assert caplog.messages == ["does not take it"]
    assert not any(each.startswith("push") for each in world.done)
    world.open = True
    build_domain(CLIENT, "lower", shop)
    assert world.done[-1] == "push lower"

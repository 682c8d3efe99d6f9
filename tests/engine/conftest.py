"""What the tests with a container engine share: an image to start boxes of."""

from pathlib import Path
from typing import Any

import pytest

from shellwright import config
from shellwright.images.workshop import Workshop

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """Where images are built as the default configuration says."""
    settings = config.load(PROJECT / "config.yaml")["images"]
    return Workshop(settings["base"], tmp_path_factory.mktemp("images"))


@pytest.fixture(scope="session")
def image(engine: Any, workshop: Workshop) -> str:
    """The image that all domains build on; it takes a minute where it was never built before."""
    from shellwright.images.build import build_domain

    return str(build_domain(engine, "common", workshop)["image"])

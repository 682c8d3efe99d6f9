"""What the tests with a container engine share: an image to start boxes of."""

from pathlib import Path
from typing import Any

import pytest
from tests.support import verify_tasks as tasks

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


@pytest.fixture(scope="session")
def domain(engine: Any, workshop: Workshop) -> dict[str, Any]:
    """The record of the image that the tasks of tests/support/verify_tasks.py run in."""
    from shellwright.images.build import build_domain

    return build_domain(engine, "file-operations", workshop)


@pytest.fixture(scope="session")
def images(domain: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of the image table that these tasks need."""
    row = {"id": tasks.KEY, "domain": "file-operations", "status": "ok", "reason": None}
    return [{**row, "image": domain["image"], "reference": domain["reference"]}]

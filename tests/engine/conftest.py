"""What the tests with a container engine share: images, boxes of them, and the gates."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import docker
import pytest
from tests.support import verify_tasks as tasks

from shellwright import config
from shellwright.images.workshop import Workshop
from shellwright.verify.boxes import Boxes
from shellwright.verify.case import Case
from shellwright.verify.gates import run_gates
from shellwright.verify.report import Report
from shellwright.verify.settings import Settings
from shellwright.verify.trial import Bench

PROJECT = Path(__file__).resolve().parents[2]
SETTINGS = replace(Settings.of_config(config.load({})["verify"]), wall_seconds=20.0)


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


@pytest.fixture(scope="module")
def boxes(engine: docker.DockerClient) -> Iterator[Boxes]:
    """Boxes of these tasks."""
    with Boxes(engine, "test-verify", SETTINGS.limits) as made:
        yield made


@pytest.fixture(scope="module")
def judge(boxes: Boxes, domain: dict[str, Any]) -> Any:
    """A function that puts a task through the gates, with other settings where they are given."""

    def run(row: dict[str, Any], **settings: Any) -> Report:
        chosen, case = replace(SETTINGS, **settings), Case.of_row(row)
        return run_gates(case, Bench(boxes, domain["image"], case, chosen.wall_seconds), chosen)

    return run

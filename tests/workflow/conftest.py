"""A project to build, and builds of it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.builds import CONFIG, Build, copy_project


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project that nobody edits."""
    return copy_project(tmp_path_factory.mktemp("project"))


@pytest.fixture
def new_build(project: Path, tmp_path: Path) -> Callable[..., Build]:
    """A function that begins a build: in a new folder, of the shared project or of a given one."""

    def begin(of: Path = project, name: str = "build") -> Build:
        build = Build(of, tmp_path / name)
        build.folder.mkdir()
        build.configure(CONFIG)
        return build

    return begin

"""The folder that a task is worked on in."""

import pytest

from shellwright.tasks.folder import working_folder


@pytest.mark.parametrize(
    ("config", "folder"),
    [
        ('[environment]\nworkdir = "/srv/site"\n', "/srv/site"),
        ('[environment]\nworkdir = ""\n', None),
        ("[environment]\nworkdir = 3\n", None),
        ("[environment]\ncpus = 1\n", None),
        ("environment = 3\n", None),
        ("", None),
        ("[environment\n", None),
    ],
)
def test_the_folder_is_what_the_configuration_states(config: str, folder: str | None) -> None:
    assert working_folder(config) == folder

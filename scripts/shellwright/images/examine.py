"""What a built image holds, and whether tasks can run in it: looked at from inside a box."""

import re
from collections.abc import Mapping
from typing import Any

import docker

from shellwright.images.base import LIST_PACKAGES
from shellwright.sandbox.box import Box, Command, Ran
from shellwright.sandbox.channel import Refused, SandboxError
from shellwright.sandbox.engine import insist
from shellwright.store import ItemFailed

ATTEMPTS = 2  # a box may be lost through no fault of the image
SECONDS = 60.0
MOST_KB = 2048  # of a list of packages
# Debian's own Python packages are in the other list already.
LIST_PYTHON = [
    "/usr/bin/python3",
    "-I",
    "-c",
    "from importlib.metadata import distributions as d\n"
    "for x in d():\n"
    "    if '/usr/lib/python3/' not in str(x.locate_file('')):\n"
    "        print(f'pip:{x.metadata[\"Name\"]}={x.version}')",
]
PACKAGE = re.compile(r"[\w.+:@/-]+=[\w.+:~-]+")
# What is set in an image for containers that somebody else starts.
REFUSED = {"Volumes": "VOLUME", "Healthcheck": "HEALTHCHECK", "OnBuild": "ONBUILD"}


def check_settings(about: Mapping[str, Any]) -> None:
    """Raise ItemFailed for settings of an image, its own or inherited, that no task may have."""
    for name, instruction in REFUSED.items():
        if about["Config"].get(name):
            raise ItemFailed("unfit", f"the image has a {instruction}")


def packages_of_fit(client: docker.DockerClient, image: str, run_id: str) -> list[str]:
    """The packages of an image as name=version, and Python's from elsewhere as pip:name=version.

    Raises ItemFailed when tasks cannot run in the image, SandboxError when the engine fails.
    """
    for _ in range(ATTEMPTS):
        try:
            with Box.start(client, image, run_id=run_id) as box:
                return _look(box)
        # The last ones: the image's Python may be another program, which answers with anything.
        except (SandboxError, Refused, KeyError, TypeError, ValueError) as error:
            problem = error
    if isinstance(problem, SandboxError):
        insist(client, problem)
    raise ItemFailed("unfit", f"no task can run in the image: {problem}") from problem


def _look(box: Box) -> list[str]:
    terminal, packages, python = box.run_all(
        [
            Command(["tmux", "-V"], timeout=SECONDS),
            Command(LIST_PACKAGES, timeout=SECONDS, most_kb=MOST_KB),
            Command(LIST_PYTHON, timeout=SECONDS, most_kb=MOST_KB),
        ]
    )
    tests = box.run_python(["-m", "pytest", "--version"], timeout=SECONDS)
    for name, ran in (("tmux", terminal), ("pytest", tests)):
        if ran.exit_code:
            raise ItemFailed("unfit", f"{name} does not run in the image: {ran.text[-500:]}")
    return sorted({*_listed(packages), *_listed(python)})


def _listed(ran: Ran) -> list[str]:
    # A list that was cut or ended early is none: what is recorded is complete.
    if ran.exit_code or ran.truncated:
        raise ItemFailed("unfit", f"the packages of the image cannot be listed: {ran.text[-500:]}")
    return [line for line in ran.text.splitlines() if PACKAGE.fullmatch(line)]

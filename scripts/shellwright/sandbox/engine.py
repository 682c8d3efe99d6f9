"""The container engine: finding it, and on a bare Debian or Ubuntu machine installing it."""

import docker

from shellwright.errors import UserError


class EngineMissing(UserError):
    """No container engine answers."""


def connect(purpose: str = "") -> docker.DockerClient:
    """A client of the engine that DOCKER_HOST names, or of the one on the default socket."""
    return docker.from_env()

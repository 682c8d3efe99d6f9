"""The Dockerfiles of the domains: what they are made of, what they install, their keys.

Each folder of envs/images holds a Dockerfile and its build context. Its FROM names the folder that
it builds on, `shellwright/<folder>`, and at the end of that line is `shellwright/base`. A folder
that others build on is shared; the others are the domains. Needs no engine.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from shellwright.digest import digest, tree_digest
from shellwright.errors import UserError

FOLDER = Path(__file__).resolve().parents[3] / "envs" / "images"
PREFIX = "shellwright/"
BASE = "base"
# What images of environments are called that tasks bring themselves; no folder has this name.
OWN = "task"
_FROM = re.compile(r"^FROM +shellwright/([a-z0-9-]+)$", re.MULTILINE)
_INSTALL = re.compile(r"apt-get install\b(.*?)(?:&&|$)", re.DOTALL)
_PACKAGE = re.compile(r"[a-z0-9][a-z0-9+.-]+")


def dockerfile(name: str, folder: Path = FOLDER) -> str:
    """The text of an image's Dockerfile. Raises UserError if there is none."""
    path = folder / name / "Dockerfile"
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}; every image needs a Dockerfile.") from error


def parent(name: str, folder: Path = FOLDER) -> str:
    """The image that an image builds on: another folder's name, or `base`."""
    found = _FROM.findall(dockerfile(name, folder))
    if len(found) != 1:
        raise UserError(
            f"{folder / name / 'Dockerfile'}: found {len(found)} lines "
            "`FROM shellwright/<folder>`, expected one."
        )
    return str(found[0])


def lineage(name: str, folder: Path = FOLDER) -> list[str]:
    """An image and all that it builds on without the base, outermost first.

    Raises UserError if that does not end at the base.
    """
    names: list[str] = []
    while name != BASE:
        if name in names:
            raise UserError(f"{folder / name / 'Dockerfile'}: the image builds on itself.")
        names.append(name)
        name = parent(name, folder)
    return names[::-1]


def domains(folder: Path = FOLDER) -> list[str]:
    """The names of the domains, sorted. Raises UserError for a name that means something else."""
    names = {path.parent.name for path in folder.glob("*/Dockerfile")}
    if taken := names & {BASE, OWN}:
        raise UserError(f"{folder / min(taken)}: the name is taken; rename the folder.")
    return sorted(names - {parent(name, folder) for name in names})


def packages_of(domain: str, folder: Path = FOLDER) -> frozenset[str]:
    """The packages that a domain's Dockerfiles install by name, without their dependencies."""
    found: set[str] = set()
    for name in lineage(domain, folder):
        lines = dockerfile(name, folder).splitlines()
        text = "\n".join(line for line in lines if not line.lstrip().startswith("#"))
        for arguments in _INSTALL.findall(text.replace("\\\n", " ")):
            words = arguments.split("\n")[0].split()
            found |= {word for word in words if _PACKAGE.fullmatch(word)}
    return frozenset(found)


def environment_key(name: str, base: Mapping[str, Any], folder: Path = FOLDER) -> str:
    """The key of an image: 64 hex characters over all that it is made from.

    `base` is the configuration's `images.base`; its reference, suite and package sources count,
    and whether the base comes from a registry or from packages does not, because that differs
    between machines.
    """
    return digest(
        {
            "base": base_key(base),
            "images": [[part, tree_digest(folder / part)] for part in lineage(name, folder)],
        }
    )


def base_key(base: Mapping[str, Any]) -> str:
    """The key of the base image."""
    sources = {"sources": base["sources"]} if base.get("sources") else {}
    return digest({"reference": base["reference"], "suite": base["suite"], **sources})


def parts_of(reference: str) -> tuple[str, str, str]:
    """The name, the tag and the digest of a reference to an image, "" for what it has not."""
    tagged, _, pinned = reference.partition("@")
    folder, slash, last = tagged.rpartition("/")
    name, _, version = last.partition(":")
    return f"{folder}{slash}{name}", version, pinned


def tag(name: str, key: str) -> str:
    """The name in the engine of the image that has a key."""
    return f"{PREFIX}{name}:{key[:16]}"

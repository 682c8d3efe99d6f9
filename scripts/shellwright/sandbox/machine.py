"""What this machine has, room and programs, and what is installed where that is allowed."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from shellwright.errors import UserError

TAIL = 20  # lines of what a program said that a user is shown


def ensure_tool(name: str, package: str | None = None) -> Path:
    """The path of a program, whose package is installed first where that is allowed.

    Raises UserError that says what to install.
    """
    package = package or name
    if shutil.which(name) is None and may_install():
        say(f"{name} is missing. Installing {package}, as root on Debian or Ubuntu.")
        install([package])
    if found := shutil.which(name):
        return Path(found)
    raise UserError(f"{name} is needed and not installed. Type: sudo apt-get install {package}")


def check_space(path: Path, need_mb: int) -> None:
    """Raises UserError if fewer than `need_mb` megabytes are free where `path` is or will be."""
    place = next(folder for folder in (path, *path.absolute().parents) if folder.exists())
    free = shutil.disk_usage(place).free >> 20
    if free < need_mb:
        raise UserError(
            f"{path}: {free} MB are free and {need_mb} MB are needed. "
            "Make room, or move the folder to a larger disk."
        )


def may_install() -> bool:
    """Whether packages can be installed: as root, on Debian or Ubuntu."""
    try:
        lines = Path("/etc/os-release").read_text().splitlines()
    except OSError:
        return False
    values = dict(line.split("=", 1) for line in lines if "=" in line)
    family = f"{values.get('ID', '')} {values.get('ID_LIKE', '')}".replace('"', "").split()
    return os.geteuid() == 0 and not {"debian", "ubuntu"}.isdisjoint(family)


def install(packages: Sequence[str]) -> None:
    """Installs packages of the system. Raises UserError with what apt said."""
    options = ["--yes", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300"]
    for command in (["apt-get", "update"], ["apt-get", "install", *options, *packages]):
        done = subprocess.run(
            command,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if done.returncode:
            said = tail(done.stdout)
            raise UserError(f"{' '.join(command)} failed ({done.returncode}):\n{said}")


def tail(text: str) -> str:
    """The last lines of what a program has said, indented."""
    return "\n".join(f"    {line}" for line in text.splitlines()[-TAIL:])


def say(text: str) -> None:
    """Tell the user something, now."""
    print(text, file=sys.stderr, flush=True)

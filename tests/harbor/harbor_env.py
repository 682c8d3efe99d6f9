"""What Harbor runs on: a Python of its own, its locked packages, and docker compose version 2.

Everything is kept in one folder and made once per lock file. Installed system-wide, as root, are
the docker command, where the engine came without it, and on Ubuntu its compose plugin.
"""

import hashlib
import os
import pwd
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from shellwright.sandbox.machine import ensure_tool, install, may_install

LEAST_PYTHON = (3, 12)
PLUGIN = "usr/libexec/docker/cli-plugins/docker-compose"
# The release of Debian whose package docker-compose is the version 2 plugin.
PLUGIN_SUITE = "trixie"
PLUGIN_PACKAGE = "docker-compose"
UBUNTU_PLUGIN_PACKAGE = "docker-compose-v2"
FETCHED_PYTHON = "3.13"


class MissingError(Exception):
    """Something that Harbor needs is not there; the message says how to get it."""


@dataclass(frozen=True)
class Source:
    """A package source of this system: where it lies and the options that go with it."""

    uri: str
    options: str


def find_python(fetched: Path) -> Path:
    """Return a Python that Harbor accepts; where there is none, one that uv fetches to ``fetched``.

    Raises MissingError when there is none and uv cannot get one.
    """
    names = [f"python3.{minor}" for minor in range(20, LEAST_PYTHON[1] - 1, -1)] + ["python3"]
    candidates = [Path(found) for name in names if (found := shutil.which(name))]
    # The account's own home too: HOME may point to an empty folder.
    homes = [Path.home(), Path(pwd.getpwuid(os.getuid()).pw_dir)]
    named = os.environ.get("PYENV_ROOT")
    for root in [named] if named else [home / ".pyenv" for home in homes]:
        candidates += sorted((Path(root) / "versions").glob("3.*/bin/python3"), reverse=True)
    for candidate in candidates:
        if _version(candidate) >= LEAST_PYTHON:
            return candidate
    said = _fetch_python(fetched)
    for candidate in sorted(fetched.glob("*/bin/python3")):
        if _version(candidate) >= LEAST_PYTHON:
            return candidate
    raise MissingError(
        "no Python 3.12 or newer on the PATH or below ~/.pyenv/versions; Harbor needs one, and uv"
        f" could not fetch it: {said}. Install it, for example with: pyenv install 3.12"
    )


def _fetch_python(folder: Path) -> str:
    """Have uv put a Python into a folder; return the end of what it said."""
    uv = Path(sys.executable).with_name("uv")
    if not uv.is_file():
        return f"there is no {uv.name} beside {sys.executable}"
    print("harbor: no Python 3.12 or newer here; fetching one with uv", flush=True)
    command = [uv, "python", "install", "--no-bin", "--install-dir", folder, FETCHED_PYTHON]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    return "; ".join(lines[-2:])


def _version(python: Path) -> tuple[int, ...]:
    # A shim of pyenv can be on the PATH and still refuse to run.
    command = [python, "-c", "import sys, venv; print(sys.version_info[0], sys.version_info[1])"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return tuple(map(int, done.stdout.split())) if done.returncode == 0 else ()


def make_environment(folder: Path, lock: Path) -> Path:
    """Return the ``bin`` folder of an environment with the packages of ``lock``."""
    bin_folder = folder / "env" / "bin"
    stamp = folder / "env" / "lock.sha256"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if stamp.is_file() and stamp.read_text() == wanted:
        return bin_folder
    python = find_python(folder / "python")
    print(f"harbor: making its environment with {python}", flush=True)
    shutil.rmtree(folder / "env", ignore_errors=True)
    subprocess.run([python, "-m", "venv", folder / "env"], check=True)
    # The lock file is complete, and names one version that Harbor's own requirement would refuse:
    # see envs/harbor.overrides.
    install = [bin_folder / "python", "-m", "pip", "install", "-qq", "--no-deps"]
    subprocess.run([*install, "--require-hashes", "--requirement", lock], check=True)
    stamp.write_text(wanted)
    return bin_folder


def compose_config(folder: Path) -> Path | None:
    """Return a folder for DOCKER_CONFIG that brings docker compose, None when docker has it.

    Raises MissingError when compose is missing and cannot be had here.
    """
    # Debian packs the command apart from the engine from release 13 on.
    ensure_tool("docker", "docker-cli")
    if _has_compose(dict(os.environ)):
        return None
    if may_install() and _about_release("ID") == "ubuntu":
        install([UBUNTU_PLUGIN_PACKAGE])
        return None
    config = folder / "docker"
    plugin = config / "cli-plugins" / "docker-compose"
    environment = {**os.environ, "DOCKER_CONFIG": str(config)}
    if not plugin.is_file():
        plugin.parent.mkdir(parents=True, exist_ok=True)
        _unpack_plugin(folder / "package", plugin)
    if not _has_compose(environment):
        raise MissingError(f"{plugin}: docker does not accept it as its compose plugin")
    return config


def _has_compose(environment: dict[str, str]) -> bool:
    command = ["docker", "compose", "version"]
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    return done.returncode == 0


def _unpack_plugin(folder: Path, plugin: Path) -> None:
    """Fetch Debian's package from this system's own package source; put its plugin in place."""
    remedy = "Install the compose plugin of docker, version 2, and run the same command again."
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise MissingError(f"docker compose is missing. {remedy}")
    release = _about_release("VERSION_CODENAME")
    source = next(debian_sources(Path("/etc/apt"), release), None)
    if source is None:
        raise MissingError(
            f"docker compose is missing, and /etc/apt names no Debian archive. {remedy}"
        )
    print(f"harbor: taking {PLUGIN_PACKAGE} of Debian {PLUGIN_SUITE}", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    for part in ("lists/partial", "archives/partial", "unpacked"):
        (folder / part).mkdir(parents=True)
    listed = folder / "sources.list"
    listed.write_text(f"deb {source.options}{source.uri} {PLUGIN_SUITE} main\n")
    options = {
        "Dir::Etc::sourcelist": listed,
        "Dir::Etc::sourceparts": "-",
        "Dir::State::lists": folder / "lists",
        "Dir::Cache": folder,
        "Dir::Cache::archives": folder / "archives",
        # Read as root: the folder of a checkout may be closed to apt's own user.
        "APT::Sandbox::User": "root",
    }
    apt = ["apt-get", "-q", *(f"-o{key}={value}" for key, value in options.items())]
    subprocess.run([*apt, "update"], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([*apt, "download", PLUGIN_PACKAGE], check=True, cwd=folder)
    package = next(folder.glob("*.deb"))
    subprocess.run(["dpkg-deb", "--extract", package, folder / "unpacked"], check=True)
    shutil.copy2(folder / "unpacked" / PLUGIN, plugin)
    shutil.rmtree(folder)


def _about_release(key: str) -> str:
    """Return what this release says of itself: ``VERSION_CODENAME`` as ``bookworm``."""
    text = Path("/etc/os-release").read_text(encoding="utf-8")
    found = re.search(rf"^{key}=(\S+)$", text, re.MULTILINE)
    return shlex.split(found[1])[0] if found else ""


def debian_sources(apt: Path, release: str) -> Iterator[Source]:
    """Yield the package sources below ``apt`` that hold ``main`` of ``release``."""
    for path in [apt / "sources.list", *sorted((apt / "sources.list.d").glob("*.list"))]:
        if path.is_file():
            yield from _one_line_sources(path.read_text(encoding="utf-8"), release)
    for path in sorted((apt / "sources.list.d").glob("*.sources")):
        yield from _stanza_sources(path.read_text(encoding="utf-8"), release)


def _one_line_sources(text: str, release: str) -> Iterator[Source]:
    for line in text.splitlines():
        found = re.match(r"deb\s+(\[[^]]*\]\s+)?(\S+)\s+(\S+)\s+(.*)", line)
        if found and found[3] == release and "main" in found[4].split():
            yield Source(found[2], found[1] or "")


def _stanza_sources(text: str, release: str) -> Iterator[Source]:
    for stanza in re.split(r"\n\s*\n", text):
        lines = [line for line in stanza.splitlines() if not line.startswith("#")]
        fields = dict(line.split(":", 1) for line in lines if re.match(r"[A-Za-z-]+:", line))
        words = {key.lower(): value.split() for key, value in fields.items()}
        held = {"types": "deb", "suites": release, "components": "main"}
        if all(value in words.get(key, ()) for key, value in held.items()):
            keys = [key for key in words.get("signed-by", ()) if key.startswith("/")]
            for uri in words.get("uris", ()):
                yield Source(uri, f"[signed-by={keys[0]}] " if keys else "")


if __name__ == "__main__":
    sys.exit("run tests/harbor/run_harbor.py")

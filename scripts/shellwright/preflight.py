"""What is checked before any work: the container engine, free disk space, a lock that nobody holds.

``python -m shellwright.preflight [options of Snakemake]`` checks the configuration that the options
name, as Snakemake itself would only say of a file that it is wrong, and removes the lock that a
killed build left in the work directory.
"""

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from shellwright import references
from shellwright.config import DEFAULT_FILE, Config, load
from shellwright.config_file import Origins, read_file
from shellwright.errors import UserError
from shellwright.options import config_files, config_values, work_folder
from shellwright.sandbox.machine import check_space

PROJECT = Path(__file__).resolve().parents[2]

# Rules whose jobs talk to the container engine, and those among them that build images.
BUILDS = frozenset({"build_base_image", "build_layer_image", "build_domain_image"})
ENGINE = BUILDS | {
    "record_images",
    "verify_tasks",
    "collect_trajectories",
    "measure_difficulty",
}

RESULTS_MB = 1000
ENGINE_MB = 1000
IMAGES_MB = 6000

_TARGETS = " What follows --configfile is taken for configuration files: put targets before it."


def check(rules: set[str], workdir: Path) -> None:
    """Refuse a build that could only fail in the middle. ``rules`` are those that have jobs to do.

    Raises UserError when a file system is nearly full, or when a job needs the container engine and
    none answers.
    """
    check_space(workdir / "results", RESULTS_MB)
    if rules & ENGINE:
        check_engine(IMAGES_MB if rules & BUILDS else ENGINE_MB)


def check_engine(needed_mb: int) -> None:
    """Raise UserError when no engine answers, or its disk has less than ``needed_mb`` free.

    Containers that a killed build had made and not yet begun are removed.
    """
    # The engine's client takes a moment to load.
    from shellwright.sandbox.engine import connect
    from shellwright.sandbox.reap import reap

    client = connect("build images and run tasks in them")
    try:
        reap(client)
        root = Path(str(client.info().get("DockerRootDir", "")))
    finally:
        client.close()
    # The engine of another machine has a folder that does not exist, or means something else, here.
    if root.is_dir() and os.environ.get("DOCKER_HOST", "unix:").startswith("unix:"):
        check_space(root, needed_mb)


def is_locked(workdir: Path) -> bool:
    """Tell whether a build holds, or a killed one left, a lock on ``workdir``."""
    locks = workdir / ".snakemake" / "locks"
    return locks.is_dir() and any(locks.iterdir())


def running(workdir: Path) -> list[int]:
    """Return the process ids of the Snakemakes that work in ``workdir``."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().split(b"\0")
            where = (process / "cwd").resolve(strict=True)
        except OSError:  # it has ended, or belongs to somebody else
            continue
        if where == workdir.resolve() and any(_is_snakemake(word) for word in command[:3]):
            found.append(int(process.name))
    return sorted(found)


def _is_snakemake(word: bytes) -> bool:
    return word == b"snakemake" or word.endswith((b"/snakemake", b"/snakemake/__main__.py"))


def unlock(workdir: Path) -> str:
    """Remove the lock of a build that was killed, and return what was done as a sentence.

    Raises UserError when a build is running in ``workdir``, or when that cannot be told on this
    system.
    """
    if not is_locked(workdir):
        return ""
    if not Path("/proc/self/cwd").exists():
        raise UserError(
            f"{workdir.resolve()}: locked, and whether a build is running cannot be told on this"
            " system. If none is, type: snakemake --unlock"
        )
    processes = running(workdir)
    if processes:
        raise UserError(
            f"{workdir.resolve()}: a build is running here (process {processes[0]}); expected none."
            " Wait for it, or stop it."
        )
    # What `snakemake --unlock` does, without its two seconds.
    shutil.rmtree(workdir / ".snakemake" / "locks")
    return "The last build was killed; its lock is removed, and finished items are kept."


def configuration(options: Sequence[str]) -> tuple[Config, Origins]:
    """Return the checked configuration that Snakemake will use with ``options``, and its origins.

    Raises UserError that lists what is wrong with it.
    """
    first, *others = [PROJECT / DEFAULT_FILE, *config_files(options)]
    layers = [(DEFAULT_FILE, read_file(first))]
    for number, file in enumerate(others):
        try:
            layers.append((str(file), read_file(file)))
        except UserError as error:
            raise UserError(f"{error}{_TARGETS if number else ''}") from error
    if values := config_values(options):
        layers.append(("--config", values))
    origins = Origins(layers)
    return load(origins.merged(), origins), origins


def check_results(workdir: Path) -> None:
    """Raise UserError when ``results`` in ``workdir`` is something else than a folder."""
    results = workdir / "results"
    if os.path.lexists(results) and not results.is_dir():
        raise UserError(
            f"{results}: found a file, or a link that leads to none; expected a folder or nothing,"
            " as everything built lies there. Move it away, or build in another folder with"
            " --directory."
        )


def main(options: Sequence[str]) -> int:
    """Run the command line; return its exit code."""
    workdir = work_folder(options)
    try:
        config, origins = configuration(options)
        references.check(config, origins, PROJECT)
        check_results(workdir)
        done = unlock(workdir)
    except UserError as error:
        print(error, file=sys.stderr)
        return 1
    if done:
        print(done, file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

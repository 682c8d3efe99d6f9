"""Fetch the agent's prompt: one file of a pinned release of Harbor, whose hash is checked.

It is downloaded as every other package is, by pip under pip's own configuration, so that a mirror
serves as well.
"""

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from shellwright.errors import UserError
from shellwright.job import Job, run
from shellwright.store import write_bytes

MEMBER = "harbor/agents/terminus_2/templates/terminus-json-plain.txt"
# The release asks for a newer Python than this build does; it is read here, not run.
PYTHON = "3.12"


def download(lock: Path, folder: Path) -> Path:
    """Return the wheel that ``lock`` names, downloaded into ``folder``. Raises UserError."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
    command += ["--only-binary=:all:", "--python-version", PYTHON, "--disable-pip-version-check"]
    done = subprocess.run(
        [*command, "--requirement", str(lock), "--dest", str(folder)],
        capture_output=True,
        text=True,
        errors="replace",
    )
    wheels = sorted(folder.glob("*.whl"))
    if done.returncode or len(wheels) != 1:
        raise UserError(
            f"{lock}: pip cannot download what it names:\n{done.stderr.strip()}\nExpected one"
            " wheel with the hash given there. pip's own configuration decides where it looks"
            " (pip config list); with a mirror that has the package this works offline, too."
        )
    return wheels[0]


def member(wheel: Path, name: str) -> bytes:
    """Return the content of one file of a wheel. Raises UserError when there is none."""
    with zipfile.ZipFile(wheel) as archive:
        try:
            return archive.read(name)
        except KeyError as error:
            raise UserError(
                f"{wheel.name}: has no {name}; expected the release that envs/harbor-prompt.lock"
                " was made for. Put the file back to the version of this project."
            ) from error


def main(job: Job) -> None:
    """Download the wheel and write the prompt."""
    with tempfile.TemporaryDirectory(prefix="shellwright-prompt-") as folder:
        wheel = download(job.project / "envs" / "harbor-prompt.lock", Path(folder))
        write_bytes(job.output("prompt"), member(wheel, MEMBER))


if __name__ == "__main__":
    run(main, globals()["snakemake"])

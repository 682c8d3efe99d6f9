"""One job of the build: what every thin script of ``scripts/`` needs around its work.

A script defines ``main(job)`` and ends with ``run(main, snakemake)``. Here it gets its inputs,
outputs and settings as plain values, its log, short messages for mistakes of the user, and an end
when the build that started it is gone.
"""

import errno
import logging
import os
import select
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from tqdm import tqdm

from shellwright.digest import digest
from shellwright.errors import UserError
from shellwright.store import ItemStore, shard_names

log = logging.getLogger(__name__)

PROJECT = Path(__file__).resolve().parents[2]
ITEMS = Path("results/.items")
# Answers that were paid for; not below results, so that they outlive `make clean`.
MODEL_CALLS = Path(".shellwright/model-calls")

_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_MAKE_ROOM = "Make room and run the same command again: finished items are kept."
_INTERRUPTED = 128 + signal.SIGINT
# Where Snakemake puts the script that a job runs.
_SCRIPTS = ".snakemake/scripts"


class Job:
    """The inputs, outputs and settings of one job, from Snakemake's ``snakemake`` object.

    Paths are relative to the work directory, as in the rules; ``project`` is the folder of the
    Snakefile.
    """

    project = PROJECT

    def __init__(self, snakemake: Any) -> None:
        self._snakemake = snakemake
        self.rule: str = snakemake.rule

    def input(self, name: str) -> Path:
        """Return the path of the rule's input ``name``."""
        return Path(getattr(self._snakemake.input, name))

    def inputs(self, name: str) -> list[Path]:
        """Return the paths of the rule's input ``name``, a list."""
        return [Path(path) for path in getattr(self._snakemake.input, name)]

    def output(self, name: str) -> Path:
        """Return the path of the rule's output ``name``; its folder exists."""
        return Path(getattr(self._snakemake.output, name))

    def outputs(self, name: str) -> list[Path]:
        """Return the paths of the rule's output ``name``, a list."""
        return [Path(path) for path in getattr(self._snakemake.output, name)]

    @property
    def params(self) -> Any:
        """The rule's params, by name."""
        return self._snakemake.params

    @property
    def wildcards(self) -> Any:
        """The rule's wildcards, by name."""
        return self._snakemake.wildcards

    @property
    def shard(self) -> str:
        """The name of the shard that this job makes."""
        return str(self.wildcards.shard)

    @property
    def name(self) -> str:
        """What the job's containers are labelled with: the work directory, the rule, the shard."""
        return f"{Path.cwd()}:{self.rule}:{self.shard}"

    @property
    def settings(self) -> dict[str, Any]:
        """The configuration values that the rule names in its params, nested as in the config."""
        nested: dict[str, Any] = {}
        for key, value in self.params.settings.items():
            block = nested
            *blocks, last = key.split(".")
            for part in blocks:
                block = block.setdefault(part, {})
            block[last] = value
        return nested

    @property
    def config(self) -> dict[str, Any]:
        """The whole configuration; for what does not decide the outputs, as it is not recorded."""
        config: dict[str, Any] = self._snakemake.config
        return config

    @property
    def code(self) -> str:
        """The digest of the code that makes this stage's items."""
        return digest(self.params.code)

    @property
    def workers(self) -> int:
        """How many items to make at the same time."""
        return int(self._snakemake.resources.workers)

    def store(self, stage: str) -> ItemStore:
        """Return the store of the finished items of this job's shard."""
        return ItemStore(ITEMS, stage, self.shard, self.settings["shards"]["bits"])

    def whole_store(self, name: str) -> ItemStore:
        """Return the store ``name`` of a stage whose items one job makes, whatever the shards."""
        return ItemStore(ITEMS, name, shard_names(0)[0], 0)


def run(main: Callable[[Job], None], snakemake: Any) -> None:
    """Call ``main`` with the job that ``snakemake`` describes; does not return after an error.

    A UserError ends the process with its message alone and exit status 1; so does Ctrl-C with 130.
    Any other exception is shown in full.
    """
    _open_log(Path(snakemake.log[0]))
    _end_with_the_build()
    try:
        main(Job(snakemake))
    except UserError as error:
        log.error("%s", error)
        sys.exit(1)
    except KeyboardInterrupt:
        _stop()
    except Exception as error:
        # Python, SQLite and polars have a class each for this, and the same words.
        if os.strerror(errno.ENOSPC).lower() in str(error).lower():
            log.error("%s: %s. %s", Path.cwd(), error, _MAKE_ROOM)
        else:
            log.exception("%s failed", snakemake.rule)
        sys.exit(1)


class _Terminal(logging.Handler):
    """Writes plain messages to stderr, above the progress bar if there is one."""

    def emit(self, record: logging.LogRecord) -> None:
        tqdm.write(self.format(record), file=sys.stderr)


def _open_log(path: Path) -> None:
    """Send everything to the job's log file, and what a person should see to the terminal, too."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # On a full disk the log takes no line; what is wrong is then said on the terminal alone.
    logging.raiseExceptions = False
    file = logging.FileHandler(path, mode="w", encoding="utf-8")
    file.setFormatter(logging.Formatter(_FORMAT))
    terminal = _Terminal(logging.INFO)
    terminal.setFormatter(logging.Formatter("%(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[file, terminal], force=True)
    logging.getLogger("shellwright").setLevel(logging.DEBUG)


def _stop() -> NoReturn:
    """End at once: threads may still wait for containers, which end with this process."""
    log.warning("stopped; finished items are kept, the same command goes on from here")
    logging.shutdown()
    os._exit(_INTERRUPTED)


def _end_with_the_build() -> None:
    """End this process when Snakemake is gone, so that ``kill -9`` leaves nothing running.

    At once, whatever its threads do: containers end with the process that started them.
    Linux only: elsewhere a job outlives a killed build and ends when its shard is done.
    """
    if not (Path("/proc/self/stat").exists() and hasattr(os, "pidfd_open")):
        return

    def end() -> NoReturn:
        log.warning("the build that started this job is gone")
        _stop()

    def wait(build: int) -> None:
        poll = select.poll()
        poll.register(build, select.POLLIN)
        poll.poll()
        end()

    build = _build_process()
    if build is not None:
        threading.Thread(target=wait, args=[build], name="build-watch", daemon=True).start()
    elif _SCRIPTS in Path(sys.argv[0]).as_posix():
        # It can be gone before this line: a job takes a second to start, on a busy machine more.
        end()


def _build_process() -> int | None:
    """Return a descriptor of the Snakemake process above this one; None where there is none."""
    process = os.getppid()
    while process > 1:
        try:
            command = Path(f"/proc/{process}/cmdline").read_bytes().decode(errors="replace")
            if "snakemake" in command and _SCRIPTS not in command:
                return os.pidfd_open(process)
            process = int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
        except OSError:  # it has just ended
            return None
    return None

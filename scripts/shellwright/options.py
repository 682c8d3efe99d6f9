"""The options of Snakemake that are read before it runs, and after it has run."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from shellwright.config_file import typed

_DRY = re.compile(r"--dry-?run|-[Fknp]*n[Fknp]*")


def config_files(options: Sequence[str]) -> list[Path]:
    """Return the files that ``--configfile`` and ``--configfiles`` name."""
    return [Path(word) for word in _values(options, "--configfile", "--configfiles")]


def config_values(options: Sequence[str]) -> dict[str, Any]:
    """Return the values that ``--config`` gives."""
    pairs = (word.partition("=") for word in _values(options, "--config", "-C"))
    return {key: typed(value) for key, equals, value in pairs if equals}


def work_folder(options: Sequence[str]) -> Path:
    """Return the folder that ``--directory`` names, else the current one."""
    return Path([".", *_values(options, "--directory", "-d")][-1])


def is_dry(options: Sequence[str]) -> bool:
    """Tell whether Snakemake is only to say what it would do."""
    return any(_DRY.fullmatch(word) for word in options)


def _values(options: Sequence[str], *names: str) -> Iterator[str]:
    """Yield what stands behind an option, up to the next one."""
    taking = False
    for word in options:
        if word.startswith("-"):
            name, equals, value = word.partition("=")
            taking = name in names
            if taking and equals:
                yield value
        elif taking:
            yield word

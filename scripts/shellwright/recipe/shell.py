"""Checks that ask the shell: what a short script prints about the files it looks at."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from shellwright.recipe.checks import Check, custom, slug

if TYPE_CHECKING:
    from shellwright.recipe.kinds.tree import Tree


def quoted(path: str) -> str:
    """The path as one word of a shell command."""
    return shlex.quote(path)


def shell_prints(
    script: str,
    text: str,
    *,
    about: str,
    paths: Sequence[str],
    key: str,
    weight: float = 1.0,
    timeout: float | None = None,
) -> Check:
    """The bash script, run as the agent, prints this text and ends well.

    `key` tells this check's expected file from those of other checks of the same path. timeout: in
    seconds, where the harness's own is too short.
    """
    name = f"{slug(paths[0])}.{key}.txt"
    limit: dict[str, Any] = {} if timeout is None else {"timeout": timeout}
    return custom(
        "command_prints",
        about=about,
        paths=paths,
        weight=weight,
        files={name: text.encode()},
        argv=["bash", "-c", f"set -euo pipefail\nexport LC_ALL=C\n{script}"],
        expected=name,
        cwd="/",
        **limit,
    )


def times_kept(tree: Tree, gone: str = "") -> Check:
    """Every regular file of the tree carries the modification time that it has in Python.

    `gone` is a command, run in the tree, that lists what the work had to remove: it must print
    nothing. Without it the check would hold before work that leaves names and times alone.
    """
    listing = "find . -type f -printf '%P %T@\\n' | sed 's/[.]0*$//' | sort"
    lines = sorted(f"{file.name} {file.mtime}" for file in tree.files if not file.target)
    return shell_prints(
        "\n".join([f"cd {quoted(tree.path)}", *filter(None, [gone]), listing]),
        "".join(f"{line}\n" for line in lines),
        about=f"The files in {tree.path} carry the expected modification times.",
        paths=[tree.path],
        key="times",
    )


def byte_sorted(names: Iterable[str]) -> list[str]:
    """Names in the order of their bytes, as `LC_ALL=C sort` puts them."""
    return sorted(names, key=lambda name: name.encode())

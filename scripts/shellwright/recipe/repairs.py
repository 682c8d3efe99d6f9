"""Repairs of programs: the working version, and the command that gets there."""

from __future__ import annotations

import difflib
import shlex
from dataclasses import replace

from shellwright.recipe.kinds.program import Program, program_text
from shellwright.recipe.themes import Theme


def repaired(program: Program, theme: Theme) -> Program:
    """The program without its fault."""
    name = program.path.rpartition("/")[2]
    return replace(program, source=program_text(theme, name, None), fault="", condition="working")


def patch_command(before: Program, after: Program) -> str:
    """A command that turns the one into the other: a patch of the lines that differ."""
    lines = difflib.unified_diff(
        before.source.splitlines(keepends=True),
        after.source.splitlines(keepends=True),
        "a/" + before.path.rpartition("/")[2],
        "b/" + after.path.rpartition("/")[2],
        n=2,
    )
    return f"patch -s {shlex.quote(before.path)} <<'PATCH'\n{''.join(lines)}PATCH"

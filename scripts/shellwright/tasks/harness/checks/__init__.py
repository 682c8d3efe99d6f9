"""Assertions about the state that an agent left behind.

Each helper raises AssertionError with a message that names the path, what was found and what was
expected. None of them trusts what it reads: sizes and times are bounded, devices and pipes are
refused, links into the verifier's own folders are refused, and programs run as the agent's user.
Expected data lies in `expected/` beside this package.
"""

from .files import (
    absent,
    is_symlink_to,
    mode_is,
    owner_is,
    present,
    sha256_is,
    tool_exists,
    tree_equals,
    unchanged,
)
from .marks import check, guard
from .packed import archive_holds, sqlite_rows, sqlite_schema
from .running import command_prints, git_output
from .texts import bytes_equal, csv_equals, json_equals, jsonl_equals, lines_equal, text_equals

__all__ = [
    "absent",
    "archive_holds",
    "bytes_equal",
    "check",
    "command_prints",
    "csv_equals",
    "git_output",
    "guard",
    "is_symlink_to",
    "json_equals",
    "jsonl_equals",
    "lines_equal",
    "mode_is",
    "owner_is",
    "present",
    "sha256_is",
    "sqlite_rows",
    "sqlite_schema",
    "text_equals",
    "tool_exists",
    "tree_equals",
    "unchanged",
]

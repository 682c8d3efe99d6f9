"""Hashed benchmark indexes: what decontamination needs, without a word of the benchmark.

An index file is one line of canonical JSON (the header) and a binary payload::

    {"format": "shellwright-ngram-index", "version": 1, "name": ..., "tokeniser": "tok-v1",
     "n": 14, "gram_hash": "blake2b-64", "anchor_hash": "crc-32",
     "tasks": [[name, grams], ...], "anchors": count, "provenance": ..., "payload_sha256": ...}
    per task, in the header's order: its distinct n-grams, sorted, 8 bytes each, little-endian
    the anchors of all tasks: sorted, 4 bytes each, little-endian

Every index also holds the control text of this module as one more task. Each corpus build plants
it and fails when it is not found, so that a damaged index or a tokeniser that has drifted cannot
pass for a clean corpus.

Build one from a folder of tasks (one folder each, with an ``instruction.md``)::

    python -m shellwright.corpus.index build FOLDER --name NAME --out FILE --provenance TEXT
"""

import argparse
import hashlib
import json
import sys
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from shellwright.corpus import ngrams, tokens
from shellwright.corpus.ngrams import NgramIndex
from shellwright.digest import canonical
from shellwright.errors import UserError
from shellwright.store import write_bytes

FORMAT = "shellwright-ngram-index"
FORMAT_VERSION = 1
DEFAULT_N = 14
CONTROL = "shellwright-control"
CONTROL_TEXT = (
    "Seven amber kettles argue with the lighthouse about tidal arithmetic, while a patient"
    " ferryman numbers every gull twice and files the surplus under unclaimed weather."
)

_MAX_HEADER = 4 << 20
_MAX_INSTRUCTION = 4 << 20
_FIXED = {
    "format": FORMAT,
    "version": FORMAT_VERSION,
    "tokeniser": tokens.VERSION,
    "gram_hash": "blake2b-64",
    "anchor_hash": "crc-32",
}
_REMEDY = "Build the index again: python -m shellwright.corpus.index build --help"


def build_index(name: str, instructions: dict[str, str], n: int = DEFAULT_N) -> NgramIndex:
    """Return the index of a benchmark, given the instruction of each task; the control is added.

    Raises UserError for a task that is too short to hold a single n-gram: it could never be
    found, and nobody would notice.
    """
    texts = {**instructions, CONTROL: CONTROL_TEXT}
    words = {task: tokens.tokenise(text) for task, text in texts.items()}
    for task, found in words.items():
        if len(found) < n:
            raise UserError(
                f"benchmark {name}, task {task}: the instruction has {len(found)} tokens; expected"
                f" at least {n}, the length of the n-grams. Leave the task out."
            )
    known = frozenset().union(*(ngrams.anchors(found, n) for found in words.values()))
    return NgramIndex(
        name, n, {task: frozenset(ngrams.grams(found, n)) for task, found in words.items()}, known
    )


def encode_index(index: NgramIndex, provenance: str) -> bytes:
    """Return the bytes of the index file; the same index always gives the same bytes."""
    names = sorted(index.tasks)
    payload = b"".join(_packed("Q", index.tasks[name]) for name in names)
    payload += _packed("I", index.anchors)
    header = {
        **_FIXED,
        "name": index.name,
        "n": index.n,
        "tasks": [[name, len(index.tasks[name])] for name in names],
        "anchors": len(index.anchors),
        "provenance": provenance,
        "payload_sha256": hashlib.sha256(payload).hexdigest(),
    }
    return canonical(header) + b"\n" + payload


def decode_index(content: bytes, where: str) -> NgramIndex:
    """Return the index in ``content``; ``where`` names it in errors.

    Raises UserError when the content is no index, is damaged, or was made by another version of
    the tokeniser.
    """
    line, _, payload = content.partition(b"\n")
    header = _header(line, where)
    sizes = [(str(name), int(count)) for name, count in header["tasks"]]
    bytes_expected = 8 * sum(count for _, count in sizes) + 4 * int(header["anchors"])
    if (
        len(payload) != bytes_expected
        or hashlib.sha256(payload).hexdigest() != header["payload_sha256"]
    ):
        raise UserError(
            f"{where}: the payload is damaged ({len(payload)} bytes; expected {bytes_expected}"
            f" with SHA-256 {header['payload_sha256']}). {_REMEDY}"
        )
    tasks: dict[str, frozenset[int]] = {}
    at = 0
    for task, count in sizes:
        tasks[task] = frozenset(_unpacked("Q", payload[at : at + 8 * count]))
        at += 8 * count
    return NgramIndex(str(header["name"]), int(header["n"]), tasks, _unpacked("I", payload[at:]))


def load_index(path: str | Path) -> NgramIndex:
    """Read an index file; raises UserError as ``decode_index`` does, and when it is missing."""
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from error
    return decode_index(content, str(path))


def read_length(path: Path) -> int:
    """Return the length of an index file's n-grams, from its header alone.

    Raises UserError when the file is missing or its header is none that this version reads.
    """
    try:
        with path.open("rb") as file:
            line = file.readline(_MAX_HEADER + 1)
    except OSError as error:
        raise _unreadable(path, error) from error
    return int(_header(line, str(path))["n"])


def _unreadable(path: str | Path, error: OSError) -> UserError:
    return UserError(
        f"{path}: cannot read the decontamination index ({error.strerror}); expected a file"
        " named in corpus.decontaminate.indexes. Correct the path, or build the index."
    )


def _header(line: bytes, where: str) -> dict[str, Any]:
    try:
        header = json.loads(line) if len(line) <= _MAX_HEADER else None
    except ValueError:
        header = None
    if not isinstance(header, dict):
        raise UserError(
            f"{where}: not a {FORMAT} file (its first line is no JSON header). {_REMEDY}"
        )
    for key, expected in _FIXED.items():
        if header.get(key) != expected:
            raise UserError(
                f"{where}: {key} is {header.get(key)!r}; expected {expected!r}. {_REMEDY}"
            )
    return header


def _packed(code: str, values: Sequence[int] | frozenset[int]) -> bytes:
    return _little_endian(array(code, sorted(values))).tobytes()


def _unpacked(code: str, content: bytes) -> list[int]:
    values = array(code)
    values.frombytes(content)
    return _little_endian(values).tolist()


def _little_endian(values: "array[int]") -> "array[int]":
    if sys.byteorder == "big":
        values.byteswap()
    return values


def read_instructions(folder: Path) -> dict[str, str]:
    """Return the text of every ``<task>/instruction.md`` of ``folder``, by task.

    Raises UserError when there is none, or when one is too large to be an instruction.
    """
    found: dict[str, str] = {}
    for path in sorted(folder.glob("*/instruction.md")):
        if path.stat().st_size > _MAX_INSTRUCTION:
            raise UserError(
                f"{path}: {path.stat().st_size} bytes; expected an instruction of at most"
                f" {_MAX_INSTRUCTION} bytes. Leave the task out."
            )
        found[path.parent.name] = path.read_text("utf-8", errors="replace")
    if not found:
        raise UserError(f"{folder}: no */instruction.md; expected one folder for each task")
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line: ``build`` an index file from a folder of tasks."""
    parser = argparse.ArgumentParser(prog="python -m shellwright.corpus.index")
    commands = parser.add_subparsers(required=True)
    build = commands.add_parser("build", help="build a hashed index from */instruction.md")
    build.add_argument("folder", type=Path, help="folder with one folder for each task")
    build.add_argument("--name", required=True, help="name of the benchmark in reports")
    build.add_argument("--out", type=Path, required=True, help="the index file to write")
    build.add_argument("--n", type=int, default=DEFAULT_N, help="length of the n-grams")
    build.add_argument("--provenance", required=True, help="where the text is from, its licence")
    options = parser.parse_args(arguments)
    try:
        index = build_index(options.name, read_instructions(options.folder), options.n)
    except UserError as error:
        print(error, file=sys.stderr)
        return 1
    content = encode_index(index, options.provenance)
    write_bytes(options.out, content)
    tasks = len(index.tasks) - 1
    print(f"{options.out}: {tasks} tasks, {len(index)} {index.n}-grams, {len(content)} bytes")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

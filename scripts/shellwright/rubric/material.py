"""What a judge is shown of a task: its instruction, its tests, and the files it starts with."""

import ast
import io
import re
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from shellwright.syntax import parse
from shellwright.tasks.bundle import dockerfile, harness_files
from shellwright.teacher.openai.untrusted import Block, block

INSTRUCTION_CHARS = 20_000
TESTS_CHARS = 48_000
ENVIRONMENT_CHARS = 16_000
_CUT = "\n(cut off here)"

# Beginnings of expected and of given files: enough to see a format, not the whole content.
_HEAD_CHARS = 400
_MOST_HEADS = 24
_MOST_ENTRIES = 300
_OUTPUTS = "tests/test_outputs.py"
_EXPECTED = "tests/expected/"
_ENVIRONMENT = "environment/"
_FIXTURE = "environment/fixture.tar"
_DOCKERFILE = "environment/Dockerfile"
_COMPOSE = "environment/docker-compose.yaml"


@dataclass(frozen=True)
class Material:
    """The three texts of a task, each as a block, and the name of the user who works on it."""

    instruction: Block
    tests: Block
    environment: Block
    user: str


def material(task: Mapping[str, Any]) -> Material:
    """Return what a judge is shown of a row of the task table."""
    files = {file["path"]: file["content"] for file in task["files"]}
    return Material(
        bounded(task["instruction"].strip(), INSTRUCTION_CHARS),
        bounded(tests_text(files), TESTS_CHARS),
        bounded(environment_text(files), ENVIRONMENT_CHARS),
        task["user"],
    )


def bounded(text: str, limit: int) -> Block:
    """Return the first `limit` characters of a text as a block that says when there were more."""
    if len(text) > limit:
        text = text[: limit - len(_CUT)] + _CUT
    return block(text, limit)


def tests_text(files: Mapping[str, bytes]) -> str:
    """Return the tests as a judge reads them, given all files of a bundle by path.

    With this project's harness these are the tests themselves, the helper functions that they call,
    and the beginnings of the expected files. With a harness of its own a task shows all of it.
    """
    harness = harness_files()
    own = all(files.get(path) == content for path, content in harness.items())
    parts: list[str] = []
    if own:
        outputs = _decoded(files.get(_OUTPUTS, b""))
        parts += [outputs.strip(), *_helpers(outputs)]
    else:
        parts += [
            f"--- {path}\n{_decoded(content).strip()}"
            for path, content in sorted(files.items())
            if path.startswith("tests/") and not path.startswith(_EXPECTED)
        ]
    expected = [(path, files[path]) for path in sorted(files) if path.startswith(_EXPECTED)]
    parts += [
        f"--- expected file {path.removeprefix(_EXPECTED)}, {len(content)} bytes\n{_head(content)}"
        for path, content in expected[:_MOST_HEADS]
    ]
    if len(expected) > _MOST_HEADS:
        parts.append(f"({len(expected) - _MOST_HEADS} more expected files are not shown)")
    return "\n\n".join(parts)


def environment_text(files: Mapping[str, bytes]) -> str:
    """Return what a task starts with as a judge reads it, given all files of a bundle by path.

    That is a list of its input files with the beginnings of texts, and, where the task has an image
    of its own, what that is built from.
    """
    parts = _own_image(files)
    fixture = files.get(_FIXTURE, b"")
    if not fixture:
        return "\n\n".join([*parts, "(There are no input files.)"])
    lines: list[str] = []
    heads: list[str] = []
    for name, size, head in _entries(fixture):
        if len(lines) == _MOST_ENTRIES:
            lines.append("(cut off here)")
            break
        lines.append(name if size is None else f"{name}, {size} bytes")
        if size and len(heads) < _MOST_HEADS:
            heads.append(f"--- {name}\n{_head(head, size)}")
    return "\n\n".join([*parts, "\n".join(lines), *heads])


def _own_image(files: Mapping[str, bytes]) -> list[str]:
    """Return the Dockerfile of a task and the files beside it; nothing for an image of a domain.

    A domain's image is left out, or the next build of it would ask about every task again.
    """
    text = _decoded(files.get(_DOCKERFILE, b""))
    if text == dockerfile(" ".join(text.split()[1:2])):
        return []
    own = [path for path in sorted(files) if path.startswith(_ENVIRONMENT)]
    beside = [path for path in own if path not in (_FIXTURE, _DOCKERFILE, _COMPOSE)]
    shown = [f"--- {_DOCKERFILE}\n{text.strip()}"] if text.strip() else []
    return shown + [f"--- {path}\n{_head(files[path])}" for path in beside[:_MOST_HEADS]]


def _entries(fixture: bytes) -> Iterator[tuple[str, int | None, bytes]]:
    """Yield the entries of a tar: its path, and of a file its size and its first bytes."""
    try:
        with tarfile.open(fileobj=io.BytesIO(fixture), mode="r:") as archive:
            for member in archive:
                path = "/" + member.name.lstrip("/")
                if member.issym() or member.islnk():
                    yield f"{path} -> {member.linkname}", None, b""
                elif member.isdir():
                    yield f"{path}/", None, b""
                else:
                    file = archive.extractfile(member)
                    yield path, member.size, file.read(4 * _HEAD_CHARS) if file else b""
    except (tarfile.TarError, OSError, ValueError) as error:
        yield f"(the rest cannot be read: {error})", None, b""


def _head(content: bytes, size: int | None = None) -> str:
    """Return the beginning of a file's content, of which there are `size` bytes in all."""
    size = len(content) if size is None else size
    shown = content[: 4 * _HEAD_CHARS]
    if b"\0" in shown:
        return "(binary)"
    text = _decoded(shown)
    if len(text) > _HEAD_CHARS or size > len(shown):
        return text[:_HEAD_CHARS] + _CUT
    return text.rstrip("\n")


def _decoded(content: bytes) -> str:
    return content.decode("utf-8", "replace")


def _helpers(outputs: str) -> list[str]:
    """Return what the helper functions check that a test file names, in the order of names."""
    named = set(re.findall(r"\w+", outputs))
    told = [text for name, text in sorted(_signatures().items()) if name in named]
    return ["The helper functions:\n" + "\n".join(told)] if told else []


@cache
def _signatures() -> dict[str, str]:
    """Return the helpers that tests may call: each by its name, with what it says of itself."""
    found: dict[str, str] = {}
    offered: set[str] = set()
    for path, content in harness_files().items():
        if not path.startswith("tests/checks/"):
            continue
        for node in parse(content).body:
            if isinstance(node, ast.FunctionDef):
                said = " ".join((ast.get_docstring(node) or "").split())
                found[node.name] = f"{node.name}({ast.unparse(node.args)}): {said}"
            elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
                offered.update(ast.literal_eval(node.value))
    return {name: text for name, text in found.items() if name in offered}

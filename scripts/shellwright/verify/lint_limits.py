"""Lint of how much a bundle holds and how it is built: what could not be read, or not be put.

It comes first, and a bundle that it objects to is not looked into any further: what the other
rules cost in time and memory is bounded by what passes here.
"""

import math
import tarfile
from collections.abc import Iterator, Mapping

from shellwright.sandbox.limits import MEGABYTE, SMALL, SMALL_MB, WORLD, Limits
from shellwright.tasks.unpacking import FILE_LIMIT, NAME_LIMIT, SIZE_LIMIT, path_problem
from shellwright.verify.case import Case
from shellwright.verify.findings import Finding
from shellwright.verify.fixture import FIXTURE, in_container, members

PAGE = 4096  # a file in memory takes whole pages
MOST_PATH = 1000  # bytes; systems end at 4096, and a bundle is unpacked below some folder
MOST_FOLDERS = 40
COMPOSE = "environment/docker-compose.yaml"
# What is parsed, and how large it may be; rules that look at lines take any line for short.
MOST_TEXT = {
    **dict.fromkeys(("task.toml", "environment/Dockerfile", COMPOSE), 1 << 16),
    "solution/solve.sh": 1 << 22,
}
MOST_CODE = 1 << 18
MOST_CODES = 1 << 20  # of all that is parsed
CODE = (".py", ".sh", "instruction.md")
# What a zero byte would end early, or be dropped from without a word.
TEXTS = ("instruction.md", "task.toml", "environment/Dockerfile", "solution/solve.sh")


def lint_limits(case: Case, limits: Limits) -> Iterator[Finding]:
    """Findings about paths that make no tree, and about too many or too large files."""
    for path in case.files:
        if problem := path_problem(path) or path_excess(path, case.files):
            remedy = "Use plain relative paths inside the bundle."
            yield Finding("path-escapes", path, 1, f"the path {problem}", remedy)
    size = sum(len(content) for _, content in case.files.values())
    if len(case.files) > FILE_LIMIT or size > SIZE_LIMIT:
        message = (
            f"{len(case.files)} files with {size} bytes; at most {FILE_LIMIT} files with "
            f"{SIZE_LIMIT} bytes are unpacked"
        )
        yield Finding("too-large", ".", 1, message, "Make the task smaller.")
    for folder in (path.removeprefix("/") for path, *_ in SMALL):
        taken = sum(-len(content) // PAGE * -PAGE for _, content in case.below(folder).values())
        if taken > SMALL_MB * MEGABYTE:
            message = f"takes {taken} bytes, but /{folder} holds {SMALL_MB} MiB"
            yield Finding("too-large", folder, 1, message, "Make it smaller.")
    codes = sum(len(content) for path, (_, content) in case.files.items() if parsed(path))
    if codes > MOST_CODES:
        message = f"{codes} bytes of code, at most {MOST_CODES} are read"
        yield Finding("too-large", "tests", 1, message, "Make the tests shorter.")
    for path, (_, content) in case.files.items():
        most = MOST_TEXT.get(path, MOST_CODE if parsed(path) else SIZE_LIMIT)
        if len(content) > most:
            message = f"{len(content)} bytes, at most {most} are read"
            yield Finding("too-large", path, 1, message, "Make the file shorter.")
        if b"\0" in content and (path in TEXTS or path.endswith(".sh")):
            yield Finding("unreadable", path, 1, "holds a zero byte", "Write plain text.")
    if problem := tar_problem(case.fixture, limits, shared=case.user == "agent"):
        remedy = "Write an uncompressed tar of files, folders and links."
        yield Finding("bad-fixture", FIXTURE, 1, problem, remedy)


def path_excess(path: str, files: Mapping[str, tuple[int, bytes]]) -> str:
    """Why a path cannot be beside the others, or be written at all; "" if it can."""
    if len(path.encode()) > MOST_PATH or path.count("/") > MOST_FOLDERS:
        return f"has more than {MOST_PATH} bytes or {MOST_FOLDERS} folders"
    ends = [place for place, letter in enumerate(path) if letter == "/"]
    above = next((path[:end] for end in ends if path[:end] in files), "")
    return f"lies below {above!r}, which is a file" if above else ""


def parsed(path: str) -> bool:
    """Whether a file is one that the rules parse or take apart."""
    return path.endswith(CODE) and path.startswith(("tests/", "instruction.md"))


def tar_problem(data: bytes, limits: Limits, *, shared: bool) -> str:
    """Why a box could not unpack a fixture, or "".

    shared: whether the world roots share the disk, as they do where the agent works.
    """
    count = total = 0
    taken = dict.fromkeys((path for path, *_ in WORLD), 0)
    try:
        for member, _ in members(data):
            count += 1
            total += member.size
            if count > limits.put_members or total > limits.put_mb * MEGABYTE:
                return f"more than {limits.put_members} members or {limits.put_mb} MiB"
            if member.isreg() and member.offset_data + member.size > len(data):
                return f"not a tar: member {member.name!r} ends before its size"
            if not (member.isreg() or member.isdir() or member.issym() or member.islnk()):
                return f"member {member.name!r} is neither a file, a folder nor a link"
            if problem := name_problem(member.name) or header_problem(member):
                return f"member {member.name[:100]!r} {problem}"
            name = in_container(member.name)
            root = next((root for root in taken if f"{name}/".startswith(root + "/")), "")
            if root and member.isreg():
                taken[root] += -member.size // PAGE * -PAGE
    except (tarfile.TarError, EOFError, ValueError, OverflowError, RecursionError) as error:
        return f"not a tar: {error}"
    for path, _, _, share in WORLD if shared else ():
        if taken[path] > limits.disk_mb * MEGABYTE * share // 100:
            return f"{taken[path]} bytes in {path}, which holds {limits.disk_mb * share // 100} MiB"
    return ""


def header_problem(member: tarfile.TarInfo) -> str:
    """What in a member's header no file system can hold, or ""."""
    if "\0" in member.linkname or len(member.linkname) > MOST_PATH:
        return "links to what is no path"
    if not (math.isfinite(member.mtime) and abs(member.mtime) < 1 << 40):
        return f"was changed at {member.mtime}"
    if not (0 <= member.uid < 1 << 31 and 0 <= member.gid < 1 << 31):
        return f"belongs to {member.uid}:{member.gid}"
    return ""


def name_problem(name: str) -> str:
    """What keeps a member's name from being a path in the container, or "".

    A name need not be UTF-8, nor tidy: that is the container's affair.
    """
    raw = name.encode("utf-8", "surrogateescape")
    if len(raw) > MOST_PATH or name.count("/") > MOST_FOLDERS:
        return f"has more than {MOST_PATH} bytes or {MOST_FOLDERS} folders"
    if any(len(part) > NAME_LIMIT for part in raw.split(b"/")):
        return f"has a part longer than {NAME_LIMIT} bytes"
    return "has a zero byte" if "\0" in name else ""

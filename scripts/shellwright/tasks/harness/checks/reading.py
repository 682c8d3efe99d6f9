"""Bounded reading of files that somebody else wrote."""

import hashlib
import json
import os
import stat
from pathlib import Path
from typing import Any, NoReturn

TESTS = Path(__file__).resolve().parents[1]
READ_LIMIT = 64 * 1024 * 1024
EXCERPT = 160

# A link into one of these would let an agent hand in the verifier's own files, or a file that
# never ends.
REFUSED = ("/tests", "/solution", "/logs", "/proc", "/sys", "/dev")


def fail(message: str) -> NoReturn:
    """Raise the AssertionError that a failed check is."""
    __tracebackhide__ = True
    # Where an exception led here, the message says so; its trace would only hide it.
    raise AssertionError(message) from None


def expected_bytes(name: str) -> bytes:
    """The content of expected/<name>."""
    return (TESTS / "expected" / name).read_bytes()


def expected_json(name: str) -> Any:
    """The content of expected/<name>, or of expected/<name>.json, parsed."""
    path = TESTS / "expected" / name
    if not path.exists():
        path = path.with_name(path.name + ".json")
    return json.loads(path.read_bytes())


def open_regular(path: str) -> int:
    """A read-only descriptor of the regular file at `path`.

    Symbolic links are followed, but not into the verifier's or the kernel's folders. A missing
    file, a pipe, a device, a socket or a directory fails the check.
    """
    __tracebackhide__ = True
    try:
        # O_NONBLOCK: opening a pipe that nobody writes to would otherwise wait for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    except OSError as error:
        fail(f"{path}: expected a regular file, but it cannot be opened: {error.strerror}")
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        fail(f"{path}: expected a regular file, found {kind_of(path)}")
    real = str(Path(f"/proc/self/fd/{descriptor}").readlink())
    if refused(real):
        os.close(descriptor)
        fail(f"{path}: a link to {real} is not accepted")
    return descriptor


def refused(real: str) -> bool:
    """Whether a resolved path lies in a folder that no deliverable may point into."""
    roots = (*REFUSED, str(TESTS))
    return any(real == root or real.startswith(root + "/") for root in roots)


def kind_of(path: str) -> str:
    """A word for what lies at `path`, for messages; links are not followed."""
    try:
        mode = os.lstat(path).st_mode
    except OSError as error:
        return f"nothing ({error.strerror})"
    kinds = [
        (stat.S_ISLNK, "a symbolic link"),
        (stat.S_ISDIR, "a directory"),
        (stat.S_ISREG, "a regular file"),
        (stat.S_ISFIFO, "a named pipe"),
        (stat.S_ISSOCK, "a socket"),
    ]
    return next((word for test, word in kinds if test(mode)), "a device")


def read_bytes(path: str, limit: int = READ_LIMIT) -> bytes:
    """The content of a regular file of at most `limit` bytes."""
    __tracebackhide__ = True
    with os.fdopen(open_regular(path), "rb") as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        fail(f"{path}: larger than {limit} bytes")
    return content


def sha256_of(path: str) -> str:
    """The SHA-256 of a regular file, in hexadecimal, without loading it at once."""
    __tracebackhide__ = True
    digest = hashlib.sha256()
    size = 0
    with os.fdopen(open_regular(path), "rb") as file:
        while chunk := file.read(1 << 20):
            size += len(chunk)
            if size > 16 * READ_LIMIT:
                fail(f"{path}: larger than {16 * READ_LIMIT} bytes")
            digest.update(chunk)
    return digest.hexdigest()


def decode(path: str, content: bytes) -> str:
    """The content as UTF-8 text; anything else fails the check."""
    __tracebackhide__ = True
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        fail(f"{path}: not UTF-8 text: byte {content[error.start]:#04x} at offset {error.start}")


def excerpt(value: object) -> str:
    """A short form of a value for messages."""
    text = value if isinstance(value, str) else repr(value)
    text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return text if len(text) <= EXCERPT else f"{text[:EXCERPT]}... ({len(text)} characters)"

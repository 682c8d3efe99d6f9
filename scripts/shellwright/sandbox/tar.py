"""Tar streams, as they are unpacked in a box or given to the engine to build from."""

import io
import tarfile
from collections.abc import Iterable


def tar_of(files: Iterable[tuple[str, int, bytes]]) -> bytes:
    """A tar of root's files (path, mode, content), in this order: equal ones give equal bytes."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path, mode, content in files:
            member = tarfile.TarInfo(path)
            member.size, member.mode = len(content), mode & 0o777
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()

"""The task's input files: the members of their tar, and where they lie in the container."""

import io
import re
import tarfile
from collections.abc import Iterator
from typing import Self

FIXTURE = "environment/fixture.tar"
VERIFIER_FOLDERS = ("tests", "solution", "logs")
#: Headers that come before that of a member, with its names, times and sizes.
EXTRA = (
    *(tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE),
    *(tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK),
)
MOST_HEADER = 1 << 16  # bytes of one
LONG_NUMBER = re.compile(rb"\d{40}")


class Member(tarfile.TarInfo):
    """A header of a tar that is refused before anything that it announces is read."""

    def _proc_member(self, tarfile_: tarfile.TarFile) -> Self:
        if self.size < 0:
            raise tarfile.TarError(f"member {self.name!r} has a negative size")
        if self.type == tarfile.GNUTYPE_SPARSE:
            raise tarfile.TarError(f"member {self.name!r} is sparse")
        if self.type in EXTRA:
            if self.size > MOST_HEADER:
                raise tarfile.TarError(f"an extra header of {self.size} bytes")
            place = tarfile_.fileobj.tell()
            held = tarfile_.fileobj.read(self.size)
            tarfile_.fileobj.seek(place)
            # The map of a sparse file would be read at once, however long it is; and long numbers
            # take the library's patterns very long.
            if b"GNU.sparse" in held or LONG_NUMBER.search(held):
                raise tarfile.TarError("a member is sparse, or has a number without end")
        return super()._proc_member(tarfile_)  # type: ignore[misc,no-any-return]


def members(data: bytes) -> Iterator[tuple[tarfile.TarInfo, tarfile.TarFile]]:
    """The members of a fixture, with the archive that reads them; none for an empty one.

    Raises TarError for a broken tar, and for sparse members, whose size is a mere claim.
    """
    if data:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:", tarinfo=Member) as archive:
            for member in archive:
                yield member, archive


def in_container(name: str) -> str:
    """The path in the container that a member of a fixture gets, however its name is written.

    `..` stays as it is: a member with it is refused.
    """
    return "/" + "/".join(part for part in name.split("/") if part not in ("", "."))


def of_verifier(path: str) -> bool:
    """Whether an absolute path is, or lies in, a folder of the verifier."""
    return in_container(path).split("/")[1] in VERIFIER_FOLDERS

"""Files of the box, by paths that somebody else may have prepared.

Every path is walked from / downwards, and a symbolic link on the way is an error: what is written
for or read from one folder never lands in or comes from another one.
"""

import contextlib
import fcntl
import io
import os
import shutil
import stat
import sys
import tarfile
from collections.abc import Iterator

from .wire import Header, Refused, Requests

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
OLD_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
COPY = 1 << 20
GET_FLAGS, SET_FLAGS = 0x80086601, 0x40086602
INHERITED = 0x40 | 0x80  # "not in dumps" and "no access times"


def parts_of(path: str) -> list[str]:
    """The names in a path. Raises Refused for one that leads upwards."""
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if ".." in parts or "\0" in path:
        raise Refused(f"{path!r}: a path may not hold '..' or a null byte")
    return parts


@contextlib.contextmanager
def opened(parts: list[str], *, create: bool = False) -> Iterator[int]:
    """A descriptor of the folder, which is made (root's, 0755) if it is missing and `create`."""
    fd = os.open("/", FOLDER)
    try:
        for depth, part in enumerate(parts):
            try:
                below = _enter(fd, part, create)
            except NotADirectoryError:
                where = "/" + "/".join(parts[: depth + 1])
                raise Refused(f"{where}: not a folder, or a symbolic link") from None
            os.close(fd)
            fd = below
        yield fd
    finally:
        os.close(fd)


def _enter(above: int, name: str, create: bool) -> int:
    try:
        return os.open(name, FOLDER, dir_fd=above)
    except FileNotFoundError:
        if not create:
            raise
    os.mkdir(name, 0o755, dir_fd=above)
    return os.open(name, FOLDER, dir_fd=above)


def split(path: str) -> tuple[list[str], str]:
    """The names of a path's folder, and the last name. Raises Refused for the root folder."""
    parts = parts_of(path)
    if not parts:
        raise Refused(f"{path!r}: not the path of a file")
    return parts[:-1], parts[-1]


def extract(requests: Requests, below: str, most_bytes: int, most_members: int) -> Header:
    """Unpacks the tar stream in the payload below a folder; owner, mode and time as it says.

    Members are files, folders, symbolic and hard links, with relative paths that do not lead
    upwards. Raises Refused at the first other one, and when a bound is passed.
    """
    try:
        return _extract(requests, parts_of(below), most_bytes, most_members)
    except tarfile.TarError as error:
        raise Refused(f"put: not a good tar stream: {error}") from None


def _extract(requests: Requests, root: list[str], most_bytes: int, most_members: int) -> Header:
    folders: list[tuple[list[str], tarfile.TarInfo]] = []
    size = members = 0
    with tarfile.open(fileobj=requests, mode="r|", errorlevel=2) as tar:  # type: ignore[call-overload]
        for member in tar:
            members += 1
            size += member.size if member.isreg() else 0
            if members > most_members or size > most_bytes:
                raise Refused(f"put: more than {most_members} members or {most_bytes} bytes")
            if member.name.startswith("/"):
                raise Refused(f"put: member {member.name!r} has an absolute path")
            parts = root + parts_of(member.name)
            if member.isdir():
                with opened(parts, create=True):
                    folders.append((parts, member))
            elif len(parts) > len(root):
                with opened(parts[:-1], create=True) as folder:
                    _make(tar, member, folder, parts[-1], root)
    # Last, and deepest first: making what is in a folder changes the folder's time.
    for parts, member in sorted(folders, key=lambda pair: -len(pair[0])):
        with opened(parts) as folder:
            _mark(folder, member)
    return {"members": members, "bytes": size}


def _make(
    tar: tarfile.TarFile, member: tarfile.TarInfo, folder: int, name: str, root: list[str]
) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(name, dir_fd=folder)
    if member.isreg():
        content = tar.extractfile(member)
        assert content is not None
        fd = os.open(name, NEW_FILE, 0o600, dir_fd=folder)
        with os.fdopen(fd, "wb") as file:
            shutil.copyfileobj(content, file, COPY)
            file.flush()
            _mark(fd, member)
    elif member.issym():
        os.symlink(member.linkname, name, dir_fd=folder)
        os.chown(name, member.uid, member.gid, dir_fd=folder, follow_symlinks=False)
        nanoseconds = int(member.mtime * 1e9)
        os.utime(name, ns=(nanoseconds,) * 2, dir_fd=folder, follow_symlinks=False)
    elif member.islnk():
        above, last = split("/".join([*root, *parts_of(member.linkname)]))
        with opened(above) as source:
            if not stat.S_ISREG(os.stat(last, dir_fd=source, follow_symlinks=False).st_mode):
                raise Refused(f"put: {member.name!r} is a hard link to no regular file")
            os.link(last, name, src_dir_fd=source, dst_dir_fd=folder, follow_symlinks=False)
    else:
        raise Refused(f"put: member {member.name!r} is neither a file, a folder nor a link")


def _mark(fd: int, member: tarfile.TarInfo) -> None:
    os.fchown(fd, member.uid, member.gid)
    os.fchmod(fd, member.mode & 0o7777)  # after fchown, which takes the setuid bit away
    os.utime(fd, ns=(int(member.mtime * 1e9),) * 2)


def write(path: str, data: bytes, mode: int, uid: int, gid: int) -> None:
    """Makes or replaces one file; folders on the way are made."""
    above, name = split(path)
    with opened(above, create=True) as folder:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name, dir_fd=folder)
        with os.fdopen(os.open(name, NEW_FILE, 0o600, dir_fd=folder), "wb") as file:
            file.write(data)
            file.flush()
            os.fchown(file.fileno(), uid, gid)
            os.fchmod(file.fileno(), mode & 0o7777)


def read(path: str, limit: int) -> bytes:
    """The content of a regular file of at most `limit` bytes."""
    above, name = split(path)
    with opened(above) as folder:
        return _content(folder, name, path, limit)


def _content(folder: int, name: str, path: str, limit: int) -> bytes:
    kind = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
    if not stat.S_ISREG(kind):
        raise Refused(f"{path}: not a regular file")
    with os.fdopen(os.open(name, OLD_FILE, dir_fd=folder), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise Refused(f"{path}: not a regular file")
        data = file.read(limit + 1)
    if len(data) > limit:
        raise Refused(f"{path}: larger than {limit} bytes")
    return data


def remove(path: str) -> None:
    """Removes a file or a folder with everything in it; a missing one is no error."""
    above, name = split(path)
    with contextlib.suppress(FileNotFoundError), opened(above) as folder:
        _remove(folder, name)


def _remove(folder: int, name: str) -> None:
    if stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
        shutil.rmtree(name, dir_fd=folder)
    else:
        os.unlink(name, dir_fd=folder)


def pack(paths: list[str], limit: int) -> bytes:
    """A tar of files and folders with at most `limit` bytes of content; links stay links.

    Members are named relative to /, in sorted order. Missing paths are left out, and so is what is
    neither a file, a folder nor a symbolic link.
    """
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        room = limit
        for path in paths:
            above, name = split(path)
            with contextlib.suppress(FileNotFoundError), opened(above) as folder:
                room = _pack(tar, folder, name, "/".join([*above, name]), room)
    return buffer.getvalue()


def _pack(tar: tarfile.TarFile, folder: int, name: str, path: str, room: int) -> int:
    about = os.stat(name, dir_fd=folder, follow_symlinks=False)
    member = tarfile.TarInfo(path)
    member.uid, member.gid, member.mtime = about.st_uid, about.st_gid, about.st_mtime
    member.mode = stat.S_IMODE(about.st_mode)
    if stat.S_ISREG(about.st_mode):
        data = _content(folder, name, f"/{path}", room)
        member.size = len(data)
        tar.addfile(member, io.BytesIO(data))
        return room - len(data)
    if stat.S_ISLNK(about.st_mode):
        member.type, member.linkname = tarfile.SYMTYPE, os.readlink(name, dir_fd=folder)
        tar.addfile(member)
    elif stat.S_ISDIR(about.st_mode):
        member.type = tarfile.DIRTYPE
        tar.addfile(member)
        inner = os.open(name, FOLDER, dir_fd=folder)
        try:
            for entry in sorted(os.listdir(inner)):  # noqa: PTH208 (a descriptor)
                with contextlib.suppress(FileNotFoundError):
                    room = _pack(tar, inner, entry, f"{path}/{entry}", room)
        finally:
            os.close(inner)
    return room


def restore(place: Header) -> None:
    """Brings a folder back to how it was made: empty, with its owner and mode and nothing else."""
    with opened(parts_of(place["path"]), create=True) as folder:
        for name in os.listdir(folder):  # noqa: PTH208 (a descriptor)
            _remove(folder, name)
        for attribute in os.listxattr(folder):  # access control lists among them
            with contextlib.suppress(OSError):
                os.removexattr(folder, attribute)
        _clear_flags(folder)
        os.fchown(folder, place["uid"], place["gid"])
        os.fchmod(folder, place["mode"])
        os.utime(folder)


def _clear_flags(folder: int) -> None:
    """Takes away what `chattr` set: new files would have it from their folder."""
    flags = bytearray(8)
    with contextlib.suppress(OSError):  # a file system without flags
        fcntl.ioctl(folder, GET_FLAGS, flags)
        if (now := int.from_bytes(flags, sys.byteorder)) & INHERITED:
            fcntl.ioctl(folder, SET_FLAGS, (now & ~INHERITED).to_bytes(8, sys.byteorder))

"""Archives: a compressed file that holds another resource."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import json
import lzma
import struct
import tarfile
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar

from shellwright.recipe.checks import Check, custom, slug
from shellwright.recipe.draw import Draw
from shellwright.recipe.kind import Kind
from shellwright.recipe.kinds import log, table, tree
from shellwright.recipe.resource import DEFAULT_MTIME, Entry, Resource
from shellwright.recipe.shell import quoted, shell_prints
from shellwright.recipe.themes import Theme

SUFFIXES = {
    "tar.gz": ".tar.gz",
    "tar.xz": ".tar.xz",
    "tar.bz2": ".tar.bz2",
    "tar.zst": ".tar.zst",
    "zip": ".zip",
}
#: The command that writes the content of a compressed file to its output.
READERS = {"tar.gz": "gzip -dc", "tar.xz": "xz -dc", "tar.bz2": "bzip2 -dc", "tar.zst": "zstd -dcq"}
#: Old systems do not know zstd: no task starts from such an archive, but a skill may make one.
STARTING = ("tar.gz", "tar.xz", "tar.bz2", "zip")


@dataclass(frozen=True, kw_only=True)
class Archive(Resource):
    """A tar or zip file. `payload` is what lies in it, with a path below `root`.

    Members are named relative to `root`: a payload at `/x/a.csv` with the root `/x` is the
    member `a.csv`. `holds` is the kind of the payload. `origin` is `received` where somebody else
    packed it, so that its bytes are known, and `made` where a skill did: nobody who packs files
    wants them in another format, or out again, in the same job. `packed_from` is the path of the
    file that was packed here: a table or log that a skill wrote is known up to its quoting and
    final newline, so that the archive is compared with the file itself.
    """

    kind: ClassVar[str] = "archive"
    domain: ClassVar[dict[str, tuple[str, ...]]] = {
        "format": tuple(SUFFIXES),
        "holds": ("table", "log", "tree"),
        "origin": ("received", "made"),
    }

    payload: Resource
    root: str
    format: str = "tar.gz"
    origin: str = "received"
    packed_from: str = ""

    def state(self) -> dict[str, str]:
        return {"format": self.format, "holds": self.payload.kind, "origin": self.origin}

    def members(self) -> dict[str, Entry]:
        """The members by their name in the archive, folders included, in the order of names."""
        prefix = self.root.rstrip("/") + "/"
        found = {
            entry.path.removeprefix(prefix): entry
            for entry in self.payload.entries()
            if entry.path.startswith(prefix)
        }
        return dict(sorted(found.items()))

    def content(self) -> bytes:
        """The bytes of the archive, the same for the same members."""
        return packed(self.members(), self.format)

    def entries(self) -> list[Entry]:
        return [Entry(self.path, self.content())]

    def checks(self) -> list[Check]:
        if self.packed_from and self.payload.kind != "tree":
            return [self._same_as_packed()]
        name = slug(self.path) + ".json"
        listing = {
            member: {"link": entry.target}
            if entry.kind == "symlink"
            else {"sha256": hashlib.sha256(entry.content).hexdigest()}
            for member, entry in self.members().items()
            if entry.kind != "dir"
        }
        return [
            custom(
                "archive_holds",
                about=f"{self.path} is a {self.format} archive with the expected files.",
                paths=[self.path],
                weight=2.0,
                files={name: (json.dumps(listing, indent=1, sort_keys=True) + "\n").encode()},
                path=self.path,
                expected=name,
                format=self.format,
            )
        ]

    def _same_as_packed(self) -> Check:
        """The one member has the name and content of the file that was packed."""
        member = self.payload.path.removeprefix(self.root.rstrip("/") + "/")
        here, there = quoted(self.path), quoted(self.packed_from)
        if self.format == "zip":
            names, content = f"zipinfo -1 {here}", f"unzip -p {here} {quoted(member)}"
        else:
            unpacked = f"{READERS[self.format]} {here}"
            names, content = f"{unpacked} | tar -tf -", f"{unpacked} | tar -xOf - {quoted(member)}"
        return shell_prints(
            f"{names} | grep -v '/$'\n{content} | cmp - {there}",
            f"{member}\n",
            about=f"{self.path} is a {self.format} archive of {self.packed_from}.",
            paths=[self.path],
            key="members",
            weight=2.0,
        )

    def situation(self) -> str:
        return f"`{self.path}` is a {self.format} archive with the {self.payload.noun}."


def packed(members: dict[str, Entry], form: str) -> bytes:
    """An archive of that format with these members, by name."""
    return _zip(members) if form == "zip" else _tar(members, form)


def _tar(members: dict[str, Entry], form: str) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, entry in members.items():
            info = tarfile.TarInfo(name)
            info.mode, info.mtime = entry.mode, entry.mtime
            info.uid, info.gid = entry.uid, entry.gid
            info.type = {"dir": tarfile.DIRTYPE, "symlink": tarfile.SYMTYPE}.get(
                entry.kind, tarfile.REGTYPE
            )
            info.linkname, info.size = entry.target, len(entry.content)
            archive.addfile(info, io.BytesIO(entry.content))
    data = buffer.getvalue()
    if form == "tar":
        return data
    if form == "tar.gz":
        return gzip.compress(data, mtime=0)
    if form == "tar.zst":
        return _zstd(data)
    return lzma.compress(data, preset=4) if form == "tar.xz" else bz2.compress(data)


def _zstd(data: bytes) -> bytes:
    """The data as a zstd frame of raw blocks: the standard library cannot compress to zstd."""
    limit = 128 * 1024
    blocks = [data[start : start + limit] for start in range(0, len(data), limit)]
    frame = b"\x28\xb5\x2f\xfd\xa0" + struct.pack("<I", len(data))
    for number, block in enumerate(blocks, 1):
        header = (number == len(blocks)) | len(block) << 3
        frame += struct.pack("<I", header)[:3] + block
    return frame


def _zip(members: dict[str, Entry]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, entry in members.items():
            if entry.kind == "symlink":
                continue
            moment = datetime.fromtimestamp(entry.mtime or DEFAULT_MTIME, UTC).timetuple()[:6]
            folder = entry.kind == "dir"
            info = zipfile.ZipInfo(name + "/" if folder else name, moment)
            info.external_attr = (entry.mode | (0o040000 if folder else 0o100000)) << 16
            info.compress_type = zipfile.ZIP_STORED if folder else zipfile.ZIP_DEFLATED
            archive.writestr(info, entry.content)
    return buffer.getvalue()


def generate(state: dict[str, str], theme: Theme, draw: Draw, path: str) -> Archive:
    """An archive with a clean table, a plain service log or a tidy tree."""
    root = path.rpartition("/")[0]
    payload: Resource
    if state["holds"] == "table":
        clean = {"format": "csv", "condition": "clean", "shape": "records"}
        payload = table.generate(clean, theme, draw, f"{root}/{theme.records}.csv")
    elif state["holds"] == "log":
        plain = {"format": "service", "storage": "plain"}
        payload = log.generate(plain, theme, draw, f"{root}/{theme.key}.log")
    else:
        tidy = {"content": "documents", "condition": "tidy"}
        payload = tree.generate(tidy, theme, draw, f"{root}/documents")
    return Archive(
        path=path,
        noun=f"archived {payload.noun}",
        payload=payload,
        root=root,
        format=state["format"],
    )


def _file_name(state: dict[str, str], theme: Theme) -> str:
    return f"{theme.key}-backup{SUFFIXES[state['format']]}"


KIND = Kind(
    Archive,
    tuple(
        {"format": form, "holds": holds, "origin": "received"}
        for form in STARTING
        for holds in Archive.domain["holds"]
    ),
    generate,
    _file_name,
)

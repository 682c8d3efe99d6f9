"""Deliveries: what was sent, in the wrapping in which it arrived."""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
import zlib
from dataclasses import dataclass
from typing import ClassVar

from shellwright.recipe import wrapping
from shellwright.recipe.checks import Check, custom
from shellwright.recipe.draw import Draw
from shellwright.recipe.kind import Kind
from shellwright.recipe.kinds import archive as archives
from shellwright.recipe.kinds import tree as trees
from shellwright.recipe.kinds.archive import Archive
from shellwright.recipe.resource import Entry, Resource
from shellwright.recipe.shell import quoted, shell_prints
from shellwright.recipe.themes import PEOPLE, Theme

PARTS = 11


@dataclass(frozen=True, kw_only=True)
class Delivery(Resource):
    """An archive on its way, at `path`.

    `wrapping` is `parts` (a folder with pieces and their checksums), `mail` (an attachment),
    `installer` (below a shell script), `package` (a Debian package), `nested` (archives in an
    archive) or `truncated` (the transfer broke off). `archive` is what was sent; only its payload
    counts where the archive itself does not travel. `size` is the length of a part, or of what
    arrived. `resent` is the number of the part that arrived damaged and was sent again, 0 for a
    delivery that a skill made of the archive that lies at its path. `altered` are members of a
    package that are not what its list says.
    """

    kind: ClassVar[str] = "delivery"
    domain: ClassVar[dict[str, tuple[str, ...]]] = {
        "wrapping": ("parts", "mail", "installer", "package", "nested", "truncated"),
        "holds": ("table", "log", "tree"),
        "origin": ("received", "made"),
    }

    archive: Archive
    wrapping: str
    content: bytes = b""
    size: int = 0
    resent: int = 0
    altered: tuple[str, ...] = ()

    def state(self) -> dict[str, str]:
        made = self.wrapping == "parts" and not self.resent
        return {
            "wrapping": self.wrapping,
            "holds": self.archive.payload.kind,
            "origin": "made" if made else "received",
        }

    @property
    def name(self) -> str:
        """The file name of the archive."""
        return self.archive.path.rpartition("/")[2]

    def parts(self) -> list[tuple[str, bytes]]:
        """The pieces in order, as they were before anything was damaged."""
        data = self.archive.content()
        pieces = [data[start : start + self.size] for start in range(0, len(data), self.size)]
        form = "{}.{}" if self.resent else "{}.{:02d}"
        return [(form.format(self.name, n), piece) for n, piece in enumerate(pieces, 1)]

    def salvaged(self) -> bytes:
        """What can be decompressed of a truncated file."""
        return zlib.decompressobj(31).decompress(self.content)

    def entries(self) -> list[Entry]:
        if self.wrapping != "parts":
            return [Entry(self.path, self.content)]
        found, sums = [Entry.folder(self.path)], ""
        for number, (name, piece) in enumerate(self.parts(), 1):
            sums += f"{digest(piece)}  {name}\n"
            arrived = piece
            if number == self.resent:
                found.append(Entry(f"{self.path}/{name}.resent", piece))
                arrived = piece[: len(piece) // 2] + bytes(len(piece) - len(piece) // 2)
            found.append(Entry(f"{self.path}/{name}", arrived))
        return [*found, Entry(f"{self.path}/SHA256SUMS", sums.encode())]

    def checks(self) -> list[Check]:
        if self.wrapping == "parts":
            return [self._parts_fit()]
        return [
            shell_prints(
                f"sha256sum < {quoted(self.path)}",
                f"{digest(self.content)}  -\n",
                about=f"{self.path} is as it was sent.",
                paths=[self.path],
                key="sum",
            )
        ]

    def _parts_fit(self) -> Check:
        """The parts have the right size and sums, and together they are the archive."""
        return shell_prints(
            f"cd {quoted(self.path)}\n"
            "sha256sum --strict --check --quiet SHA256SUMS\n"
            f"cat {quoted(self.name)}.[0-9][0-9] | cmp - {quoted(self.archive.path)}\n"
            f"stat -c %s {quoted(self.name)}.[0-9][0-9] | head -n -1 | sort -u\n"
            "cut -c 67- SHA256SUMS; ls -A",
            f"{self.size}\n"
            + "".join(f"{name}\n" for name, _ in self.parts())
            + "SHA256SUMS\n"
            + "".join(f"{name}\n" for name, _ in self.parts()),
            about=f"The parts in {self.path} are complete, of the right size and listed.",
            paths=[self.path],
            key="parts",
            weight=2.0,
        )

    def situation(self) -> str:
        noun, path = self.archive.payload.noun, f"`{self.path}`"
        return {
            "parts": f"{path} is the upload folder: the archive `{self.name}` with the {noun} came "
            "in numbered parts, beside a list of their checksums. One part had to be sent twice.",
            "mail": f"{path} is a mail, as the server stored it, with the {noun} attached.",
            "installer": f"{path} is a self-extracting script; it carries the {noun}.",
            "package": f"{path} is a Debian package that brought the {noun} to the machines.",
            "nested": f"{path} is what somebody made of the {noun}: archives within archives.",
            "truncated": f"{path} holds the {noun}, as far as it came: the transfer broke off.",
        }[self.wrapping]


def digest(content: bytes) -> str:
    """The SHA-256 sum, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def has_bytes(path: str, content: bytes, about: str) -> Check:
    """A check that a file has this content, byte for byte, of which the tests keep the digest."""
    return custom("sha256_is", about=about, paths=[path], path=path, sha256=digest(content))


def generate(state: dict[str, str], theme: Theme, draw: Draw, path: str) -> Delivery:
    """A delivery with a clean table, a plain service log or a tree."""
    form = {"mail": "zip"}.get(state["wrapping"], "tar.gz")
    if state["wrapping"] in ("package", "nested"):
        return _of_tree(state["wrapping"], theme, draw, path)
    root = path.rpartition("/")[0]
    name = f"{root}/{theme.key}-{theme.records}{archives.SUFFIXES[form]}"
    inner = archives.generate({"format": form, "holds": state["holds"]}, theme, draw, name)
    sent = Delivery(
        path=path,
        noun=f"delivery of the {inner.payload.noun}",
        archive=inner,
        wrapping=state["wrapping"],
    )
    if sent.wrapping == "parts":
        size = -(-len(inner.content()) // PARTS)
        return dataclasses.replace(sent, size=size, resent=draw.integer(2, PARTS - 1))
    if sent.wrapping == "mail":
        message = wrapping.mail(
            theme, draw.choice(PEOPLE), draw.hex(24), sent.name, inner.content()
        )
        return dataclasses.replace(sent, content=message)
    if sent.wrapping == "installer":
        return dataclasses.replace(sent, content=wrapping.installer(theme, inner.content()))
    if state["holds"] == "log":
        data = gzip.compress(inner.payload.entries()[0].content, mtime=0)
    else:
        data = inner.content()
    return _cut(sent, data, draw.integer(52, 74))


def _cut(sent: Delivery, data: bytes, percent: int) -> Delivery:
    """The delivery with its first bytes only, ending well inside a line or file."""
    size = len(data) * percent // 100
    while True:
        found = dataclasses.replace(sent, content=data[:size], size=size)
        rest = found.salvaged()
        if sent.archive.payload.kind == "log":
            inside = len(rest) - rest.rfind(b"\n") > 12
        else:
            spans = member_spans(sent.archive)
            inside = any(start + 12 < len(rest) < end - 12 for start, end in spans)
        if inside:
            return found
        size -= 3


def member_spans(archive: Archive) -> list[tuple[int, int]]:
    """Where the content of each regular member begins and ends in the uncompressed tar file."""
    place, spans = 0, []
    for entry in archive.members().values():
        place += 512
        if entry.kind == "file":
            spans.append((place, place + len(entry.content)))
            place += -(-len(entry.content) // 512) * 512
    return spans


def _of_tree(wrapped: str, theme: Theme, draw: Draw, path: str) -> Delivery:
    """A package with a tree that needs its permissions set, or archives of a misnamed one."""
    condition = "exposed" if wrapped == "package" else "misnamed"
    root = f"/usr/share/{theme.key}/documents" if wrapped == "package" else "/documents"
    for number in range(50):
        given = {"content": "documents", "condition": condition}
        tree = trees.generate(given, theme, draw.child("tree", number), root)
        if len(tree.folders()) >= 3:
            break
    inner = Archive(path=path, noun=tree.noun, payload=tree, root=root)
    sent = Delivery(path=path, noun=f"delivery of the {tree.noun}", archive=inner, wrapping=wrapped)
    if wrapped == "nested":
        groups = [
            (name, {n: e for n, e in inner.members().items() if n.startswith(f"{name}/")})
            for name in draw.shuffled(tree.folders())
        ]
        return dataclasses.replace(sent, content=wrapping.nested(groups))
    sums = {
        f"{root}/{file.name}".lstrip("/"): hashlib.md5(file.content).hexdigest()
        for file in tree.files
    }
    altered = draw.sample([file.name for file in tree.files], draw.integer(2, 3))
    for name in altered:
        sums[f"{root}/{name}".lstrip("/")] = draw.hex(32)
    control = (
        f"Package: {theme.key}-documents\nVersion: 1.{draw.integer(2, 9)}\nArchitecture: all\n"
        f"Maintainer: {draw.choice(PEOPLE)} <it@{theme.key}.example>\n"
        f"Description: {tree.noun}\n"
    )
    data = wrapping.package(control, sums, _parents(root) + tree.entries())
    return dataclasses.replace(sent, content=data, altered=tuple(sorted(altered)))


def _parents(root: str) -> list[Entry]:
    """The folders above the root of an installed tree."""
    parts = root.strip("/").split("/")[:-1]
    return [Entry.folder("/" + "/".join(parts[: end + 1]), 0o755) for end in range(len(parts))]


def _file_name(state: dict[str, str], theme: Theme) -> str:
    return {
        "parts": "upload",
        "mail": "message.eml",
        "installer": f"{theme.key}-setup.run",
        "package": f"{theme.key}-documents_all.deb",
        "nested": f"{theme.key}-collection.tar",
        "truncated": f"{theme.key}.log.gz"
        if state["holds"] == "log"
        else f"{theme.key}-backup.tar.gz",
    }[state["wrapping"]]


_HELD = {
    "parts": ("table", "log", "tree"),
    "mail": ("table", "log", "tree"),
    "installer": ("tree", "log"),
    "package": ("tree",),
    "nested": ("tree",),
    "truncated": ("log", "tree"),
}

KIND = Kind(
    Delivery,
    tuple(
        {"wrapping": how, "holds": what, "origin": "received"}
        for how, held in _HELD.items()
        for what in held
    ),
    generate,
    _file_name,
)

"""Signed files: documents with detached SSH signatures, not all of which are good.

The standard library has no Ed25519; what is here signs small fixtures and protects nothing.
"""

from __future__ import annotations

import base64
import dataclasses
import hashlib
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

from shellwright.recipe.checks import Check
from shellwright.recipe.draw import Draw
from shellwright.recipe.kind import Kind
from shellwright.recipe.kinds import tree as trees
from shellwright.recipe.kinds.evidence import packed
from shellwright.recipe.kinds.tree import Tree
from shellwright.recipe.resource import Entry, Resource, unchanged
from shellwright.recipe.themes import PEOPLE, Theme

P = 2**255 - 19
Q = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
#: The faults that a signature can have.
FAULTS = ("altered", "stranger", "missing", "expired", "namespace", "swapped")

Point = tuple[int, int, int, int]


def _add(a: Point, b: Point) -> Point:
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    g, h = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    w, x, y, z = f - e, h - g, h + g, f + e
    return w * x % P, y * z % P, x * y % P, w * z % P


@cache
def _doubles() -> tuple[Point, ...]:
    """The base point times the powers of two."""
    y = 4 * pow(5, P - 2, P) % P
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    x = P - x if x & 1 else x
    found: list[Point] = [(x, y, 1, x * y % P)]
    for _ in range(255):
        found.append(_add(found[-1], found[-1]))
    return tuple(found)


def _times(number: int) -> bytes:
    """The base point times a number, as 32 bytes."""
    point: Point = (0, 1, 1, 0)
    for place, double in enumerate(_doubles()):
        if number >> place & 1:
            point = _add(point, double)
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _scalar(seed: bytes) -> tuple[int, bytes]:
    digest = hashlib.sha512(seed).digest()
    number = int.from_bytes(digest[:32], "little") & ((1 << 254) - 8) | 1 << 254
    return number, digest[32:]


@cache
def public(seed: bytes) -> bytes:
    """The public key of a seed of 32 bytes."""
    return _times(_scalar(seed)[0])


@cache
def signed(seed: bytes, message: bytes) -> bytes:
    """The Ed25519 signature of a message."""
    number, prefix = _scalar(seed)
    r = int.from_bytes(hashlib.sha512(prefix + message).digest(), "little") % Q
    first = _times(r)
    digest = hashlib.sha512(first + public(seed) + message).digest()
    second = (r + int.from_bytes(digest, "little") % Q * number) % Q
    return first + second.to_bytes(32, "little")


def signature(seed: bytes, content: bytes, namespace: str) -> str:
    """A file with the SSH signature of a content."""
    about = (namespace.encode(), b"", b"sha512")
    told = b"SSHSIG" + packed(*about, hashlib.sha512(content).digest())
    key = packed(b"ssh-ed25519", public(seed))
    inner = packed(b"ssh-ed25519", signed(seed, told))
    blob = b"SSHSIG" + (1).to_bytes(4, "big") + packed(key, *about, inner)
    text = base64.b64encode(blob).decode()
    lines = [text[start : start + 70] for start in range(0, len(text), 70)]
    name = "SSH SIGNATURE"
    return "\n".join([f"-----BEGIN {name}-----", *lines, f"-----END {name}-----"]) + "\n"


@dataclass(frozen=True)
class Signer:
    """Somebody who signs, with the seed of the key; `until` is the day (`YYYYMMDD`) it ends."""

    name: str
    seed: bytes
    until: str = ""

    def line(self) -> str:
        """The line of this signer in a list of allowed ones."""
        key = base64.b64encode(packed(b"ssh-ed25519", public(self.seed))).decode()
        limit = f',valid-before="{self.until}"' if self.until else ""
        return f'{self.name} namespaces="file"{limit} ssh-ed25519 {key}'


@dataclass(frozen=True, kw_only=True)
class Signed(Resource):
    """A folder at `path` with the files of `tree`, each with its signature in `<name>.sig`.

    `signers_path` is the list of `signers` that are allowed. `signatures` has what stands in the
    signature of each file by name, and `faults` what is the matter with some of them.
    """

    kind: ClassVar[str] = "signed"
    domain: ClassVar[dict[str, tuple[str, ...]]] = {"holds": ("documents",)}

    tree: Tree
    signers: tuple[Signer, ...]
    signers_path: str
    signatures: tuple[tuple[str, str], ...]
    faults: tuple[tuple[str, str], ...]

    def state(self) -> dict[str, str]:
        return {"holds": "documents"}

    def entries(self) -> list[Entry]:
        found = self.tree.entries()
        found += [Entry(f"{self.path}/{n}.sig", text.encode()) for n, text in self.signatures]
        listed = "# who may sign deliveries to us\n" + "".join(
            f"{s.line()}\n" for s in self.signers
        )
        return [*found, Entry(self.signers_path, listed.encode())]

    def checks(self) -> list[Check]:
        return [unchanged(entry) for entry in self.entries() if entry.kind == "file"]

    def situation(self) -> str:
        return (
            f"The folder `{self.path}` holds the {self.noun} as they were delivered, each with a "
            f"detached SSH signature in `<name>.sig`. `{self.signers_path}` lists whose "
            "signatures we accept, in the form that OpenSSH uses for allowed signers."
        )


def generate(state: dict[str, str], theme: Theme, draw: Draw, path: str) -> Signed:
    """Documents of three signers; each fault occurs once or twice."""
    tidy = {"content": "documents", "condition": "tidy"}
    tree = trees.generate(tidy, theme, draw.child("tree"), path)
    names = [name.lower().replace(" ", ".") for name in draw.sample(PEOPLE, 4)]
    signers = [Signer(f"{name}@{theme.key}.example", draw.bytes(32)) for name in names]
    expired = dataclasses.replace(signers[2], until="20260101")
    stranger = Signer("unknown", draw.bytes(32))
    victims = draw.sample(tree.files, draw.integer(6, 8))
    faults = {file.name: FAULTS[n % len(FAULTS)] for n, file in enumerate(victims)}
    files, found = [], {}
    for file in tree.files:
        fault = faults.get(file.name, "")
        signer = {"stranger": stranger, "expired": expired}.get(fault, draw.choice(signers[:2]))
        other = tree.files[1] if file is tree.files[0] else tree.files[0]
        content = other.content if fault == "swapped" else file.content
        if fault != "missing":
            space = "git" if fault == "namespace" else "file"
            found[file.name] = signature(signer.seed, content, space)
        if fault == "altered":
            file = dataclasses.replace(file, content=file.content.replace(b"a", b"e", 1) + b"\n")
        files.append(file)
    return Signed(
        path=path,
        noun=tree.noun,
        tree=tree.with_files(files),
        signers=(*signers[:2], expired, signers[3]),
        signers_path=f"{path.rpartition('/')[0]}/allowed_signers",
        signatures=tuple(sorted(found.items())),
        faults=tuple(sorted(faults.items())),
    )


KIND = Kind(Signed, ({"holds": "documents"},), generate, lambda state, theme: "delivery")

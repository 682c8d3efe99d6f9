"""The ways in which an archive travels: as a mail, an installer, a package, in one another."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence

from shellwright.recipe.kinds.archive import packed
from shellwright.recipe.resource import DEFAULT_MTIME, Entry
from shellwright.recipe.themes import Theme

#: The line of an installer below which its archive begins.
MARKER = "__ARCHIVE_FOLLOWS__"
#: How many bytes of signature end an installer.
SIGNATURE = 64


def mail(theme: Theme, sender: str, boundary: str, name: str, content: bytes) -> bytes:
    """A message with CRLF line ends, a text and two attachments; the second has that name."""
    address = sender.lower().replace(" ", ".")
    letter = f"{theme.organisation}\n{sender}, {theme.team}\nPlease recycle this letter.\n"
    kind = "application/zip" if name.endswith(".zip") else "application/gzip"
    lines = [
        f"From: {sender} <{address}@{theme.key}.example>",
        f"To: exchange@{theme.key}.example",
        f"Subject: {theme.records} as agreed",
        "Date: Mon, 02 Mar 2026 07:41:10 +0000",
        f"Message-ID: <{boundary}@{theme.key}.example>",
        "MIME-Version: 1.0",
        f'Content-Type: multipart/mixed; boundary="{boundary}"',
        "",
        "This is a message in several parts.",
        f"--{boundary}",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 7bit",
        "",
        f"Attached are the {theme.records} that you asked for.",
        "",
        *_attachment(boundary, "signature.txt", "text/plain", letter.encode()),
        *_attachment(boundary, name, kind, content),
        f"--{boundary}--",
    ]
    return "".join(f"{line}\r\n" for line in lines).encode()


def _attachment(boundary: str, name: str, kind: str, content: bytes) -> list[str]:
    return [
        f"--{boundary}",
        f'Content-Type: {kind}; name="{name}"',
        f'Content-Disposition: attachment; filename="{name}"',
        "Content-Transfer-Encoding: base64",
        "",
        *base64.encodebytes(content).decode().splitlines(),
        "",
    ]


def installer(theme: Theme, content: bytes) -> bytes:
    """A shell script with an archive below its last line, and a signature below that."""
    stub = f"""#!/bin/sh
# {theme.organisation}: unpacks what is attached below. Usage: sh <this file> [target]
set -e
target=${{1:-/opt/{theme.key}}}
first=$(awk '/^{MARKER}$/ {{ print NR + 1; exit }}' "$0")
mkdir -p "$target"
tail -n "+$first" "$0" | head -c -{SIGNATURE} | tar -xz -C "$target"
exit 0
{MARKER}
"""
    return stub.encode() + content + hashlib.sha256(content).hexdigest().encode()


def package(control: str, sums: Mapping[str, str], data: Sequence[Entry]) -> bytes:
    """A Debian package: an ar archive of a version, the control files and the data.

    `sums` is the content of the package's list of MD5 sums, by name; the entries of `data` have
    paths as they are to be installed.
    """
    listing = "".join(f"{digest}  {path}\n" for path, digest in sorted(sums.items()))
    about = {"./control": control.encode(), "./md5sums": listing.encode()}
    return ar(
        {
            "debian-binary": b"2.0\n",
            "control.tar.gz": packed(
                {path: Entry(path, content) for path, content in about.items()}, "tar.gz"
            ),
            "data.tar.xz": packed({f".{entry.path}": entry for entry in data}, "tar.xz"),
        }
    )


def ar(members: Mapping[str, bytes]) -> bytes:
    """An ar archive with these members, in order."""
    result = b"!<arch>\n"
    for name, content in members.items():
        header = f"{name:<16}{DEFAULT_MTIME:<12}{0:<6}{0:<6}{'100644':<8}{len(content):<10}`\n"
        result += header.encode() + content + b"\n" * (len(content) % 2)
    return result


def nested(groups: Sequence[tuple[str, dict[str, Entry]]]) -> bytes:
    """A plain tar of archives: the first group zipped, the others together in a `rest.tar.gz`.

    In the latter, the second group lies as a tar.bz2, the further ones as they are.
    """
    (first, zipped), (second, inner), *others = groups
    rest = {f"{second}.tar.bz2": Entry(f"{second}.tar.bz2", packed(inner, "tar.bz2"))}
    for _, members in others:
        rest |= members
    outer = {
        f"{first}.zip": packed(zipped, "zip"),
        "rest.tar.gz": packed(dict(sorted(rest.items())), "tar.gz"),
    }
    return packed({name: Entry(name, content) for name, content in outer.items()}, "tar")

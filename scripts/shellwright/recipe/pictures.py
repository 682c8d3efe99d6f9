"""Photos with EXIF data, sound recordings and pages of text, written without any library."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

Value = str | int | tuple[Fraction, ...]


@dataclass(frozen=True)
class Photo:
    """What a camera writes down: `taken` as `2026:02-27 21:00:04`, place in degrees."""

    width: int
    height: int
    taken: str = ""
    camera: tuple[str, str] = ("", "")
    serial: str = ""
    owner: str = ""
    place: tuple[Fraction, Fraction] | None = None


def jpeg(photo: Photo) -> bytes:
    """An even grey picture of that size with its EXIF data."""
    exif = b"Exif\0\0" + _tiff(photo)
    out = b"\xff\xd8\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif
    out += b"\xff\xdb\0\x43\0" + bytes([16] * 64)
    out += b"\xff\xc0\0\x0b\x08" + struct.pack(">HH", photo.height, photo.width) + b"\1\1\x11\0"
    # One code of one bit in each table: "no change" and "end of block".
    for table in (0x00, 0x10):
        out += b"\xff\xc4\0\x14" + bytes((table, 1)) + bytes(16)
    blocks = -(-photo.width // 8) * -(-photo.height // 8)
    return out + b"\xff\xda\0\x08\1\1\0\0\x3f\0" + bytes(-(-blocks * 2 // 8)) + b"\xff\xd9"


def _tiff(photo: Photo) -> bytes:
    make, model = photo.camera
    first: dict[int, Value] = {0x10F: make, 0x110: model, 0x112: 1, 0x13B: photo.owner}
    detail: dict[int, Value] = {0x9003: photo.taken, 0xA431: photo.serial}
    places: dict[int, Value] = {}
    if photo.place:
        north, east = photo.place
        places = {
            1: "N" if north >= 0 else "S",
            2: _degrees(north),
            3: "E" if east >= 0 else "W",
            4: _degrees(east),
        }
    head = b"II*\0" + struct.pack("<I", 8)
    pointers = {0x8769: 0} | ({0x8825: 0} if places else {})
    # The folders lie one after the other, so that their places follow from their lengths.
    size = len(_folder({**first, **pointers}, 8))
    own = _folder(detail, 8 + size)
    pointers[0x8769] = 8 + size
    rest = b""
    if places:
        pointers[0x8825] = 8 + size + len(own)
        rest = _folder(places, pointers[0x8825])
    return head + _folder({**first, **pointers}, 8) + own + rest


def _degrees(value: Fraction) -> tuple[Fraction, ...]:
    left = abs(value)
    degrees = left // 1
    minutes = (left - degrees) * 60 // 1
    seconds = ((left - degrees) * 60 - minutes) * 60
    return (Fraction(degrees), Fraction(minutes), Fraction(round(seconds * 100), 100))


def _folder(tags: Mapping[int, Value], start: int) -> bytes:
    """A directory of tags that lies at byte `start`; empty texts are left out."""
    kept = {tag: value for tag, value in sorted(tags.items()) if value != ""}
    after, cells = start + 2 + 12 * len(kept) + 4, b""
    data = b""
    for tag, value in kept.items():
        if isinstance(value, int):
            form, count, raw = (4, 1, struct.pack("<I", value))
            if tag == 0x112:
                form, raw = 3, struct.pack("<HH", value, 0)
        elif isinstance(value, str):
            raw = value.encode() + b"\0"
            form, count = 2, len(raw)
        else:
            form, count = 5, len(value)
            raw = b"".join(struct.pack("<II", f.numerator, f.denominator) for f in value)
        cell = raw.ljust(4, b"\0")
        if len(raw) > 4:
            cell = struct.pack("<I", after + len(data))
            data += raw + bytes(len(raw) % 2)
        cells += struct.pack("<HHI", tag, form, count) + cell
    return struct.pack("<H", len(kept)) + cells + bytes(4) + data


def recording(milliseconds: int, rate: int = 8000) -> bytes:
    """Silence as a WAV file of one channel and eight bits."""
    data = b"\x80" * (rate * milliseconds // 1000)
    data += b"\x80" * (len(data) % 2)
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, rate, rate, 1, 8)
    body = b"WAVE" + form + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


def pdf(pages: Sequence[Sequence[str]], title: str) -> bytes:
    """A document with these lines of ASCII text on its pages; a page may be empty."""
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number, lines in enumerate(pages):
        shown = "".join(f"({_escaped(line)}) Tj T*\n" for line in lines)
        text = f"BT /F1 11 Tf 14 TL 60 780 Td\n{shown}ET" if lines else ""
        objects += [
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents "
            f"{5 + 2 * number} 0 R /Resources << /Font << /F1 3 0 R >> >> >>",
            f"<< /Length {len(text)} >>\nstream\n{text}\nendstream",
        ]
    objects.append(f"<< /Title ({_escaped(title)}) /Producer (ScanStation 2.1) >>")
    out, places = "%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{content}\nendobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    count = len(objects) + 1
    start = len(out)
    out += f"xref\n0 {count}\n0000000000 65535 f \n{table}"
    out += f"trailer\n<< /Size {count} /Root 1 0 R /Info {count - 1} 0 R >>\n"
    return f"{out}startxref\n{start}\n%%EOF\n".encode("ascii")


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")

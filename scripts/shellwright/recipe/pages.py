"""PDF files of plain text pages, as an old reporting program writes them."""

from __future__ import annotations

import re
from collections.abc import Sequence

#: A4 with a margin, in points.
PAGE = "/MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >>"


def pdf(pages: Sequence[Sequence[str]]) -> bytes:
    """A PDF with these lines of ASCII text on its pages, in a font of fixed width."""
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>",
    ]
    for number, lines in enumerate(pages):
        text = "BT /F1 9 Tf 1 0 0 1 50 790 Tm 13 TL\n"
        text += "".join(f"({_escaped(line)}) Tj T*\n" for line in lines) + "ET\n"
        code = text.encode("ascii").hex() + ">"
        objects += [
            f"<< /Type /Page /Parent 2 0 R {PAGE} /Contents {5 + 2 * number} 0 R >>",
            f"<< /Length {len(code)} /Filter /ASCIIHexDecode >>\nstream\n{code}\nendstream",
        ]
    out, places = "%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    end = f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF\n"
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}{end}"
    return out.encode("ascii")


def misplaced(content: bytes) -> bytes:
    """The PDF after a transfer that shortened its line ends: every offset in it is too large."""
    text = content.decode("ascii")

    def before(place: int) -> int:
        return place + text.count("\n", 0, place)

    text = re.sub(r"\d{10}(?= 00000 n)", lambda m: f"{before(int(m[0])):010d}", text)
    return re.sub(r"(?<=startxref\n)\d+", lambda m: str(before(int(m[0]))), text).encode("ascii")


def _escaped(line: str) -> str:
    return re.sub(r"([\\()])", r"\\\1", line)

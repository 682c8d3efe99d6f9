"""Collections: media files with the data that lies in them."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import ClassVar

from shellwright.recipe.checks import Check
from shellwright.recipe.draw import Draw
from shellwright.recipe.kind import Kind
from shellwright.recipe.pictures import Photo, jpeg, pdf, recording
from shellwright.recipe.resource import DEFAULT_MTIME, Entry, Resource, unchanged
from shellwright.recipe.themes import PEOPLE, Theme

CAMERAS = (("Canon", "EOS R6"), ("NIKON CORPORATION", "NIKON Z 5"), ("FUJIFILM", "X-T30"))
SIZES = ((640, 480), (480, 640), (720, 480), (800, 600))


@dataclass(frozen=True)
class Medium:
    """A photo (`photo`) or a sound recording (`milliseconds`) in a collection."""

    name: str
    photo: Photo | None = None
    milliseconds: int = 0

    def content(self) -> bytes:
        """The bytes of the file."""
        return jpeg(self.photo) if self.photo else recording(self.milliseconds)


@dataclass(frozen=True, kw_only=True)
class Collection(Resource):
    """A folder of media files at `path`.

    `content` is `photos`, with `media` as described, or `scans`: `fronts.pdf` and `backs.pdf`, the
    two sides of the sheets of `papers`, whose backs were scanned in reverse order. A paper is its
    number with its pages, each a list of lines; a page without lines is blank. `condition` is
    `raw`, or `cleared` of what is nobody's business. One that a skill made is known by what `made`
    checks, not to the byte.
    """

    kind: ClassVar[str] = "collection"
    domain: ClassVar[dict[str, tuple[str, ...]]] = {
        "content": ("photos", "scans"),
        "condition": ("raw", "cleared"),
    }

    content: str
    condition: str = "raw"
    media: tuple[Medium, ...] = ()
    papers: tuple[tuple[str, tuple[tuple[str, ...], ...]], ...] = ()
    made: tuple[Check, ...] = ()

    def state(self) -> dict[str, str]:
        return {"content": self.content, "condition": self.condition}

    def entries(self) -> list[Entry]:
        found = [Entry.folder(self.path)]
        if self.made:
            return found
        if self.content == "scans":
            fronts, backs = self.sides()
            found += [
                Entry(f"{self.path}/fronts.pdf", pdf(fronts, "fronts")),
                Entry(f"{self.path}/backs.pdf", pdf(backs, "backs")),
            ]
        return found + [
            Entry(f"{self.path}/{m.name}", m.content(), mtime=DEFAULT_MTIME - 60 * n)
            for n, m in enumerate(self.media)
        ]

    def pages(self) -> list[tuple[str, ...]]:
        """Every page of all papers in order, blank ones included."""
        return [page for _, pages in self.papers for page in pages]

    def sides(self) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
        """The pages as they were scanned: fronts, and backs from the last to the first."""
        pages = self.pages()
        return pages[0::2], pages[1::2][::-1]

    def checks(self) -> list[Check]:
        if self.made:
            return list(self.made)
        return [
            dataclasses.replace(unchanged(entry), guard=False)
            for entry in self.entries()
            if entry.kind == "file"
        ]

    def situation(self) -> str:
        path = f"`{self.path}`"
        if self.content == "photos":
            return f"{path} holds the {self.noun}, photos and spoken notes, off several cameras."
        return (
            f"{path} holds the {self.noun} as the scanner left them: `fronts.pdf` has the front "
            "of every sheet in order, `backs.pdf` the backs, from the last sheet to the first."
        )


def generate(state: dict[str, str], theme: Theme, draw: Draw, path: str) -> Collection:
    """A folder of photos and recordings, or a scanned stack of papers."""
    if state["content"] == "scans":
        return _scans(theme, draw, path)
    moment = datetime(2026, 2, 9, 8, 0, tzinfo=UTC)
    north, east = (Fraction(draw.integer(low, high), 10_000) for low, high in BOUNDS)
    cameras = [(c, draw.hex(8).upper(), draw.choice(PEOPLE)) for c in draw.sample(CAMERAS, 2)]
    first, media = draw.integer(1000, 9800), list[Medium]()
    for number in range(draw.integer(12, 18)):
        moment += timedelta(seconds=draw.integer(40, 30_000))
        width, height = draw.choice(SIZES)
        camera, serial, owner = draw.choice(cameras)
        place = (north + _metres(draw), east + _metres(draw)) if draw.chance(0.7) else None
        taken = moment.strftime("%Y:%m:%d %H:%M:%S") if number % 6 != 4 else ""
        photo = Photo(width, height, taken, camera, serial, owner, place)
        stem = "DSC" if camera == cameras[0][0] else "IMG_"
        media.append(Medium(f"{stem}{first + 3 * number}.JPG", photo))
    media += [
        Medium(f"note-{number + 1:02d}.wav", None, draw.integer(5, 28) * 100)
        for number in range(draw.integer(3, 5))
    ]
    noun = draw.choice(["pictures of the site inspection", "material for the yearly report"])
    media_sorted = tuple(sorted(media, key=lambda medium: medium.name))
    return Collection(path=path, noun=noun, content="photos", media=media_sorted)


#: Latitude and longitude in ten-thousandths of a degree.
BOUNDS = ((-350_000, 550_000), (-1_200_000, 1_400_000))


def _metres(draw: Draw) -> Fraction:
    return Fraction(draw.integer(-300, 300), 10_000)


def _scans(theme: Theme, draw: Draw, path: str) -> Collection:
    papers: list[tuple[str, tuple[tuple[str, ...], ...]]] = []
    number, count = draw.integer(100, 800), 0
    wanted = draw.integer(4, 6)
    while len(papers) < wanted or count % 2:
        number += draw.integer(1, 9)
        name = f"{theme.id_prefix}-{number:04d}"
        length = draw.choice([1, 2, 3, 3, 4, 5])
        pages = [_page(theme, draw, name, n + 1, length) for n in range(length)]
        if length % 2:
            pages.append(())
        count += len(pages)
        papers.append((name, tuple(pages)))
    return Collection(
        path=path,
        noun=f"signed {theme.record} forms",
        content="scans",
        papers=tuple(papers),
    )


def _page(theme: Theme, draw: Draw, name: str, number: int, length: int) -> tuple[str, ...]:
    entries = [
        f"{draw.choice(theme.categories)}: {draw.choice(PEOPLE)}" for _ in range(draw.integer(2, 5))
    ]
    return (f"Form {name}", f"Sheet side {number} of {length}", *entries)


def _file_name(state: dict[str, str], theme: Theme) -> str:
    return "photos" if state["content"] == "photos" else "scans"


KIND = Kind(
    Collection,
    ({"content": "photos", "condition": "raw"}, {"content": "scans", "condition": "raw"}),
    generate,
    _file_name,
)

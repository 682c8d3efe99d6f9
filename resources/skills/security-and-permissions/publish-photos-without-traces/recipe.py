"""Make copies of photos that tell nothing of place, device and person."""

from __future__ import annotations

import dataclasses
import hashlib

from shellwright.recipe import (
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Unsuitable,
    World,
    Wrong,
    do,
    look,
    quoted,
    shell_prints,
)
from shellwright.recipe.kinds.collection import Collection, Medium

TAGS = "-GPSLatitude -GPSLongitude -SerialNumber -Artist -DateTimeOriginal -Model -Copyright"


class PublishPhotosWithoutTraces(Recipe):
    """Photos with a known time lie in a folder under new names, cleared of traces."""

    needs = (Pattern.of("collection", content="photos", condition="raw"),)
    gives = (Pattern.of("collection", content="photos", condition="cleared"),)
    tools = ("cp", "exiftool", "grep", "head", "ls", "mkdir", "rm", "sort", "wc")
    packages = ("libimage-exiftool-perl",)
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Collection)
        photos = [m for m in source.media if m.photo and m.photo.taken]
        placed = [m for m in photos if m.photo and m.photo.place]
        undated = [m for m in source.media if m.photo and not m.photo.taken]
        if len({m.photo.taken for m in photos if m.photo}) < len(photos) or not placed:
            raise Unsuitable("two pictures of one second, or no picture with a place")
        notice = f"(c) 2026 {world.theme.organisation}".replace("&", "and")
        prefix = draw.choice(["", f"{world.theme.key}-"])
        folder = world.output(draw, ["publish", "press", "website"])
        cleared = {
            published(m, prefix): f"- - - - {m.photo.taken} {m.photo.camera[1]} {notice}"
            for m in photos
            if m.photo
        }
        here, there = quoted(source.path), quoted(folder)
        shown = (
            "exiftool -q -f -p '$FileName|$GPSLatitude $GPSLongitude $SerialNumber $Artist "
            f"$DateTimeOriginal $Model $Copyright' {there}/*.jpg 2> /dev/null | sort"
        )
        sums = sorted((published(m, prefix), m.name) for m in photos)
        # Metadata stand before the tables of a JPEG, so that the rest must be the same bytes.
        rest = {published(m, prefix): tables_onwards(m.content()) for m in photos}
        compare = "\n".join(
            f"tail -c {len(rest[new])} {there}/{new} | sha256sum" for new, _ in sums
        )
        checks = (
            shell_prints(
                f"cd {there}\nls -A | sort",
                "".join(f"{name}\n" for name, _ in sums),
                about=f"{folder} holds the photos with a time under their new names, no others.",
                paths=[folder],
                key="names",
                weight=1.0,
            ),
            shell_prints(
                shown,
                "".join(f"{name}|{text}\n" for name, text in sorted(cleared.items())),
                about="Position, serial number and owner are gone, time, model and notice there.",
                paths=[folder],
                key="tags",
                weight=2.0,
            ),
            shell_prints(
                f"{{ grep -rlaE '{'|'.join(secrets(photos))}' {there} || true; }} | wc -l\n"
                f"{compare}",
                "0\n" + "".join(f"{hashlib.sha256(rest[new]).hexdigest()}  -\n" for new, _ in sums),
                about="No serial number or owner is left anywhere; the pictures are the same.",
                paths=[folder],
                key="pixels",
                weight=1.0,
            ),
        )
        result = Collection(
            path=folder,
            noun="pictures for publication",
            content="photos",
            condition="cleared",
            media=tuple(
                Medium(published(m, prefix), dataclasses.replace(m.photo, place=None, serial=""))
                for m in photos
                if m.photo
            ),
            made=checks,
        )
        work = (
            f"mkdir -p {there} && cp {here}/*.JPG {there}/ && cd {there}\n"
            "exiftool -q -overwrite_original -gps:all= -SerialNumber= -Artist= "
            f"-Copyright={quoted(notice)} -ext jpg ."
        )
        rename = (
            f"cd {there} && exiftool -q -d {prefix}%Y%m%d-%H%M%S.jpg "
            "-if '$DateTimeOriginal' '-filename<DateTimeOriginal' -ext jpg .\nrm -- *.JPG"
        )
        one = quoted(f"{folder}/{sums[0][0]}")
        example, original = sums[-1]
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"Some photos of `{source.path}` are going to be published. Put copies of all "
                f"photos that know when they were taken into `{folder}`, named "
                f"`{prefix}YYYYMMDD-hhmmss.jpg` after the original time (`{original}` becomes "
                f"`{example}`). Nothing in the copies may tell the position, the serial number of "
                "the camera or its owner (the artist tag); original time and model stay, the "
                f"copyright tag is to read `{notice}`, and the picture itself must not be "
                "encoded again. Photos without a time, recordings and anything else do not "
                "belong into that folder, and the originals stay as they are.",
                "I want to give photos to the press without giving away where, with which body "
                f"and by whom they were taken. From `{source.path}` copy every photo that has an "
                f"original time to `{folder}` as `{prefix}YYYYMMDD-hhmmss.jpg`, by that time "
                f"(so `{original}` will be `{example}`). Remove GPS data, serial number and "
                f"artist, set the copyright to `{notice}`, and keep original time, model and the "
                "image data exactly. No other files there, please: neither photos without a time "
                "nor backup copies. The originals stay untouched.",
            ],
            steps=[
                look(
                    f"ls {here} | wc -l; exiftool -q -csv -f {TAGS} -ext jpg {here} | head -n 30",
                    "What do these photos tell of the photographer? Some may have no time.",
                    "Count the files and see the tags in question for all photos.",
                ),
                look(
                    f"exiftool -G1 -s -a {here}/{placed[0].name} | head -n 40",
                    f"{placed[0].name} carries a position; it may tell still more.",
                    "Show all tags of one that knows its place.",
                ),
                do(
                    f"({work})",
                    "Only photos with a time can be named after it. Working on copies, without "
                    "exiftool's backup files.",
                    "Copy the photos, remove what tells too much, set the notice.",
                    0.8,
                ),
                do(
                    f"({rename})",
                    f"No two share a second. What keeps a name in capitals has no time and goes: "
                    f"{', '.join(m.name for m in undated) or 'none here'}.",
                    "Rename by the original time and drop what could not be renamed.",
                    0.6,
                ),
                look(
                    f"exiftool -q -csv -f {TAGS} {there} | sort | head -n 24; "
                    f"grep -rlaE '{'|'.join(secrets(photos))}' {there} | wc -l",
                    "No file may have a position, serial number or owner left.",
                    "Show the tags again and search the bytes for numbers and names.",
                ),
            ],
            wrong=[
                Wrong(
                    "the picture was stripped of its time as well",
                    command=f"exiftool -q -overwrite_original -DateTimeOriginal= {one}",
                ),
                Wrong("an original lies beside them", command=f"cp {here}/{original} {there}/"),
                Wrong(
                    "the owner is still named",
                    command=f"exiftool -q -overwrite_original -Artist=Somebody {one}",
                ),
            ],
            mistakes=[
                Mistake(
                    "hallucination",
                    before=2,
                    command=f"exiftool --strip-gps {here}/{original} | head -n 3; "
                    f"exiftool -StripGPS= -o /tmp/x.jpg {here}/{original}",
                    symptom=r"Tag 'StripGPS' is not defined|Nothing to do",
                    diagnosis="There is no such tag; a whole group is deleted by -gps:all=.",
                    recovery="rm -f /tmp/x.jpg",
                ),
                Mistake(
                    "command",
                    before=3,
                    command=f"exiftool -d '%Y' '-filename<NoSuchTime' {there}/*.JPG",
                    symptom=r"(No writable tags set|not defined|0 image files updated)",
                    diagnosis="The tag's name is DateTimeOriginal; nothing was renamed.",
                ),
            ],
        )


def published(medium: Medium, prefix: str) -> str:
    """The name of a photo in the publication."""
    assert medium.photo
    day, _, time = medium.photo.taken.replace(":", "").partition(" ")
    return f"{prefix}{day}-{time}.jpg"


def tables_onwards(content: bytes) -> bytes:
    """A JPEG without what describes it."""
    return content[content.index(b"\xff\xdb\0\x43") :]


def secrets(photos: list[Medium]) -> list[str]:
    """What must not stand anywhere in a published file."""
    return sorted({word for m in photos if m.photo for word in (m.photo.serial, m.photo.owner)})

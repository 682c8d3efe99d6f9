"""Catalogue photos and sound recordings."""

from __future__ import annotations

from shellwright.recipe import (
    Column,
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    World,
    do,
    look,
    quoted,
    summary,
)
from shellwright.recipe.kinds.collection import Collection, Medium

NAMES = (
    *("file", "kind", "taken", "camera", "width", "height", "latitude", "longitude", "seconds"),
)
COLUMNS = tuple(Column(name, name) for name in NAMES)


class CatalogueFieldMedia(Recipe):
    """One row a photo or recording with what the file itself tells."""

    needs = (Pattern.of("collection", content="photos", condition="raw"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="listing"),)
    tools = (*("awk", "exiftool", "head", "ls", "mediainfo", "mlr", "sed", "sort", "tail", "wc"),)
    packages = ("libimage-exiftool-perl", "mediainfo", "miller")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Collection)
        digits = draw.choice([4, 5])
        rows = sorted(row(medium, digits) for medium in source.media)
        target = world.output(draw, ["catalogue", "media", "media_list"], ".csv")
        result = summary(target, "media catalogue", COLUMNS, rows)
        here, out = quoted(source.path), quoted(target)
        script = (
            f"{{ exiftool -q -csv -f -c '%+.{digits}f' -d '%Y-%m-%dT%H:%M:%S' -FileName \\\n"
            "    -DateTimeOriginal -Model -ImageWidth -ImageHeight -GPSLatitude -GPSLongitude \\\n"
            f"    -ext jpg {here} |\n"
            "    mlr --infer-none --icsv --ocsv --headerless-csv-output put '\n"
            '      func place(x) { return x == "-" ? "" : ssub(x, "+", "") }\n'
            '      func known(x) { return x == "-" ? "" : x }\n'
            '      $* = {"file": $FileName, "kind": "photo", '
            '"taken": known($DateTimeOriginal),\n'
            '        "camera": known($Model), "width": $ImageWidth, "height": $ImageHeight,\n'
            '        "latitude": place($GPSLatitude), "longitude": place($GPSLongitude),\n'
            '        "seconds": ""}\'\n'
            f"  mediainfo --Output='General;%FileNameExtension% %Duration%\\n' {here}/*.wav |\n"
            "    awk 'NF { printf \"%s,sound,,,,,,,%.1f\\n\", $1, $2 / 1000 }'\n"
            "} | LC_ALL=C sort -t, -k1,1 | "
            f"sed '1i {','.join(NAMES)}' > {out}"
        )
        photos = [medium for medium in source.media if medium.photo]
        unsigned = [(*r[:6], r[6].lstrip("-"), r[7].lstrip("-"), r[8]) for r in rows]
        dated = [(*r[:2], r[2] or "2026-03-02T08:00:00", *r[3:]) if r[1] == "photo" else r
                 for r in rows]  # fmt: skip
        undated = sum(not medium.photo.taken for medium in photos if medium.photo)
        wrong = [
            *result.with_rows(dated).as_wrong("a missing time was taken from the file date"),
            *result.with_rows(r for r in rows if r[1] == "photo").as_wrong("no recordings"),
        ]
        if unsigned != rows:
            wrong += result.with_rows(unsigned).as_wrong("south and west are not negative")
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"Make a catalogue of `{source.path}` from what the files carry inside: "
                f"`{target}`, CSV with the header `{','.join(NAMES)}`, a row for each photo and "
                "each recording, by file name in byte order. `kind` is `photo` or `sound`, "
                "`taken` the original time of the picture as `YYYY-MM-DDThh:mm:ss` (no zone), "
                "`camera` the model, then width and height in pixels and the position in "
                f"decimal degrees with `{digits}` decimals, south and west negative; `seconds` "
                "is the length of a recording with one decimal. What a file does not tell, or "
                "what does not apply to it, is an empty cell.",
                f"`{target}` should list everything in `{source.path}`, photos and recordings "
                f"alike, as CSV with these columns: `{','.join(NAMES)}`. One row a file, sorted "
                "by file name (bytes). Take the data from the files, not from their dates on "
                "disk: `kind` (`photo` or `sound`), `taken` for the time of the picture "
                "(`YYYY-MM-DDThh:mm:ss`, as the camera wrote it), the model as `camera`, size in "
                f"pixels, latitude and longitude in degrees with `{digits}` decimals (negative "
                "in the south and the west), and in `seconds` how long a recording is, with one "
                "decimal. Cells without a value stay empty.",
            ],
            steps=[
                look(
                    f"ls -l {here}",
                    "The catalogue needs a row for each photo and recording.",
                    "See what is there.",
                ),
                look(
                    f"exiftool -G1 -s {here}/{photos[0].name} | head -n 40",
                    "All dates on disk may be of the copy, so only the tags can tell when "
                    "something was taken.",
                    "See which tags a photo has.",
                ),
                look(
                    f"exiftool -q -csv -f -c '%+.6f' -DateTimeOriginal -Model -GPSLatitude "
                    f"-ext jpg {here} | tail -n 6; mediainfo {here}/note-01.wav | head -n 20",
                    "Some photos may lack a time or a place.",
                    "Look at the tags in question over several files, and at a recording.",
                ),
                do(
                    script,
                    f"{undated} photos have no time; those cells stay empty. Bare numbers have a "
                    "sign for south and west, and durations come in milliseconds.",
                    "Make the rows of photos and of recordings, and sort them together.",
                    0.8,
                ),
                look(
                    f"head -n 5 {out}; tail -n 3 {out}; wc -l < {out}",
                    "Is there a row for every photo and recording, in order of time?",
                    "Read the catalogue's ends and count.",
                ),
            ],
            wrong=wrong,
            mistakes=[
                Mistake(
                    "command",
                    before=3,
                    command=f"exiftool -n -d '%Y' -OriginalTime {here}/{photos[0].name}; "
                    f"exiftool -q -csv -DateTimeOriginal {here}/nothing.jpg",
                    symptom=r"Error: File not found",
                    diagnosis="There is no tag of that name, and no such file; the tag is called "
                    "DateTimeOriginal.",
                ),
                Mistake(
                    "hallucination",
                    before=3,
                    command=f"mediainfo --Duration-only {here}/note-01.wav | head -n 3; "
                    f"mediainfo {here}/note-1.wav | wc -c",
                    symptom=r"^[01]$|Option|unknown",
                    diagnosis="mediainfo says nothing about an option or a file that it does not "
                    "know; fields are chosen by --Output.",
                ),
            ],
        )


def row(medium: Medium, digits: int) -> tuple[str, ...]:
    """The row of a file in the catalogue."""
    if medium.photo is None:
        return (medium.name, "sound", *[""] * 6, f"{medium.milliseconds / 1000:.1f}")
    photo = medium.photo
    taken = photo.taken.replace(":", "-", 2).replace(" ", "T")
    place = photo.place or ()
    where = [f"{float(value):.{digits}f}" for value in place] or ["", ""]
    size = (str(photo.width), str(photo.height))
    return (medium.name, "photo", taken, photo.camera[1], *size, *where, "")

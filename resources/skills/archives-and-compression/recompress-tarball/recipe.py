"""Change how a tar archive is compressed."""

from __future__ import annotations

import dataclasses

from shellwright.recipe import (
    READERS,
    SUFFIXES,
    Archive,
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    World,
    Wrong,
    do,
    look,
    quoted,
    shell_prints,
)

NEW = {"tar.gz": "tar.xz", "tar.bz2": "tar.zst", "tar.xz": "tar.gz"}
WRITERS = {"tar.xz": "xz -9 -c", "tar.zst": "zstd -19 -q -c", "tar.gz": "gzip -9 -n -c"}
NAMES = {"tar.xz": "xz", "tar.zst": "Zstandard", "tar.gz": "gzip", "tar.bz2": "bzip2"}
CONFUSED = {
    "tar.gz": ("xz -dc", r"File format not recognized"),
    "tar.bz2": ("gzip -dc", r"not in gzip format"),
    "tar.xz": ("bzip2 -dc", r"is not a bzip2 file"),
}


class RecompressTarball(Recipe):
    """The tar in a compressed file lies in another one, compressed by another method."""

    needs = (Pattern.of("archive", format=tuple(NEW), origin="received"),)
    gives = (Pattern.of("archive", format=("tar.xz", "tar.zst", "tar.gz"), origin="made"),)
    tools = ("bzip2", "file", "gzip", "ls", "sha256sum", "xz", "zstd")
    packages = ("bzip2", "diffutils", "file", "xz-utils", "zstd")

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Archive)
        form = NEW[source.format]
        stem = source.path.rpartition("/")[2].removesuffix(SUFFIXES[source.format])
        target = world.output(draw, [stem], SUFFIXES[form])
        result = dataclasses.replace(source, path=target, format=form, origin="made")
        here, there = quoted(source.path), quoted(target)
        old, new = READERS[source.format], READERS[form]
        confused, symptom = CONFUSED[source.format]
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"The machine that gets `{source.path}` only reads {NAMES[form]}. Write the same "
                f"tar, byte for byte, to `{target}`, compressed with {NAMES[form]}; the archive "
                "that is there stays.",
                f"Change the compression of `{source.path}` from {NAMES[source.format]} to "
                f"{NAMES[form]}: the new file is `{target}`, and the tar data in it must be "
                "exactly what it was. Keep the old file.",
                f"We want `{target}`: inside it the identical tar data as in `{source.path}`, "
                f"around it {NAMES[form]} in place of {NAMES[source.format]}. Owners, times and "
                "the order of members must come through untouched, and the source stays where "
                "it is.",
                f"Can `{source.path}` be had with {NAMES[form]} compression? Only the outer "
                f"layer should change: after decompression, `{target}` and the present "
                f"{NAMES[source.format]} file have to be equal to the byte. Both are kept.",
            ],
            steps=[
                look(
                    f"file {here}; ls -l {here}",
                    f"{source.path} has to be compressed with {NAMES[form]} instead.",
                    "Make sure that it is what its name says.",
                ),
                do(
                    f"{old} {here} | {WRITERS[form]} > {there}",
                    f"It is {NAMES[source.format]}. Unpacking would put owners and times at risk; "
                    "a pipe from one program into the other leaves the tar as it is.",
                    "Decompress and compress again in one go.",
                ),
                look(
                    f"{old} {here} | sha256sum; {new} {there} | sha256sum; ls -l {there}",
                    "Both files must decompress to the same bytes.",
                    "Compare the sums of the two tars.",
                ),
            ],
            checks=[
                shell_prints(
                    f"{new} {there} > /dev/null\ncmp <({old} {here}) <({new} {there}) && echo same",
                    "same\n",
                    about=f"The tar in {target} is the one in {source.path}.",
                    paths=[target],
                    key="same",
                )
            ],
            wrong=[
                Wrong(
                    "unpacked and packed again",
                    command="work=$(mktemp -d) && "
                    f"{old} {here} | tar -xf - -C $work && tar -cf - -C $work . | "
                    f"{WRITERS[form]} > {there}",
                ),
                Wrong(
                    "the compressed file was compressed once more",
                    command=f"{WRITERS[form]} < {here} > {there}",
                ),
            ],
            mistakes=[
                Mistake(
                    "analysis",
                    before=1,
                    command=f"{confused} {here} | head -c 100",
                    symptom=symptom,
                    diagnosis=f"That is not the format of the file; it is {NAMES[source.format]}.",
                ),
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"tar --convert={NAMES[form].lower()} -cf {there} {here}",
                    symptom=r"tar: unrecognized option '--convert",
                    diagnosis="tar cannot convert an archive; the compressors do it in a pipe.",
                ),
            ],
        )

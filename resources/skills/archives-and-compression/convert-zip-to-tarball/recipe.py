"""Convert a zip to a tar archive."""

from __future__ import annotations

import dataclasses

from shellwright.recipe import (
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


class ConvertZipToTarball(Recipe):
    """The members of a zip lie in a tar.xz, times kept."""

    needs = (Pattern.of("archive", format="zip", origin="received"),)
    gives = (Pattern.of("archive", format="tar.xz", origin="made"),)
    tools = ("7z", "find", "head", "mktemp", "rm", "sort", "tail", "tar", "zipinfo")
    packages = ("7zip", "unzip", "xz-utils")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Archive)
        stem = source.path.rpartition("/")[2].removesuffix(".zip")
        target = world.output(draw, [stem, f"{stem}-unix"], ".tar.xz")
        result = dataclasses.replace(source, path=target, format="tar.xz", origin="made")
        here, there = quoted(source.path), quoted(target)
        convert = (
            "work=$(mktemp -d)\n"
            f'7z x -bso0 -bsp0 -o"$work" {here}\n'
            "(cd \"$work\" && find . -mindepth 1 -printf '%P\\0' | LC_ALL=C sort -z |\n"
            "  tar --null --no-recursion -T - --owner=0 --group=0 --numeric-owner \\\n"
            f"    -cJf {there})\n"
            'rm -r "$work"'
        )
        listing = "find . -type f -printf '%P %T@\\n' | sort"
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"Convert `{source.path}` to an xz-compressed tar, `{target}`: the same files "
                "under the same names, contents and modification times unchanged, owner and "
                "group number `0`, no `./` in front of the names.",
                f"Our archive only takes tar files. Make `{target}` (tar, xz) of "
                f"`{source.path}`, holding exactly its files with the names (nothing like `./` "
                "before them), contents and modification times that they have in the zip; "
                "everything belongs to user and group `0`.",
                f"Zip is the wrong format here: `{source.path}` has to be available as "
                f"`{target}` too, a tar with xz compression. Same members, same paths (not "
                "prefixed with `./`), same bytes, same modification times. Ownership is "
                "uniform, user `0` and group `0`.",
                f"Could you repack `{source.path}` as a tar? I would call it `{target}`, "
                "compress it with xz, and let all members belong to owner and group `0`. What "
                "must survive is each file's content, its name without an added `./`, and the "
                "time when it was last modified; nothing is to be added or left out.",
            ],
            steps=[
                look(
                    f"7z t {here} | tail -n 6; zipinfo {here} | head -n 12",
                    f"Before converting {source.path} I want to know that it is sound.",
                    "Test the zip and list its members.",
                ),
                do(
                    convert,
                    "The zip is fine. Its members have to pass through a scratch folder; 7z brings "
                    "their times along.",
                    "Unpack to a scratch folder, pack from there in order, and clean up.",
                ),
                look(
                    f"tar -tvf {there} --numeric-owner | head -n 12",
                    "Everything that was in the zip has to be in the tar.",
                    "List the new archive.",
                ),
            ],
            checks=[
                shell_prints(
                    'work=$(mktemp -d)\ntrap \'rm -rf "$work"\' EXIT\ncd "$work"\n'
                    f"mkdir a b; unzip -q {here} -d a; xz -dc {there} | tar -xf - -C b\n"
                    f"cmp <(cd a && {listing}) <(cd b && {listing})\n"
                    f"xz -dc {there} | tar --numeric-owner -tvf - | tr -s ' ' | cut -d' ' -f2 | "
                    "sort -u\n"
                    f"xz -dc {there} | tar -tf - | grep -c '^[.]/' || true",
                    "0/0\n0\n",
                    about=f"The members of {target} have the times of the zip, and no owner.",
                    paths=[target],
                    key="times",
                )
            ],
            wrong=[
                Wrong(
                    "the files carry the time of the conversion",
                    command="work=$(mktemp -d) && "
                    f"unzip -q {here} -d $work && "
                    "find $work -type f -exec touch -d '2026-03-04 09:00:00Z' {} + && "
                    f"(cd $work && tar --owner=0 --group=0 --numeric-owner -cJf {there} *)",
                ),
                Wrong(
                    "the names begin with ./",
                    command="work=$(mktemp -d) && "
                    f"unzip -q {here} -d $work && "
                    f"tar --owner=0 --group=0 --numeric-owner -cJf {there} -C $work .",
                ),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"tar -tf {here} | head -n 3",
                    symptom=r"tar: This does not look like a tar archive",
                    diagnosis="A zip is no tar with another compression; it has to be unpacked "
                    "by a program for zips.",
                ),
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"unzip --to-tar {here}",
                    symptom=r"unzip: .*|invalid option|UnZip .* of .*",
                    diagnosis="unzip cannot write a tar; it only printed how it is used.",
                ),
            ],
        )

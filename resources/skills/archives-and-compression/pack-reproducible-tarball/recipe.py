"""Pack something so that the same content gives the same bytes."""

from __future__ import annotations

import dataclasses
import stat
from datetime import datetime

from shellwright.recipe import (
    Archive,
    Check,
    Draw,
    Log,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Resource,
    Table,
    Tree,
    Unsuitable,
    World,
    Wrong,
    do,
    look,
    quoted,
    shell_prints,
)

DAYS = ("2026-01-01", "2026-02-01", "2026-02-27", "2026-03-01")


class PackReproducibleTarball(Recipe):
    """A tree, log or table lies in a tar.gz that can be rebuilt byte by byte."""

    needs = (
        Pattern.of("tree", condition=("tidy", "linked")),
        Pattern.of("log", storage="plain"),
        Pattern.of("table", condition="clean"),
    )
    gives = (Pattern.of("archive", format="tar.gz", origin="made"),)
    tools = ("find", "gzip", "head", "ls", "od", "sort", "tar")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Tree | Log | Table)
        day = draw.choice(DAYS)
        root, _, name = source.path.rpartition("/")
        target = world.output(
            draw,
            [f"{world.theme.key}-handover", f"{world.theme.key}-release", "package"],
            ".tar.gz",
        )
        moment = int(datetime.fromisoformat(f"{day}T00:00:00+00:00").timestamp())
        payload: Resource = source
        if isinstance(source, Tree):
            payload = source.with_files(
                dataclasses.replace(file, mtime=moment) for file in source.files
            )
        result = Archive(
            path=target,
            noun=f"packed {source.noun}",
            payload=payload,
            root=root,
            origin="made",
            packed_from=source.path,
        )
        members = result.members()
        if not all(path.isascii() and "  " not in path for path in members):
            raise Unsuitable("names that a listing would not show as they are")
        ends = {path: path + "/" * (entry.kind == "dir") for path, entry in members.items()}
        if sorted(members, key=lambda path: ends[path]) != list(members):
            raise Unsuitable("the order depends on how the name of a folder is written")
        here, there = quoted(name), quoted(target)
        pack = (
            f"(cd {quoted(root)} && find {here} -print0 | LC_ALL=C sort -z |\n"
            "  tar --null --no-recursion -T - --numeric-owner --owner=0 --group=0 \\\n"
            f"    --mtime='{day} 00:00:00Z' -cf - | gzip -9 -n) > {there}"
        )
        folder = isinstance(source, Tree)
        modes = isinstance(source, Tree) and source.check_modes
        what = (
            f"members named `{name}/...`, folders too, in byte order of names"
            if folder
            else f"the one member `{name}`"
        )
        kept = ", permissions as they are" if modes else ""
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"Pack `{source.path}` into the gzip-compressed tar `{target}` in such a way that "
                f"packing it again on another machine gives the same bytes: {what}, owner and "
                f"group number `0`, `{day} 00:00:00` UTC as modification time of everything, and "
                f"neither a name nor a time in the gzip header{kept}.",
                f"We publish `{source.path}` and anybody must be able to rebuild the archive bit "
                f"by bit. So `{target}`, a tar with gzip, has to hold {what}; each with owner and "
                f"group `0` (as numbers) and the time `{day} 00:00:00` UTC{kept}. The gzip header "
                "must not carry any file name or time stamp.",
                f"Can `{source.path}` be packed so that anybody who repeats it arrives at the "
                "identical file? Whatever varies from machine to machine has to be pinned. "
                f"Inside `{target}` (tar, gzip) I expect {what}. User and group are number `0`, "
                f"every modification time is `{day} 00:00:00` UTC{kept}. Even the compression "
                "must leave no trace: its gzip header has an empty time field and no name.",
                f"`{target}` passes if a second packing of `{source.path}`, on any computer, "
                f"yields the same bytes. To get there: a gzipped tar holding {what}; `{day} "
                "00:00:00` UTC stamped on whatever is inside; numeric owner and group "
                f"`0`{kept}; and, in the header that gzip writes, no original name and a time "
                "stamp of zero.",
                "Checksums of our packages must not depend on who made them or when. Build "
                f"`{target}` out of `{source.path}` accordingly, as tar plus gzip with {what}. "
                f"Set times to `{day} 00:00:00` UTC and both ids, owner and group, to `0`{kept}. "
                "Gzip may record neither what the tar was called nor when it was compressed.",
            ],
            steps=[
                look(
                    f"ls -lR --time-style=full-iso {quoted(source.path)} | head -n 14",
                    f"Owners and times of {source.path} and the order on this disk would all end "
                    "up in the archive.",
                    "Look at what is to be packed.",
                ),
                do(
                    pack,
                    "The order has to be fixed by sorting, owners and times by options of tar, "
                    "and gzip must not store name and time.",
                    f"Pack it from its parent folder, so that names begin with {name}.",
                ),
                look(
                    f"tar --numeric-owner --full-time -tvf {there} | head -n 12; "
                    f"head -c 10 {there} | od -An -tx1",
                    "Are the members in order, with one owner and time? The time in the gzip "
                    "header must be zero, too.",
                    "List the members with owners and times, and look at the gzip header.",
                ),
            ],
            checks=[metadata(result, day, modes)],
            wrong=[
                Wrong(
                    "packed with owners and times as they are",
                    command=f"tar -cf - --sort=name -C {quoted(root)} {here} | gzip -n > {there}",
                ),
                Wrong(
                    "the gzip header carries a name and a time",
                    command=f"gzip -dc {there} > /tmp/package.tar && "
                    f"gzip -c /tmp/package.tar > {there}",
                ),
            ],
            mistakes=[
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"tar --reproducible -czf {there} -C {quoted(root)} {here}",
                    symptom=r"tar: unrecognized option '--reproducible'",
                    diagnosis="tar has no single option for this; order, owner, time and the "
                    "header of gzip have to be settled one by one.",
                ),
                Mistake(
                    "command",
                    before=1,
                    command=f"tar -czf {there} -C /tmp {here}",
                    symptom=r"tar: .*: Cannot stat: No such file or directory",
                    diagnosis="-C has to name the parent of what is packed. An archive without "
                    "members was left, which has to go.",
                    recovery=f"rm -f {there}",
                ),
            ],
        )


def metadata(archive: Archive, day: str, modes: bool) -> Check:
    """Order, owners, times and, where they matter, modes of the members; a bare gzip header."""
    lines = []
    for name, entry in archive.members().items():
        bits = {"dir": stat.S_IFDIR, "symlink": stat.S_IFLNK}.get(entry.kind, stat.S_IFREG)
        mode = stat.filemode(bits | entry.mode) if modes else stat.filemode(bits)[0]
        shown = {"dir": f"{name}/", "symlink": f"{name} -> {entry.target}"}.get(entry.kind, name)
        lines.append(f"{mode} 0/0 {day} 00:00:00 {shown}\n")
    letters = 10 if modes else 1
    there = quoted(archive.path)
    return shell_prints(
        f"head -c 8 {there} | od -An -tx1\n"
        f"gzip -dc {there} | tar --numeric-owner --full-time -tvf - |\n"
        f"  awk '{{ $1 = substr($1, 1, {letters}); $3 = \"\"; print }}' | tr -s ' '",
        " 1f 8b 08 00 00 00 00 00\n" + "".join(lines),
        about=f"The members of {archive.path} carry the fixed owner and time, in order.",
        paths=[archive.path],
        key="listing",
        weight=2.0,
    )

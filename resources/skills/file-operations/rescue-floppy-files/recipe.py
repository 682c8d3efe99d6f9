"""Take the files off a floppy image."""

from __future__ import annotations

from shellwright.recipe import (
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Report,
    TreeFile,
    Unsuitable,
    World,
    Wrong,
    do,
    look,
    quoted,
    times_kept,
)
from shellwright.recipe.discs import free_bytes, serial
from shellwright.recipe.kinds.volume import Volume, is_hidden


class RescueFloppyFiles(Recipe):
    """The visible files of a floppy lie in a folder, in lower case, with a card beside them."""

    needs = (Pattern.of("volume", format="fat"),)
    gives = (Pattern.of("tree", content="documents", condition="crlf"),)
    tools = (
        *("cat", "cut", "find", "grep", "head", "jq", "mattrib", "mcopy", "mdir", "minfo", "mkdir"),
        *("mlabel", "mtype", "od", "rename", "rm", "sed", "tail", "tr", "wc", "xargs"),
    )
    packages = ("jq", "mtools", "rename")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Volume)
        if not source.files:
            raise Unsuitable("a floppy that was just made has nothing to be rescued")
        hidden = [file for file in source.files if is_hidden(file)]
        kept = [file for file in source.files if not is_hidden(file)]
        folder = world.output(draw, ["rescued", "floppy", "old-office"])
        result = source.tree.with_files(
            (TreeFile(f.name.lower(), f.content, mtime=f.mtime) for f in kept),
            path=folder,
            condition="crlf",
        )
        number = f"{serial(source.files):08X}"
        card = Report(
            path=world.output(draw, ["medium", "floppy_card"], ".json"),
            noun="card of the floppy",
            value={
                "label": source.label,
                "serial": f"{number[:4]}-{number[4:]}",
                "files": len(kept),
                "hidden": len(hidden),
                "bytes_free": free_bytes(source.files),
            },
        )
        here, there, out = quoted(source.path), quoted(folder), quoted(card.path)
        visible = next(f.name for f in kept)
        flags = f"mattrib -i {here} -/ ::/ | cut -c 1-11"
        drop = (
            f"mattrib -i {here} -/ ::/ | grep -E '^.{{2,6}}[HS]' | sed 's,^.*::/,,' |\n"
            f"  (cd {there} && xargs -d '\\n' rm --)"
        )
        lower = f"find {there} -mindepth 1 -depth -execdir rename 'y/A-Z/a-z/' {{}} +"
        write = (
            f"label=$(mlabel -s -i {here} :: | sed -E 's/^ *Volume label is //; s/ +$//')\n"
            f"serial=$(minfo -i {here} :: | sed -nE "
            "'s/^serial number: *(....)(....)$/\\1-\\2/p')\n"
            f"free=$(mdir -i {here} ::/ | tail -n 2 | tr -dc 0-9)\n"
            f"files=$(find {there} -type f | wc -l)\n"
            f"hidden=$({flags} | grep -c '[HS]')\n"
            'jq -n --arg name "$label" --arg serial "$serial" --argjson files "$files" \\\n'
            '  --argjson hidden "$hidden" --argjson free "$free" \\\n'
            "  '{label: $name, serial: $serial, files: $files, hidden: $hidden, "
            f"bytes_free: $free}}' > {out}"
        )
        first = quoted(f"{folder}/{kept[0].name.lower()}")
        return Move(
            focus=result,
            makes=[card, result],
            request=[
                f"Get the files off the floppy image `{source.path}` and into the folder "
                f"`{folder}`, with the floppy's sub-folders, all names (folders too) in lower "
                "case, contents byte for byte and the dates that the floppy has for the files "
                "(read its times as UTC). Whatever carries the hidden or the system attribute was "
                f"the machine's own and stays behind. `{card.path}` shall describe the medium as "
                "JSON: `label`, `serial` (as DOS shows it, `XXXX-XXXX`), `files` (how many you "
                "copied), `hidden` (how many were left behind) and `bytes_free` (free space on "
                "the medium); the last three are numbers.",
                f"`{source.path}` has to be emptied into `{folder}`: every file that is neither "
                "hidden nor a system file, in the same sub-folders, unchanged down to the line "
                "ends, with its date from the floppy (those are UTC). Turn the names of files and "
                f"folders into lower case. Beside that I need `{card.path}`, a JSON object with "
                "`label`, `serial` (written like `XXXX-XXXX`, as DOS does), and as numbers "
                "`files` for the copied files, `hidden` for those you left out for their "
                "attributes and `bytes_free` for the room that the floppy still has.",
            ],
            steps=[
                look(
                    f"minfo -i {here} :: | grep -E 'sectors|serial|label'; "
                    f"mdir -i {here} -/ ::/ | tail -n 20",
                    "Nothing can be mounted here, but mtools reads an image as it is.",
                    "See geometry, label and the listing of all folders.",
                ),
                look(
                    f"mattrib -i {here} -/ ::/; "
                    f"mtype -i {here} {quoted('::/' + visible)} | head -n 3 | od -c | head -n 4",
                    "A DOS listing does not show hidden files; their attributes do.",
                    "List all attributes and look at how the lines of one text end.",
                ),
                do(
                    f"mkdir -p {there} && mcopy -i {here} -s -m -n -Q ::/ {there}/",
                    "Hidden files have to come along. Line ends must stay, so no text mode; "
                    "dates are to be kept.",
                    "Copy everything, with folders and times.",
                    0.5,
                ),
                do(
                    drop,
                    f"{', '.join(file.name for file in hidden)} must not be there; the paths are "
                    "still those of the floppy.",
                    "Delete what has H or S among its attributes.",
                ),
                do(
                    lower,
                    "Names are in capitals. Folders must be renamed after what is in them.",
                    "Turn every name into lower case, from the bottom up.",
                ),
                do(
                    write,
                    "Label and serial number are on the medium itself.",
                    "Take label, serial number and free space from the medium and count files.",
                ),
                look(
                    f"cat {out}; find {there} -type f -printf '%TF %s %P\\n' | head -n 12",
                    "Are all files there, in lower case and with dates from long ago?",
                    "Read the card and look at the files.",
                ),
            ],
            checks=[times_kept(result)],
            wrong=[
                Wrong(
                    "line ends were converted",
                    command=f"mcopy -i {here} -t -m -o {quoted('::/' + crlf(kept))} "
                    f"{quoted(f'{folder}/{crlf(kept).lower()}')}",
                ),
                Wrong("a date is that of the copy", command=f"touch -d '2026-03-03' {first}"),
                Wrong(
                    "a hidden file was copied",
                    command=f"mcopy -i {here} -m {quoted('::/' + hidden[0].name)} "
                    f"{quoted(f'{folder}/{hidden[0].name.lower()}')}",
                ),
            ],
            mistakes=[
                Mistake(
                    "analysis",
                    before=0,
                    command=f"mount -o loop,ro {here} /mnt",
                    symptom=r"mount: .*(must be superuser|permission|not permitted|failed)",
                    diagnosis="Mounting needs root and a loop device. The mtools read the image "
                    "without either.",
                ),
                Mistake(
                    "command",
                    before=2,
                    command=f"mcopy -i {here} -s ::/NOSUCH.TXT /tmp/",
                    symptom=r"NOSUCH\.TXT.*not found|File \"::/NOSUCH.TXT\" not found",
                    diagnosis="There is no such file; the names in the listing count.",
                ),
            ],
        )


def crlf(files: list) -> str:
    """The name of a file with Windows line ends."""
    return next(file.name for file in files if b"\r\n" in file.content)

"""Make a FAT floppy image with the files of a folder."""

from __future__ import annotations

import dataclasses

from shellwright.recipe import (
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Tree,
    Unsuitable,
    World,
    Wrong,
    do,
    look,
    quoted,
    shell_prints,
)
from shellwright.recipe.kinds.volume import Volume, on_disc

SIZES = {"720K": 737_280, "1440K": 1_474_560}


class MakeExchangeFloppy(Recipe):
    """The files of a tree are on a floppy image, as a DOS machine wants them."""

    needs = (Pattern.of("tree", condition="tidy"),)
    gives = (Pattern.of("volume", format="fat"),)
    tools = (
        *("chmod", "cp", "du", "find", "grep", "head", "ls", "mattrib", "mcopy", "mdir", "minfo"),
        *("mkfs.fat", "mktemp", "mlabel", "rm", "sort", "tail", "truncate", "unix2dos", "wc"),
        "xargs",
    )
    packages = ("dos2unix", "dosfstools", "mtools")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Tree)
        if not source.keeps_times(world.given):
            raise Unsuitable("the files carry the times of today")
        top = sorted({f.name.partition("/")[0] for f in source.files if "/" in f.name})
        if (
            len(top) < 2
            or any(file.target or b"\r" in file.content for file in source.files)
            or any("/" not in file.name or file.mtime % 2 for file in source.files)
            or any(not file.content.isascii() or b"\0" in file.content for file in source.files)
        ):
            raise Unsuitable("not a tree of plain texts in folders")
        locked = draw.choice(top)
        form = draw.choice(sorted(SIZES))
        word = "".join(c for c in world.theme.key.upper() if c.isalpha())[:8]
        label, number = f"{word}{draw.integer(10, 99)}", draw.hex(8).upper()
        shown = f"{number[:4]}-{number[4:]}"
        target = world.output(draw, ["floppy", "exchange", word.lower()], ".img")
        files = [
            dataclasses.replace(file, content=file.content.replace(b"\n", b"\r\n"))
            for file in source.files
        ]
        result = Volume(
            path=target,
            noun=f"floppy with the {source.noun}",
            tree=on_disc(source.with_files(files)),
            format="fat",
            label=label,
        )
        here, there = quoted(source.path), quoted(target)
        fill = (
            "work=$(mktemp -d)\n"
            f'cp -a {here}/. "$work/" && chmod -R u+w "$work"\n'
            'find "$work" -type f -print0 | xargs -0 unix2dos -q -k\n'
            f'mcopy -i {there} -s -m "$work"/* ::/\n'
            'rm -r "$work"'
        )
        readonly = sorted(file.name for file in files if file.name.startswith(f"{locked}/"))
        times = "".join(sorted(f"{file.name} {file.mtime}\n" for file in files))
        example = quoted(f"::/{readonly[0]}")
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"Make a floppy image `{target}` for the old machine: `{form[:-1]} KiB` "
                f"(`{SIZES[form]}` bytes), FAT12, volume label `{label}`, serial number "
                f"`{shown}`. It gets everything in `{source.path}`, folders included, at its "
                "root, under the same names and with the same modification times (UTC). All of "
                "it is text, and every line on the floppy must end with CR LF; the files in the "
                f"folder itself stay as they are. Whatever lies below `{locked}` carries the "
                "read-only attribute there, and no other file does.",
                f"The contents of `{source.path}` have to go on a floppy, as an image: "
                f"`{target}`, `{SIZES[form]}` bytes (`{form[:-1]} KiB`) with FAT12, "
                f"labelled `{label}` and with `{shown}` as its serial number. Names, folders "
                "and modification times (in UTC) stay; the lines of all files end with CR LF on "
                "the floppy but not in our folder, which must not change. Mark the files below "
                f"`{locked}` there as "
                "read-only, and only those.",
            ],
            steps=[
                look(
                    f"du -sb {here}; find {here} -type f | wc -l; "
                    f"grep -rlI $'\\r' {here} | wc -l; find {here} -type f | sort | head -n 5",
                    "Will it fit, and are the line ends really LF throughout?",
                    "Sum up sizes and look for carriage returns.",
                ),
                do(
                    f"truncate -s {form} {there} && mkfs.fat -F 12 -n {label} -i {number} {there}",
                    "The texts are small enough to fit. mkfs.fat takes the geometry from the size.",
                    "Create the image with its size, label and serial number.",
                ),
                do(
                    f"({fill})",
                    "The originals must not change, so that copies are converted, keeping "
                    "their dates, and copied with dates as well.",
                    "Convert copies to CRLF and put them on the floppy with all folders.",
                    0.6,
                ),
                do(
                    f"mattrib -i {there} +r {quoted('::/' + locked)}/*.*",
                    f"Everything below {locked} has to be locked against writing.",
                    "Set the read-only attribute there.",
                ),
                look(
                    f"minfo -i {there} :: | grep -E 'serial|label|sectors per track'; "
                    f"mlabel -s -i {there} ::; mdir -i {there} -/ ::/ | tail -n 12; "
                    f"mattrib -i {there} -/ ::/ | grep -c R; ls -l {there}",
                    "Are label and serial number as asked, and are the right files locked?",
                    "Read the image back.",
                ),
            ],
            checks=[
                shell_prints(
                    f'stat -c %s {there}\nminfo -i {there} :: | sed -nE \'s/ +"$/"/; '
                    "s/^(serial number: |disk (label|type)=)//p'\n"
                    f"mattrib -i {there} -/ ::/ | grep -E '^.{{2,9}}R' | sed 's,.*::/,,' | sort",
                    f'{SIZES[form]}\n{number}\n"{label}"\n"FAT12"\n'
                    + "".join(f"{name}\n" for name in readonly),
                    about=f"{target} has the wanted size, label, serial number and attributes.",
                    paths=[target],
                    key="medium",
                ),
                shell_prints(
                    f'work=$(mktemp -d)\nmcopy -s -m -n -Q -i {there} ::/ "$work/"\n'
                    "cd \"$work\" && find . -type f -printf '%P %T@\\n' | sed 's/[.]0*$//' | "
                    'sort\ncd / && chmod -R u+w "$work" && rm -r "$work"',
                    times,
                    about="The files on the floppy have their modification times.",
                    paths=[target],
                    key="times",
                ),
            ],
            wrong=[
                Wrong(
                    "line ends of Unix",
                    command=f"mattrib -i {there} -r {example}; mcopy -i {there} -m -o "
                    f"{quoted(f'{source.path}/{readonly[0]}')} {example}; "
                    f"mattrib -i {there} +r {example}",
                ),
                Wrong("a file is not read-only", command=f"mattrib -i {there} -r {example}"),
                Wrong("another label", command=f"mlabel -i {there} ::OTHER"),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"mkfs.fat -F 12 -n {label}-TOO-LONG -C /tmp/x.img 720",
                    symptom=r"Label can be no longer than 11 characters",
                    diagnosis="A FAT label has eleven characters at most.",
                ),
                Mistake(
                    "analysis",
                    before=2,
                    command=f"mcopy -i /dev/null {here}/nothing ::/",
                    symptom=r"(init :|Cannot initialize|Cannot read|No such file)",
                    diagnosis="mcopy has to be given the image that was made, and files that "
                    "exist.",
                ),
            ],
        )

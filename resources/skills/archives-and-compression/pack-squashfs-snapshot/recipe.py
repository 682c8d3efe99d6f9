"""Pack a folder into a squashfs image."""

from __future__ import annotations

from datetime import UTC, datetime

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

BLOCKS = {"64K": 65_536, "256K": 262_144, "512K": 524_288}


class PackSquashfsSnapshot(Recipe):
    """The files of a tree, without one sort of them, are in a squashfs image of root's."""

    needs = (Pattern.of("tree", condition="tidy"),)
    gives = (Pattern.of("volume", format="squashfs"),)
    tools = ("du", "find", "head", "ls", "mksquashfs", "sed", "sort", "uniq", "unsquashfs", "wc")
    packages = ("squashfs-tools",)
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Tree)
        if not source.keeps_times(world.given):
            raise Unsuitable("the files carry the times of today")
        kinds = sorted({f.name.rpartition(".")[2] for f in source.files if "." in f.name})
        skipped = [kind for kind in kinds if kind in ("log", "md", "txt")]
        if len(kinds) < 2 or not skipped or any(file.target for file in source.files):
            raise Unsuitable("one sort of file only, or links")
        kind = draw.choice(skipped)
        kept = [file for file in source.files if not file.name.endswith(f".{kind}")]
        if not kept:
            raise Unsuitable("nothing would be left")
        method, (block, size) = draw.choice(["xz", "zstd", "lz4"]), draw.choice([*BLOCKS.items()])
        moment = datetime(2026, draw.integer(1, 6), draw.integer(1, 28), 6, 0, tzinfo=UTC)
        stamp = int(moment.timestamp())
        shown = f"{moment:%Y-%m-%d %H:%M:%S} UTC"
        target = world.output(draw, ["snapshot", "readonly", "base"], ".sqfs")
        result = Volume(
            path=target,
            noun=f"snapshot of the {source.noun}",
            tree=on_disc(source.with_files(kept)),
            format="squashfs",
            label="",
        )
        here, there = quoted(source.path), quoted(target)
        pack = (
            f"mksquashfs {here} {there} -noappend -quiet -no-progress \\\n"
            f"  -comp {method} -b {block} -all-root -mkfs-time {stamp} -wildcards -e '... *.{kind}'"
        )
        facts = "unsquashfs -s {0} | sed -nE 's/^(Compression|Block size) +/\\1 /p'"
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"Make a read-only snapshot of `{source.path}`: a squashfs image `{target}`, "
                f"compressed with `{method}` in blocks of `{block[:-1]} KiB`, holding the folder's "
                f"contents at its root without any `.{kind}` file at any level. In the image "
                "everything belongs to user and group 0, files keep their modification times, "
                f"and the creation time of the file system is `{shown}`. Pad the image to a "
                "multiple of `4096` bytes.",
                f"`{target}` should become a squashfs image of what is in `{source.path}` (the "
                f"folder's own contents at the top of the image). Leave out all `.{kind}` files, "
                f"however deep. Use `{method}` and a block size of `{block[:-1]} KiB`, let user "
                "0 and group 0 own everything, keep the modification times of the files and set "
                f"the creation time of the image to `{shown}`, so that another run gives the same. "
                "The length of the image has to be a multiple of `4096` bytes.",
            ],
            steps=[
                look(
                    f"find {here} -type f | sed 's/.*[.]//' | sort | uniq -c; "
                    f"du -sh {here}; find {here} -type f | head -n 5",
                    f"What sorts of files are there, and how many are .{kind}?",
                    "Count files by extension.",
                ),
                do(
                    pack,
                    "Some files stay out, and they may lie at any depth. Owners on disk are of "
                    "no use to the readers.",
                    "Pack it with that compression, owner and time.",
                    0.6,
                ),
                look(
                    f"unsquashfs -s {there} | head -n 12; unsquashfs -lln {there} | head -n 8; "
                    f"unsquashfs -l {there} | wc -l; ls -l {there}",
                    "Are method, owner and time as agreed, and are all files in it?",
                    "Read the superblock and a part of the listing.",
                ),
            ],
            checks=[
                shell_prints(
                    facts.format(there) + f"\necho $(($(stat -c %s {there}) % 4096))"
                    f"\nunsquashfs -s {there} | "
                    f"grep -cE 'time.* {moment:%b} +{moment.day} 06:00:00 2026'\n"
                    f"unsquashfs -lln {there} | sed -n 's/^[^ ]* *\\([0-9]*.[0-9]*\\) .*/\\1/p' | "
                    "sort -u",
                    f"Compression {method}\nBlock size {size}\n0\n1\n0/0\n",
                    about=f"{target} has the wanted compression, block size, owner and time.",
                    paths=[target],
                    key="super",
                ),
                shell_prints(
                    'work=$(mktemp -d)\nunsquashfs -quiet -no-progress -dest "$work/all" '
                    f'{there} > /dev/null\ncd "$work/all" && find . -type f -printf '
                    "'%P %T@\\n' | sed 's/[.]0*$//' | sort\ncd / && chmod -R u+w \"$work\" && "
                    'rm -r "$work"',
                    "".join(sorted(f"{file.name} {file.mtime}\n" for file in kept)),
                    about="The files in the image have their modification times.",
                    paths=[target],
                    key="times",
                ),
            ],
            wrong=[
                Wrong(
                    "excluded at the top only",
                    command=pack.replace("... ", "").replace("\\\n", ""),
                ),
                Wrong("the owners of the disk", command=pack.replace("-all-root ", "")),
                Wrong(
                    "the folder itself is packed",
                    command=pack.replace(" -noappend", " -noappend -keep-as-directory"),
                ),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"mksquashfs {here} {there} -noappend -quiet -comp {method} -b 96K",
                    symptom=r"(block size not power of two|-b block size|not a power of two)",
                    diagnosis=f"A block must be a power of two; {block} is what was asked for.",
                ),
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"mksquashfs {here} {there} --owner=root",
                    symptom=r"(invalid option|SYNTAX|Usage)",
                    diagnosis="mksquashfs has -all-root instead of --owner.",
                ),
            ],
        )

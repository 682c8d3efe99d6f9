"""Make an ISO 9660 image of a folder."""

from __future__ import annotations

from shellwright.recipe import (
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Report,
    Tree,
    Unsuitable,
    World,
    Wrong,
    byte_sorted,
    do,
    look,
    quoted,
    shell_prints,
)
from shellwright.recipe.kinds.volume import Volume, on_disc


class MasterDiscImage(Recipe):
    """A tree is on a disc image with names for Unix and Windows; a list has its contents."""

    needs = (Pattern.of("tree", condition="tidy"),)
    gives = (Pattern.of("volume", format="iso"),)
    tools = (
        "cat",
        "cmp",
        "find",
        "genisoimage",
        "grep",
        "head",
        "isoinfo",
        "ls",
        "sed",
        "sort",
        "wc",
    )
    packages = ("genisoimage", "xorriso")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Tree)
        folders = source.folders()
        deep = [f for f in folders if any(x.name.startswith(f"{f}/") for x in source.files)]
        if len(deep) < 2 or any(file.target for file in source.files):
            raise Unsuitable("one folder only, or links")
        left_out = draw.choice([f for f in deep if "/" not in f])
        kept = [file for file in source.files if not file.name.startswith(f"{left_out}/")]
        if not kept or any(f.name.rpartition("/")[2] == left_out for f in source.files):
            raise Unsuitable("nothing would be left")
        word = "".join(c for c in world.theme.key.upper() if c.isalnum())
        volume = f"{word}_{draw.choice(['DOCS', 'PAPERS', 'FILES'])}_{draw.integer(1, 9)}"
        publisher = world.theme.organisation.upper().replace("&", "AND")
        publisher = "".join(c if c.isalnum() else "_" for c in publisher)
        target = world.output(draw, ["disc", "master", word.lower()], ".iso")
        result = Volume(
            path=target,
            noun=f"disc with the {source.noun}",
            tree=on_disc(source.with_files(kept)),
            format="iso",
            label=volume,
        )
        names = byte_sorted(f"/{file.name}" for file in kept)
        listing = Report(
            path=world.output(draw, ["disc-contents", "inlay", "contents"], ".txt"),
            noun="contents of the disc",
            value=names,
            format="text",
        )
        inner = {
            "/" + "/".join(n.split("/")[1:end]) for n in names for end in range(2, n.count("/") + 1)
        }
        every = byte_sorted({*names, *(name for name in inner if name != "/")})
        here, there, out = quoted(source.path), quoted(target), quoted(listing.path)
        make = (
            f"genisoimage -quiet -r -J -joliet-long -V {volume} -publisher {publisher} \\\n"
            f"  -m {quoted(left_out)} -o {there} {here}"
        )
        plain = make.replace("\\\n", "")
        return Move(
            focus=result,
            makes=[listing, result],
            request=[
                f"Prepare a disc with the contents of `{source.path}`: the ISO 9660 image "
                f"`{target}`, volume id `{volume}`, publisher `{publisher}`, with Rock Ridge and "
                "Joliet names that are those of the files. The contents of the folder lie at the "
                f"root of the disc; `{left_out}` with all that is in it stays out. On the disc "
                "everything belongs to user and group 0, files are readable by all and writable "
                "by nobody. The image must be complete, as long as its header says. "
                f"`{listing.path}` lists the files of the disc by their Rock Ridge "
                "paths from the root (starting with a slash, no folders), one a line in byte "
                "order.",
                f"We hand out what is in `{source.path}` on disc, all but the folder "
                f"`{left_out}`. Master the image as `{target}` with the volume id `{volume}` and "
                f"the publisher `{publisher}`; what is in the folder goes to the disc's root. "
                "Unix and Windows must both see the true names (Rock Ridge and Joliet), and the "
                "disc should show user and group 0 as owner, with files that all can read and "
                "none can write; its length is the one that its header states. "
                f"For the inlay write `{listing.path}`: the paths of all files "
                "on the disc as Rock Ridge has them, from the root with a leading slash, one a "
                "line, in byte order, without the folders.",
            ],
            steps=[
                look(
                    f"ls -l {here}; find {here} -type f | sort | head -n 6",
                    f"The folder {left_out} is not to be on the disc.",
                    "See the folders and how long the names are.",
                ),
                do(
                    make,
                    "Part of the files goes onto the disc. With -r the disc shows root as owner "
                    "and no write bits; -J adds the names for Windows.",
                    "Write the image.",
                    0.5,
                ),
                do(
                    f"isoinfo -R -f -i {there} | LC_ALL=C sort > /tmp/all &&\n"
                    f"  isoinfo -R -l -i {there} | grep -c '^-r--r--r--' &&\n"
                    f"  (cd {here} && find . -type f | sed 's/^.//') | LC_ALL=C sort |\n"
                    f"  grep -Fxf /tmp/all > {out}",
                    "isoinfo lists folders as well; those names that are files in the source are "
                    "the ones to keep.",
                    "Take the list from the image itself.",
                ),
                look(
                    f"isoinfo -d -i {there} | grep -E 'Volume id|Publisher|Joliet|Rock'; "
                    f"head -n 4 {out}; cat {out} | wc -l; "
                    f"isoinfo -R -i {there} -x {quoted(names[0])} | cmp - "
                    f"{quoted(source.path + names[0])}",
                    "Are the ids right, and is the first file the same as its source?",
                    "Read the header, and compare one file.",
                ),
            ],
            checks=[
                shell_prints(
                    f"size=$(isoinfo -d -i {there} | sed -n 's/^Volume size is: //p')\n"
                    f"[ $(stat -c %s {there}) -eq $((size * 2048)) ]\n"
                    f"isoinfo -d -i {there} | sed -nE 's/ +$//; /^(Volume|Publisher) id/p'\n"
                    f"isoinfo -R -f -i {there} | sort\necho\nisoinfo -J -f -i {there} | sort",
                    f"Volume id: {volume}\nPublisher id: {publisher}\n"
                    + "".join(f"{name}\n" for name in every)
                    + "\n"
                    + "".join(f"{name}\n" for name in every),
                    about=f"{target} has its ids, and the same names in Rock Ridge and Joliet.",
                    paths=[target],
                    key="names",
                ),
                shell_prints(
                    f"isoinfo -R -l -i {there} | sed -nE 's/^(-[^ ]+) +[0-9]+ +([0-9]+) +"
                    "([0-9]+) .*/\\1 \\2 \\3/p' | sort -u",
                    "-r--r--r-- 0 0\n",
                    about="Everybody may read the files of the disc, nobody may write them.",
                    paths=[target],
                    key="modes",
                    weight=0.5,
                ),
            ],
            wrong=[
                Wrong("no names for Windows", command=plain.replace("-J -joliet-long ", "")),
                Wrong("one's own ids are on the disc", command=plain.replace(" -r ", " -R ")),
                Wrong(
                    "the folder was not left out",
                    command=plain.replace(f"-m {quoted(left_out)} ", ""),
                ),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"genisoimage -quiet -V {volume * 5} -o /tmp/x.iso {here}",
                    symptom=r"Volume ID string too long",
                    diagnosis="A volume id has 32 characters at most.",
                ),
                Mistake(
                    "hallucination",
                    before=3,
                    command=f"isoinfo --check-joliet -i {there}",
                    symptom=r"(Bad Option|Usage|isoinfo: )",
                    diagnosis="isoinfo has -d for the header and -J -f for the Joliet names.",
                ),
            ],
        )

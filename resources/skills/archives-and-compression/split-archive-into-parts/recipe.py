"""Split an archive into parts."""

from __future__ import annotations

from shellwright.recipe import (
    Archive,
    Delivery,
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
)

#: Packers differ by some per cent: this many parts come out whatever tool made the archive.
ABOUT = 2.5


class SplitArchiveIntoParts(Recipe):
    """Numbered parts of an archive lie in a folder, with a list of their checksums."""

    needs = (
        Pattern.of("archive", format=("tar.gz", "tar.xz", "tar.bz2", "zip"), origin="received"),
    )
    gives = (Pattern.of("delivery", wrapping="parts", origin="made"),)
    tools = ("cat", "cmp", "ls", "mkdir", "sha256sum", "split", "stat")
    packages = ("diffutils",)

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Archive)
        parcels = [each for each in world.resources.values() if isinstance(each, Delivery)]
        if any(each.wrapping == "parts" for each in parcels):
            raise Unsuitable("it came in parts")
        folder = world.output(draw, ["parts", "for_upload", "pieces"])
        size = max(64, int(len(source.content()) / ABOUT) // 64 * 64 + 64)
        result = Delivery(
            path=folder,
            noun=f"parts of the {source.noun}",
            archive=source,
            wrapping="parts",
            size=size,
        )
        name = result.name
        world.take(entry.path for entry in result.entries())
        here, there, bare = quoted(source.path), quoted(folder), quoted(name)
        count = len(result.parts())
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"Cut `{source.path}` into parts of `{size}` bytes (the last one may be shorter) "
                f"in the folder `{folder}`: `{name}.01`, `{name}.02` and so on. `SHA256SUMS` in "
                "the same folder lists the SHA-256 sum of each part in order, "
                "`<sum>  <part>` with two spaces and without a folder. The archive itself stays.",
                f"The upload form takes no more than `{size}` bytes at a time. Put `{source.path}` "
                f"into `{folder}` as pieces of exactly that size, save for the last, named "
                f"`{name}.01`, `{name}.02` ..., next to a list `SHA256SUMS` with one line "
                "`<sum>  <part>` (SHA-256, two spaces, bare name) for each piece, in order. "
                "Nothing else goes there; keep the original.",
            ],
            steps=[
                look(
                    f"stat -c '%s %n' {here}",
                    f"Parts of {size} bytes are wanted.",
                    "See how large the archive is.",
                ),
                do(
                    f"mkdir -p {there} && "
                    f"split -b {size} --numeric-suffixes=1 -a 2 {here} {there}/{bare}.",
                    f"That makes {count} parts, numbered with two digits from 01.",
                    "Split it into the folder.",
                ),
                do(
                    f"(cd {there} && sha256sum {bare}.?? > SHA256SUMS)",
                    "The parts are there. The list must not carry the folder in its names.",
                    "Write the list of sums from within the folder.",
                ),
                look(
                    f"ls -l {there}; (cd {there} && sha256sum -c SHA256SUMS); "
                    f"cat {there}/{bare}.?? | cmp - {here} && echo identical",
                    "Joined in order, the parts must give the archive.",
                    "Check the sums and compare the joined parts with the original.",
                ),
            ],
            wrong=[
                Wrong(
                    "the list names the parts with their folder",
                    command=f"sha256sum {there}/{bare}.?? > {there}/SHA256SUMS",
                ),
                Wrong(
                    "numbering starts at 00",
                    command=f"cd {there} && rm * && split -b {size} -d -a 2 {here} {bare}. && "
                    f"sha256sum {bare}.?? > SHA256SUMS",
                ),
                Wrong(
                    "equal parts instead of parts of the given size",
                    command=f"cd {there} && rm * && "
                    f"split -n {count} --numeric-suffixes=1 -a 2 {here} {bare}. && "
                    f"sha256sum {bare}.?? > SHA256SUMS",
                ),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"split -b 16 -a 1 {here} /tmp/probe.",
                    symptom=r"split: output file suffixes exhausted",
                    diagnosis="Tiny parts and one letter of suffix: there are more parts than "
                    "names. The size has to be the one asked for.",
                    recovery="rm -f /tmp/probe.?",
                ),
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"split -b {size} --suffix-start=1 {here}",
                    symptom=r"split: unrecognized option '--suffix-start=1'",
                    diagnosis="The first number is given to --numeric-suffixes.",
                ),
            ],
        )

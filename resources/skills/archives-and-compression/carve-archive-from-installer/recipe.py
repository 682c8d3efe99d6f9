"""Cut an archive out of a self-extracting script."""

from __future__ import annotations

from shellwright.recipe import (
    Delivery,
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
)
from shellwright.recipe.kinds.delivery import has_bytes
from shellwright.recipe.wrapping import MARKER, SIGNATURE


class CarveArchiveFromInstaller(Recipe):
    """The archive below an installer script lies in a file of its own."""

    needs = (Pattern.of("delivery", wrapping="installer"),)
    gives = (Pattern.of("archive", origin="received"),)
    tools = ("cut", "dd", "file", "grep", "gzip", "sed", "stat", "tail", "tar", "xxd")
    packages = ("file", "xxd")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Delivery)
        stem = source.name.partition(".")[0]
        target = world.output(draw, [stem, "payload", f"{stem}-carved"], ".tar.gz")
        result = source.archive.at(target)
        here, there = quoted(source.path), quoted(target)
        content = source.archive.content()
        start = source.content.index(content)
        carve = (
            f"marker=$(grep -abo '^{MARKER}$' {here} | cut -d: -f1)\n"
            f"first=$((marker + {len(MARKER) + 1}))\n"
            f"count=$(($(stat -c %s {here}) - first - {SIGNATURE}))\n"
            f"dd if={here} of={there} bs=64K iflag=skip_bytes,count_bytes "
            'skip="$first" count="$count" status=none'
        )
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"`{source.path}` is an installer: a shell script with a gzipped tar behind its "
                f"last line, `{MARKER}`, and a signature of `{SIGNATURE}` bytes at the very end. "
                f"Save the tar.gz alone, byte for byte, as `{target}`. Nobody trusts the script, "
                "so it must not be run.",
                f"I need the archive inside the self-extracting script `{source.path}` as "
                f"`{target}`, without running that script. It starts right after the line "
                f"`{MARKER}` and ends before the signature, which takes up the last "
                f"`{SIGNATURE}` bytes of the file; not a byte more or less, please.",
            ],
            steps=[
                look(
                    f"file {here}; sed '/^{MARKER}$/q' {here}; tail -c {SIGNATURE} {here}",
                    "I read the script instead of running it, and look at the end of the file.",
                    "Show the script up to the marker, and the signature.",
                ),
                look(
                    f"grep -abo '^{MARKER}$' {here}; stat -c %s {here}; "
                    f"xxd -s {start} -l 16 {here}",
                    "The script mentions the marker itself, so only a whole line counts. Where "
                    "is it, and does gzip begin behind it, as its two magic bytes would show?",
                    "Find the byte offset of the marker line and look at what follows.",
                ),
                do(
                    carve,
                    f"The archive begins at byte {start} and ends {SIGNATURE} bytes early.",
                    "Cut out exactly that range.",
                ),
                look(
                    f"gzip -t {there} && stat -c '%s %n' {there} && tar -tzf {there} | tail -n 3",
                    "Is it as long as what lies between marker and signature, and sound to the "
                    "last byte?",
                    "Test it and compare the size.",
                ),
            ],
            checks=[has_bytes(target, content, f"{target} is the archive alone, byte for byte.")],
            wrong=[
                Wrong(
                    "the signature was left at the end",
                    path=target,
                    content=source.content[start:],
                ),
                Wrong(
                    "the line end of the marker was taken along",
                    path=target,
                    content=source.content[start - 1 : -SIGNATURE],
                ),
                Wrong("a byte is missing at the end", path=target, content=content[:-1]),
            ],
            mistakes=[
                Mistake(
                    "analysis",
                    before=1,
                    command=f"tar -tzf {here}",
                    symptom=r"not in gzip format",
                    diagnosis="The file begins with a script; the archive has to be cut out first.",
                ),
                Mistake(
                    "command",
                    before=2,
                    command=f"dd if={here} of={there} skip={start}B count=all status=none",
                    symptom=r"dd: invalid number",
                    diagnosis="count takes a number only; without it dd reads to the end, which is "
                    "not wanted either.",
                    recovery=f"rm -f {there}",
                ),
            ],
        )

"""Join the parts of an archive."""

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


class JoinArchiveParts(Recipe):
    """The parts of an archive, the damaged one replaced, are one file again."""

    needs = (Pattern.of("delivery", wrapping="parts", origin="received"),)
    gives = (Pattern.of("archive", origin="received"),)
    tools = ("cat", "cut", "gzip", "head", "ls", "sha256sum", "tar")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Delivery)
        stem = source.name.partition(".")[0]
        target = world.output(draw, [stem, f"{stem}-complete"], ".tar.gz")
        result = source.archive.at(target)
        here, there, bare = quoted(source.path), quoted(target), quoted(source.name)
        parts = dict(source.parts())
        damaged = f"{source.name}.{source.resent}"
        arrived = {e.path.rpartition("/")[2]: e.content for e in source.entries()}
        join = (
            f"cd {here}\n"
            "while read -r sum part; do\n"
            '  for file in "$part" "$part.resent"; do\n'
            '    [ "$(sha256sum < "$file" | cut -c 1-64)" = "$sum" ] && break\n'
            "  done\n"
            '  cat "$file"\n'
            f"done < SHA256SUMS > {there}"
        )
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"Put the numbered parts of `{source.name}` in `{source.path}` together again, as "
                f"`{target}`. The sums in `SHA256SUMS` say what each part should be; the part that "
                "got damaged on the way was sent a second time and lies there with `.resent` at "
                "the end of its name. The result has to be the original archive, byte for byte.",
                f"`{source.path}` holds `{source.name}` in numbered parts. Make one file of them, "
                f"`{target}`, identical to what was cut up. One part does not have the sum that "
                "`SHA256SUMS` gives for it; use its second copy (same name with `.resent`) "
                "instead.",
                f"`{source.name}` was sent in numbered pieces, which lie in `{source.path}`. "
                f"Rebuild it as `{target}`. Careful with one piece: it does not match "
                "`SHA256SUMS`, and only its repeat, which has `.resent` after the name, does. "
                "Done if the outcome equals the archive before it was divided.",
                f"Can the pieces in `{source.path}` be made into `{source.name}` again? Their "
                "sums are in `SHA256SUMS`. One arrived corrupt and was replaced afterwards; the "
                "replacement carries the name of the piece followed by `.resent`. I expect "
                f"`{target}` with the sender's exact content, pieces in numerical order and each "
                "in its sound version.",
            ],
            steps=[
                look(
                    f"ls -l {here}; (cd {here} && sha256sum -c --quiet SHA256SUMS 2>&1 || true)",
                    "Which parts are there, in what order, and which of them is bad?",
                    "List the parts and check them against the list.",
                    fails=True,
                ),
                do(
                    f"({join})",
                    f"{damaged} fails. The list has the parts in order, which a pattern would not "
                    "(10 before 2), so I go by the list and by the sums in it.",
                    "For each listed part write the copy that has the listed sum.",
                ),
                look(
                    f"gzip -t {there} && tar -tzf {there} | head -n 5; sha256sum {there}",
                    "All parts are joined; is the archive sound now?",
                    "Test the archive and list the first members.",
                ),
            ],
            checks=[
                has_bytes(
                    target,
                    source.archive.content(),
                    f"{target} is the archive that was cut up, byte for byte.",
                )
            ],
            wrong=[
                Wrong(
                    "the damaged part was used",
                    path=target,
                    content=b"".join(arrived[name] for name in parts),
                ),
                Wrong(
                    "the parts are in the order of their names",
                    path=target,
                    content=b"".join(parts[name] for name in sorted(parts)),
                ),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"cat {here}/{bare}.* > {there} && gzip -t {there}",
                    symptom=r"gzip: .*(invalid|crc|unexpected|corrupt)",
                    diagnosis="The pattern puts 10 and 11 before 2 and takes both copies of the "
                    "bad part; that is no archive.",
                    recovery=f"rm -f {there}",
                ),
                Mistake(
                    "verification",
                    before=1,
                    command=f"sha256sum -c {here}/SHA256SUMS 2>&1 | tail -n 2",
                    symptom=r"could not be read",
                    diagnosis="The names in the list are relative; it has to be checked from "
                    "within the folder.",
                ),
            ],
        )

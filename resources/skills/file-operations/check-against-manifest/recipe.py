"""Check a folder against its list of checksums."""

from __future__ import annotations

from shellwright.recipe import (
    Column,
    Draw,
    Manifest,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Unsuitable,
    World,
    byte_sorted,
    do,
    look,
    quoted,
    summary,
)
from shellwright.recipe.kinds.manifest import sums

COLUMNS = (Column("path", "path"), Column("status", "status"))


class CheckAgainstManifest(Recipe):
    """One row a file that is not as a list of checksums says."""

    needs = (Pattern.of("manifest", condition="stale"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="listing"),)
    tools = ("cat", "comm", "cut", "find", "head", "sed", "sha256sum", "sort", "wc")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Manifest)
        now, listed = sums(source.tree), sums(source.listed)
        if any(set(name) & set(',:"\\') for name in {*now, *listed}):
            raise Unsuitable("names that need quoting")
        status = {name: "missing" for name in listed if name not in now}
        status |= {name: "unlisted" for name in now if name not in listed}
        status |= {
            name: "changed" for name in listed if now.get(name, "") not in ("", listed[name])
        }
        rows = [(name, status[name]) for name in byte_sorted(status)]
        target = world.output(draw, ["problems", "check_result", "integrity"], ".csv")
        result = summary(target, "result of the integrity check", COLUMNS, rows)
        here, folder, out = quoted(source.path), quoted(source.tree.path), quoted(target)
        script = (
            f"cd {folder}\n"
            f"{{ {{ LC_ALL=C sha256sum -c --quiet {here} 2> /dev/null || true; }} |\n"
            "    sed 's/: FAILED open or read$/,missing/; s/: FAILED$/,changed/'\n"
            f"  LC_ALL=C comm -13 <(cut -c 67- {here} | LC_ALL=C sort) \\\n"
            "    <(find . -type f -printf '%P\\n' | LC_ALL=C sort) | sed 's/$/,unlisted/'\n"
            f"}} | LC_ALL=C sort -t, -k1,1 | sed '1i path,status' > {out}"
        )
        known = [row for row in rows if row[1] != "unlisted"]
        lumped = [(path, "changed" if word == "missing" else word) for path, word in rows]
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"Check `{source.tree.path}` against `{source.path}` and write what is wrong to "
                f"`{target}`: CSV, header `path,status`, one row a file. The status is `changed` "
                "where the sum differs, `missing` where a listed file does not exist, `unlisted` "
                "where a file is there that the list does not know. Byte order of the paths, "
                "which are relative to the folder; files that are fine do not appear.",
                f"Is the folder `{source.tree.path}` still what `{source.path}` says? Report "
                f"every deviation in the CSV file `{target}` with the header `path,status`, "
                "sorted by path (bytes). Paths are relative to the folder, and the status is one "
                "of `changed` (another sum), `missing` (listed, not there) and `unlisted` (there, "
                "not listed).",
            ],
            steps=[
                look(
                    f"head -n 3 {here}; wc -l < {here}; find {folder} -type f | wc -l",
                    "What does the list name, and are there as many files?",
                    "Look at the list and count both sides.",
                ),
                look(
                    f"(cd {folder} && sha256sum -c --quiet {here} 2>&1 || true) | head -n 20",
                    "Numbers of files and lines do not tell which are bad.",
                    "Let sha256sum check the list and see what it prints.",
                    fails=True,
                ),
                do(
                    f"({script})",
                    "sha256sum names changed and missing files; files that nobody listed have to "
                    "be found by comparing names.",
                    "Turn its messages into rows, add the unlisted files, sort by path.",
                ),
                look(
                    f"cat {out}",
                    "Does it have every deviation that sha256sum printed, and those that the "
                    "list cannot know?",
                    "Read the result.",
                ),
            ],
            wrong=[
                *result.with_rows(known).as_wrong("files that are not listed were overlooked"),
                *result.with_rows(lumped).as_wrong("missing files are called changed"),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"(cd /tmp && sha256sum -c {here}) 2>&1 | tail -n 3",
                    symptom=r"listed files? could not be read",
                    diagnosis="The names are relative to the folder; the check has to run there, "
                    "otherwise everything is missing.",
                ),
                Mistake(
                    "hallucination",
                    before=2,
                    command=f"(cd {folder} && sha256sum --report-extra -c {here})",
                    symptom=r"sha256sum: unrecognized option '--report-extra'",
                    diagnosis="sha256sum has no option for files that are not listed; comm can "
                    "compare the names.",
                ),
            ],
        )

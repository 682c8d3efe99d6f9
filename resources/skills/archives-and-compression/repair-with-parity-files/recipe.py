"""Repair a damaged delivery with its recovery files."""

from __future__ import annotations

from shellwright.recipe import (
    Archive,
    Column,
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
    summary,
)
from shellwright.recipe.kinds.delivery import has_bytes
from shellwright.recipe.kinds.transfer import Transfer

COLUMNS = (Column("part", "part"), Column("state", "state"))


class RepairWithParityFiles(Recipe):
    """The archive is whole again; a table says in which state each part arrived."""

    needs = (Pattern.of("transfer", form="parity"),)
    gives = (Pattern.of("archive", format="tar.gz", holds="tree", origin="received"),)
    tools = (
        "cat",
        "cp",
        "grep",
        "gzip",
        "ls",
        "mktemp",
        "par2",
        "rm",
        "sed",
        "sort",
        "tail",
        "tar",
    )
    packages = ("par2",)
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Transfer)
        archive = source.payload
        assert isinstance(archive, Archive)
        index, (stray, astray) = source.fact("index")[0], source.fact("stray")
        parts, (hurt, cut, lost) = source.fact("parts"), source.fact("bad")
        name = archive.path.rpartition("/")[2]
        result = archive.at(world.output(draw, [name.removesuffix(".tar.gz")], ".tar.gz"))
        content = archive.content()
        state = {hurt: "damaged", cut: "damaged", lost: "missing", astray: "misnamed"}
        rows = [(part, state.get(part, "intact")) for part in parts]
        table = summary(
            world.output(draw, ["parts", "part_states", "arrival"], ".csv"),
            "states of the parts",
            COLUMNS,
            rows,
        )
        here, there, out = quoted(source.path), quoted(result.path), quoted(table.path)
        survey = (
            f"cd {here} && {{ par2 verify -q {quoted(index)} ./* || true; }} |\n"
            '  sed -nE \'s/^(Target|File): "([^"]+)" - found\\.$/\\2,intact/p\n'
            '    s/^Target: "([^"]+)" - missing\\.$/\\1,missing/p\n'
            '    s/^Target: "([^"]+)" - damaged.*/\\1,damaged/p\n'
            '    s/^File: "([^"]+[.][0-9]{3})" - no data found\\.$/\\1,damaged/p\n'
            '    s/^File: "[^"]+" - is a match for "([^"]+)"\\.$/\\1,misnamed/p\' |\n'
            "  LC_ALL=C sort | LC_ALL=C sort -t, -k1,1 -u -s |\n"
            f"  sed '1i part,state' > {out}"
        )
        mend = (
            "work=$(mktemp -d)\n"
            f'cp {here}/* "$work/" && cd "$work"\n'
            f"par2 repair -q {quoted(index)} ./* > /dev/null\n"
            f"cat {quoted(name)}.[0-9][0-9][0-9] > {there}\n"
            'cd / && rm -r "$work"'
        )
        return Move(
            focus=result,
            makes=[table, result],
            request=[
                f"The parts of `{name}` in `{source.path}` did not survive the line. Restore the "
                "archive from them and from the PAR2 files, and put it together as "
                f"`{result.path}`, byte for byte as it was sent; the upload itself is evidence, so "
                f"nothing in that folder may change. In `{table.path}` I need a CSV "
                "`part,state` with a row for every part that was sent, by name: its state when it "
                "arrived is `intact`, `damaged` (whether altered or cut short), `misnamed` (whole, "
                "but under another name) or `missing`.",
                f"Some parts of the archive `{name}` arrived broken, one does not have its name "
                f"and one is not there at all; all of that is in `{source.path}`, with PAR2 "
                f"recovery data. Rebuild the archive as `{result.path}`, exactly the bytes that "
                "were sent, without touching the upload folder. And tell the sender what came: "
                f"`{table.path}`, CSV with the columns `part,state`, one row for each part of the "
                "original set in order of names, the state being `intact`, `damaged` (also if it "
                "is too short), `misnamed` if it is complete under a wrong name, or `missing`.",
            ],
            steps=[
                look(
                    f"ls -l {here}",
                    "Parts seem to be missing, and one file may have a wrong name.",
                    "List the upload.",
                ),
                look(
                    f"cd {here} && par2 verify -q {quoted(index)} | tail -n 14",
                    f"{index} has the sums of all parts. What does it say?",
                    "Verify the upload, which writes nothing.",
                    fails=True,
                ),
                look(
                    f"cd {here} && par2 verify -q {quoted(index)} ./* | grep -E 'match|blocks|Rep'",
                    "A file under a wrong name is only found if it is named.",
                    "Verify again and let every file of the folder be searched.",
                ),
                do(
                    f"({survey})",
                    f"{stray} is {astray}; {lost} is nowhere, {hurt} and {cut} are damaged. This "
                    "has to be written down before anything is repaired.",
                    "Turn what the verification says into a row for each part.",
                    0.5,
                ),
                do(
                    f"({mend})",
                    "There are enough recovery blocks. The repair writes into its folder, so it "
                    "gets a copy.",
                    "Repair a copy and join the parts in order.",
                    0.8,
                ),
                look(
                    f"gzip -t {there} && tar -tzf {there} | tail -n 3; cat {out}",
                    "Is it a sound gzip file now?",
                    "Test the archive and read the table.",
                ),
            ],
            checks=[
                has_bytes(result.path, content, f"{result.path} is what was sent, byte for byte.")
            ],
            wrong=[
                *table.with_rows(
                    (part, "missing" if word == "misnamed" else word) for part, word in rows
                ).as_wrong("the misnamed part is called missing"),
                *table.with_rows(row for row in rows if row[1] != "intact").as_wrong(
                    "intact parts are left out"
                ),
                Wrong(
                    "parts were joined as they came",
                    command=f"cat {here}/{quoted(name)}.[0-9][0-9][0-9] > {there}",
                ),
            ],
            mistakes=[
                Mistake(
                    "verification",
                    before=3,
                    command=f"cat {here}/{quoted(name)}.* | gzip -t",
                    # Where the first part has lost its name, another one comes first.
                    symptom=r"gzip: stdin: (invalid compressed data|unexpected end of file|"
                    r"not in gzip format)",
                    diagnosis="The parts that have their names do not make up a sound archive; "
                    "they have to be repaired first.",
                ),
                Mistake(
                    "command",
                    before=4,
                    command=f"(cd /tmp && par2 repair -q {quoted(name)}.001)",
                    symptom=r"(You must specify|could not be found|No PAR|does not exist|file)",
                    diagnosis="par2 wants a recovery file and to be run where the parts are.",
                ),
            ],
        )

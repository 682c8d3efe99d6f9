"""Mend a delivery with unquoted commas and append it to a table."""

from __future__ import annotations

from shellwright.recipe import (
    Draw,
    Entry,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Report,
    Row,
    Table,
    Unsuitable,
    World,
    byte_sorted,
    do,
    look,
    quoted,
)
from shellwright.recipe.tabular import differing

MENDED = "/tmp/mended.csv"


class AppendRaggedDelivery(Recipe):
    """A table with the complete lines of a delivery worked in, and a list of the others."""

    needs = (Pattern.of("table", format="csv", condition="clean", shape="records", extent="full"),)
    gives = (
        Pattern.of("table", format="csv", condition="clean", shape="records", extent="merged"),
    )
    tools = ("awk", "cat", "csvclean", "csvsort", "csvsql", "csvstack", "head", "sed", "tail", "wc")
    packages = ("csvkit",)
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        key, fields = source.name("id"), len(source.columns)
        ids = source.values("id")
        if source.columns[-1].role != "note" or source.columns[0].role != "id":
            raise Unsuitable("the notes are not in the last column, or the ids not in the first")
        if len(set(ids)) < len(ids) or any("," in cell for row in source.rows for cell in row[:-1]):
            raise Unsuitable("ids that are there twice, or commas before the notes")
        rows = delivered(source, draw)
        ragged = [row for row in rows if "," in row[-1]]
        short = draw.sample([row for row in rows if row not in ragged], draw.integer(2, 3))
        if len(ragged) < 3 or any(row[-1].startswith('"') for row in rows):
            raise Unsuitable("too few notes with commas, or notes that begin with quotes")
        cuts = {row: ",".join(row[: draw.integer(2, fields - 2)]) for row in short}
        lines = [cuts.get(row, ",".join(row)) for row in rows]
        complete = [row for row in rows if row not in short]
        delivery = world.input(draw, ["delivery", "late_batch", "second_part"], ".csv")
        target = world.output(draw, ["complete", "all_records", "merged"], ".csv")
        rest = world.output(draw, ["rejected", "cut_off", "returned_lines"], ".txt")
        place = {
            one: n for n, one in enumerate(byte_sorted(row[0] for row in (*source.rows, *rows)))
        }

        def merged(new: list[Row]) -> tuple[Row, ...]:
            return tuple(sorted((*source.rows, *new), key=lambda row: place[row[0]]))

        result = source.with_rows(
            merged(complete),
            path=target,
            noun=f"{world.theme.record} records with the delivery",
            extent="merged",
        )
        rejected = [line for row, line in zip(rows, lines, strict=True) if row in short]
        listed = Report(
            path=rest, noun="lines that are cut off", value=rejected, format="text", weight=1.0
        )
        here, there, given, left = (quoted(p) for p in (source.path, target, delivery, rest))
        cutoff = [(*row[:-1], row[-1].split(",")[0]) for row in complete]
        emptied = [
            row if row[-1] not in ("none", "n/a") else (*row[:-1], "") for row in result.rows
        ]
        text = ",".join(source.header) + "\n" + "".join(f"{line}\n" for line in lines)
        commas = fields - 1
        return Move(
            focus=result,
            makes=[result, listed],
            brings=[Entry(delivery, text.encode())],
            request=[
                f"`{delivery}` has more records for `{source.path}`, same columns. The program "
                "that wrote it quotes nothing, so a comma within "
                f"`{source.header[-1]}`, the last column, looks like another separator, and some "
                "lines were cut off on their way. Please put both into one proper "
                f"CSV file, `{target}`: header as it is, all records sorted by `{key}`, notes "
                "complete with their commas and quotation marks. Lines of the delivery with fewer "
                f"than `{fields}` columns stay out; list them in `{rest}`, unchanged and in "
                "their order, one a line and without a header.",
                f"A delivery came in, `{delivery}`, to be added to `{source.path}` (same header). "
                f"It is ragged: there is no quoting at all, and the free text in the last column, "
                f"`{source.header[-1]}`, has commas of its own. Besides, a few lines end too "
                f"early, with fewer than `{fields}` columns; those go to `{rest}` exactly "
                "as they came, in the same order, no header, and nowhere else. All other records, "
                f"ours and theirs, go to `{target}`, valid CSV with the same header, ordered by "
                f"`{key}`, and not a character of the text may be lost.",
            ],
            steps=[
                look(
                    f"head -n 4 {given}; wc -l {given} {here}; csvclean -n {given} | head -n 24",
                    "The delivery is said to be ragged.",
                    "Read some lines and have those with a wrong number of fields listed.",
                ),
                do(
                    f"awk -F , 'NF < {fields}' {given} > {left}",
                    "Some lines have too many fields because of commas in the last column, "
                    "others have too few.",
                    "Set the lines that are too short aside as they are.",
                ),
                do(
                    f"head -n 1 {given} > {MENDED}\ntail -n +2 {given} | awk -F , 'NF >= {fields}' "
                    f'| sed -E \'s/"/""/g; s/^(([^,]*,){{{commas}}})(.*)$/\\1"\\3"/\' >> '
                    f"{MENDED}",
                    f"Whatever stands behind the comma number {commas} is the note. Quotes inside "
                    "have to be doubled.",
                    "Quote the last column of all lines that are long enough.",
                ),
                look(
                    f"csvclean -n {MENDED}; csvsql --query 'SELECT {source.name('category')}, "
                    f"count(*), sum({source.name('amount')}) FROM mended GROUP BY 1' {MENDED} "
                    "2> /tmp/csvsql.log",
                    f"The lines that are left should all have {fields} fields.",
                    "Check the mended lines, and see whether the figures are plausible.",
                ),
                do(
                    f"csvstack {here} {MENDED} | csvsort -I --blanks -c {key} > {there}",
                    "Both have one header now. A note that reads none must not become blank, so "
                    "neither types nor blanks are to be guessed.",
                    "Stack both tables and sort them by id as text.",
                ),
                look(
                    f"csvclean -n {there}; wc -l {there}; cat {left}; tail -n 3 {there}",
                    "Are all records there now, the old ones and those of the delivery that "
                    "could be used?",
                    "Check the result, its length, and what was set aside.",
                ),
            ],
            wrong=[
                *differing(
                    result,
                    [
                        (
                            "lines with commas in the note are left out",
                            result.with_rows(merged([r for r in complete if r not in ragged])),
                        ),
                        ("notes end at the first comma", result.with_rows(merged(cutoff))),
                        ("notes that read none are emptied", result.with_rows(emptied)),
                        ("not sorted", result.with_rows([*source.rows, *complete])),
                    ],
                ),
                *Report(
                    path=rest,
                    noun="",
                    format="text",
                    value=[line for line in lines if line.count(",") != commas],
                ).as_wrong("every ragged line is rejected"),
            ],
            mistakes=[
                Mistake(
                    "verification",
                    before=2,
                    command=f"csvstack {here} {given} | csvclean -n | tail -n 3",
                    symptom=r"Expected \d+ columns, found \d+ columns|Line \d+",
                    diagnosis="Stacked as it is, the delivery leaves lines with a wrong number of "
                    "fields. It has to be mended first.",
                ),
                Mistake(
                    "hallucination",
                    before=2,
                    command=f"csvclean --fix {given}",
                    symptom=r"unrecognized arguments: --fix",
                    diagnosis="csvclean only sorts out lines; how the commas are meant it cannot "
                    "know.",
                ),
            ],
        )


def delivered(table: Table, draw: Draw) -> list[Row]:
    """New records like those of the table, with ids of their own among and after the others."""
    taken = set(table.values("id"))
    prefix, _, digits = max(taken).rpartition("-")
    low = min(int(one.rpartition("-")[2]) for one in taken)
    free = [
        one
        for number in range(low, int(digits) + 30)
        if (one := f"{prefix}-{number:0{len(digits)}d}") not in taken
    ]
    numbers = draw.sample(free, draw.integer(18, 30))
    return [(one, *draw.choice(table.rows)[1:]) for one in numbers]

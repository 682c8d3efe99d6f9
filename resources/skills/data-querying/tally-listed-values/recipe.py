"""Count how often each value of one column of a listing occurs."""

from __future__ import annotations

from collections import Counter

from shellwright.recipe import (
    Column,
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Row,
    Table,
    Unsuitable,
    World,
    do,
    look,
    quoted,
)
from shellwright.recipe.kinds.table import NUMERIC, summary
from shellwright.recipe.tabular import differing

#: Names for the rows without a value.
EMPTY = ("(none)", "(empty)", "(not given)")


class TallyListedValues(Recipe):
    """A listing becomes a value and its number of rows, the most frequent first."""

    needs = (Pattern.of("table", format=("csv", "tsv"), condition="clean", shape="listing"),)
    gives = (
        Pattern.of(
            "table", format=("csv", "tsv"), condition="clean", shape="summary", extent="full"
        ),
    )
    tools = ("mlr", "gawk", "sort", "head", "tail", "cut", "uniq", "wc")
    packages = ("miller", "gawk")

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        places = [place for place in range(len(source.columns)) if _worth_counting(source, place)]
        if not places:
            raise Unsuitable("every value occurs once, or there is only one")
        place = draw.choice(places)
        column, form = source.header[place], source.format
        counted, empty = draw.choice(["rows", "entries", "times"]), draw.choice(EMPTY)
        if counted == column or empty in {row[place] for row in source.rows}:
            raise Unsuitable("a name of the result is in use")
        number = Counter(row[place] or empty for row in source.rows)
        rows = sorted(((key, str(n)) for key, n in number.items()), key=_rank)
        target = world.output(draw, ["tally", f"{column}_counts", "how_many_of_each"], f".{form}")
        columns = [Column(column, source.columns[place].role), Column(counted, "count")]
        result = summary(target, f"rows by {column}", columns, rows, form)
        here, there = quoted(source.path), quoted(target)
        cells = (
            f"mlr --icsv --headerless-csv-output --onidx cut -f {quoted(column)} {here}"
            if form == "csv"
            else f"tail -n +2 {here} | cut -f {place + 1}"
        )
        count = {
            "csv": f"mlr --csv put 'is_empty(${{{column}}}) {{ ${{{column}}} = \"{empty}\" }}' \\\n"
            f"  then count-distinct -f {quoted(column)} -o {counted} \\\n"
            f"  then sort -nr {counted} -f {quoted(column)} {here} > {there}",
            "tsv": f"{{ printf '%s\\t{counted}\\n' {quoted(column)}; tail -n +2 {here} |\n"
            f'  gawk -F \'\\t\' \'{{ n[${place + 1} == "" ? "{empty}" : ${place + 1}]++ }}\n'
            '    END { for (v in n) print v "\\t" n[v] }\' |\n'
            f"  LC_ALL=C sort -t $'\\t' -k 2,2nr -k 1,1; }} > {there}",
        }[form]
        header = f"`{column}` and `{counted}`"
        kind = "comma-separated" if form == "csv" else "tab-separated"
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"How many rows of `{source.path}` are there for each value of `{column}`? Put the "
                f"answer into `{target}`, {kind}, with the columns {header}: the most frequent "
                "value first, equally frequent ones in the byte order of the value. Call an empty "
                f"cell `{empty}`.",
                f"Nobody reads all of `{source.path}`. Write a tally of its column `{column}` to "
                f"`{target}` ({kind}, header {header}), a line for each value with the number of "
                f"rows that have it, falling; ties stand in byte order. Rows where the cell is "
                f"empty count as `{empty}`.",
                f"I want to know what `{source.path}` consists of: for every different `{column}` "
                f"its number of rows, in `{target}` as a {kind} table headed {header}. Large "
                "numbers come first, and where two are equal the value with the smaller bytes. An "
                f"empty `{column}` goes by the name `{empty}`.",
            ],
            steps=[
                look(
                    f"head -n 4 {here}; wc -l < {here}",
                    f"{source.path} has a row for each thing and a header. I count `{column}`.",
                    "Look at the first rows and at the length.",
                ),
                look(
                    f"{cells} | LC_ALL=C sort | uniq -c | sort -rn | head -n 20",
                    "A first count shows how many values there are, and whether any is empty.",
                    f"Count the cells of {column} roughly.",
                ),
                do(
                    count,
                    f"The result needs a header, `{empty}` for empty cells, and a second sort key "
                    "for ties.",
                    "Count, name the empty cells, and sort by number and value.",
                ),
                look(
                    f"head -n 20 {there}; "
                    + (
                        f"mlr --icsv --onidx stats1 -a sum -f {counted} {there}"
                        if form == "csv"
                        else f"gawk -F '\\t' 'NR > 1 {{ n += $2 }} END {{ print n }}' {there}"
                    ),
                    "All counts together have to be the number of rows.",
                    "Read the tally and add it up.",
                ),
            ],
            wrong=differing(
                result,
                [
                    ("sorted by value", result.with_rows(sorted(rows))),
                    ("the header was counted", result.with_rows(_with(rows, column))),
                    ("empty cells left out", result.with_rows(r for r in rows if r[0] != empty)),
                    ("ties in falling order", result.with_rows(sorted(rows, key=_rank)[::-1])),
                ],
            ),
            mistakes=[
                Mistake(
                    "hallucination",
                    before=2,
                    command=f"mlr --{form} tally -f {quoted(column)} {here} > {there}",
                    symptom=r'verb "tally" not found',
                    diagnosis="Miller's verb for this is count-distinct.",
                    recovery=f"rm -f {there}",
                ),
                Mistake(
                    "command",
                    before=1,
                    command=f"cut -f {quoted(column)} {here} | uniq -c",
                    symptom=r"invalid field value|invalid byte, character or field list",
                    diagnosis="cut takes numbers of fields, no names; and uniq counts only "
                    "neighbours, so the values have to be sorted.",
                ),
            ],
        )


def _worth_counting(table: Table, place: int) -> bool:
    """Whether some values of a column occur more than once and it has at least two."""
    cells = [row[place] for row in table.rows]
    return (
        table.columns[place].role not in NUMERIC
        and 2 <= len(set(cells)) <= min(40, len(cells) - 2)
        and not any("\t" in cell or '"' in cell for cell in cells)
    )


def _rank(row: Row) -> tuple[int, str]:
    """Falling by number, then by value; characters sort as their UTF-8 bytes do."""
    return -int(row[1]), row[0]


def _with(rows: list[Row], header: str) -> list[Row]:
    return sorted([*rows, (header, "1")], key=_rank)

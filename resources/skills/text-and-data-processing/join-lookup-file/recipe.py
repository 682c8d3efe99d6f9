"""Add a column to a table from an untidy lookup file."""

from __future__ import annotations

import shlex
from collections.abc import Callable

from shellwright.recipe import (
    Column,
    Draw,
    Entry,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Table,
    Unsuitable,
    World,
    do,
    look,
)
from shellwright.recipe.tabular import differing, other_extents, unused_name

MISSING = "unassigned"
#: Columns that a lookup can bring, sensible for a place as for a trade or a material: their
#: names, and how their values look.
BRINGS = (
    ("short_code", "K{n}"),
    ("reference_code", "RC-{n}"),
    ("report_group", "G{n}"),
    ("list_number", "L{n}"),
)


class JoinLookupFile(Recipe):
    """Every row gets one more cell, looked up by its category."""

    needs = (
        Pattern.of(
            "table",
            format=("csv", "tsv"),
            condition="clean",
            shape="records",
            extent=other_extents("enriched"),
        ),
    )
    gives = (Pattern.of("table", format=("csv", "tsv"), condition="clean", extent="enriched"),)
    tools = ("mlr", "gawk", "rev", "cat", "head", "tail", "cut", "sort", "uniq")
    packages = ("miller", "gawk")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        present = sorted(set(source.values("category")))
        if len(present) < 3:
            raise Unsuitable("too few categories to look up")
        name, pattern = draw.choice(BRINGS)
        added = unused_name(source, name, f"new_{name}")
        numbers = draw.sample(range(1000, 9999), len(present) + 3)
        codes = [pattern.format(n=number) for number in numbers]
        absent, twice, *others = draw.shuffled(present)
        lines = [(key, code) for key, code in zip([twice, *others], codes, strict=False)]
        lines.append((draw.choice(["Other", "Unused", "Former"]), codes[-1]))
        lines = [
            (_untidy(draw, key, n), code) for n, (key, code) in enumerate(draw.shuffled(lines))
        ]
        lines.append((_untidy(draw, twice, 1), codes[-2]))
        meaning = {key.strip().lower(): code for key, code in lines}
        early = {key.strip().lower(): code for key, code in reversed(lines)}
        group, place = source.name("category"), source.index("category")
        lookup = world.input(draw, [f"{name}s", f"{group}_{name}", "lookup"], ".txt")
        target = world.output(
            draw, ["enriched", f"with_{name}", f"{world.theme.records}_{name}"], f".{source.format}"
        )
        result = source.with_rows(
            ((*row, meaning.get(row[place].lower(), MISSING)) for row in source.rows),
            path=target,
            columns=(*source.columns, Column(added, "lookup")),
            extent="enriched",
            noun=f"{source.noun} with {name.replace('_', ' ')}",
        )
        text = "".join(f"{key};{code};{draw.integer(1, 9)}\n" for key, code in lines)
        here, there, known = (shlex.quote(path) for path in (source.path, target, lookup))
        number = place + 1
        read = (
            "gawk -F ';' '{ gsub(/^ +| +$/, \"\", $1); code[tolower($1)] = $2 } "
            f'END {{ print "k,{added}"; for (k in code) print k "," code[k] }}\' {known}'
        )
        join = {
            "csv": f"mlr --csv put '$k = tolower(${{{group}}})' then join --ur -j k "
            f"-f <({read}) then unsparsify --fill-with {MISSING} -f {added} "
            f"then cut -x -f k then reorder -e -f {added} {here} > {there}",
            "tsv": 'gawk \'BEGIN { OFS = "\\t" } NR == FNR { gsub(/^ +| +$/, "", $1); '
            "code[tolower($1)] = $2; next } "
            f'FNR == 1 {{ print $0, "{added}"; next }} {{ key = tolower(${number}); '
            f'print $0, (key in code ? code[key] : "{MISSING}") }}\' '
            f"FS=';' {known} FS='\\t' {here} > {there}",
        }[source.format]
        bare = f"--icsv --headerless-csv-output --onidx cut -f {group}"
        keys = (
            f"mlr {bare} {here}"
            if source.format == "csv"
            else f"tail -n +2 {here} | cut -f {number}"
        )
        losing = result.with_rows(row for row in result.rows if row[-1] != MISSING)
        exact = dict(lines)
        return Move(
            focus=result,
            makes=[result],
            brings=[Entry(lookup, text.encode())],
            request=[
                (
                    f"Each `{group}` has a {name.replace('_', ' ')} in `{lookup}`: three fields "
                    "with `;` between them, the name, the code, and a number that does not matter. "
                    "Names there have stray blanks and any capitals; for one that occurs again the "
                    f"later line counts. Copy `{source.path}` to `{target}`, same format and "
                    f"order, with a last column `{added}` that holds the code, or `{MISSING}` "
                    "where there is none."
                ),
                (
                    f"I need `{source.path}` with one more column at the end, `{added}`, as "
                    f"`{target}` (format and order of rows as before, and no row may be lost). The "
                    f"codes are in `{lookup}`, a line being name, `;`, code, `;` and something to "
                    f"ignore. Compare with `{group}` regardless of capitals and of blanks around "
                    "the name; the last line of a repeated name is the valid one. Write "
                    f"`{MISSING}` where nothing fits."
                ),
            ],
            steps=[
                look(
                    f"cat -A {known}; head -n 3 {here}",
                    f"{lookup} was kept by hand, so I look at it closely first.",
                    "Print the lookup with blanks visible, and the top of the table.",
                ),
                look(
                    f"{keys} | sort | uniq -c",
                    "The names have blanks and odd capitals, and one of them is there twice.",
                    f"See which values of {group} have to be looked up.",
                ),
                do(
                    join,
                    f"{absent} is not in the lookup, and {twice} is there twice; its later line "
                    "is the valid one.",
                    "Read the codes by trimmed name in lower case, the later line replacing the "
                    f"earlier one, and add the code or {MISSING} to every row.",
                ),
                look(
                    f"head -n 3 {there}; "
                    + (
                        f"rev {there} | cut -d, -f 1 | rev | sort | uniq -c"
                        if source.format == "csv"
                        else f"tail -n +2 {there} | cut -f {number},{len(result.columns)} | sort "
                        "| uniq -c"
                    ),
                    f"No row may be lost or doubled, and each {group} should have one code.",
                    "Look at the rows and at the pairs that occur.",
                ),
            ],
            wrong=differing(
                result,
                [
                    ("rows without a code were dropped", losing),
                    (
                        "the first line of a repeated name was used",
                        _coded(result, lambda cell: early.get(cell.lower(), MISSING)),
                    ),
                    (
                        "names were compared to the letter",
                        _coded(result, lambda cell: exact.get(cell, MISSING)),
                    ),
                ],
            ),
            mistakes=[
                Mistake(
                    "command",
                    before=2,
                    command=f"join -t ';' -1 {number} -2 1 {here} {known} > {there}",
                    symptom=r"join: .*is not sorted",
                    diagnosis="join wants both files sorted by the key and with one delimiter, and "
                    "it compares to the letter. None of that is given here.",
                    recovery=f"rm -f {there}",
                ),
                Mistake(
                    "analysis",
                    before=2,
                    command=f"{keys} | sort -u | grep -vxFf <(cut -d';' -f1 {known})",
                    symptom=r"\S",
                    diagnosis="Compared to the letter, many names have no partner. Case and blanks "
                    "have to be ignored.",
                ),
            ],
        )


def _untidy(draw: Draw, key: str, number: int) -> str:
    """The key as somebody typed it; every other one in capitals or with blanks."""
    if number % 2:
        key = draw.choice([key.upper(), key.lower(), key.capitalize()])
    return draw.choice(["", " "]) + key + draw.choice(["", "  ", " "])


def _coded(table: Table, code: Callable[[str], str]) -> Table:
    """The table with other codes in its last column."""
    place = table.index("category")
    return table.with_rows((*row[:-1], code(row[place])) for row in table.rows)

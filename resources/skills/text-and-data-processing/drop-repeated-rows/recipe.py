"""Drop rows that stand in a table more than once."""

from __future__ import annotations

import shlex
from collections import Counter

from shellwright.recipe import (
    Column,
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Table,
    Unsuitable,
    World,
    do,
    look,
    summary,
)
from shellwright.recipe.tabular import differing


class DropRepeatedRows(Recipe):
    """The first of equal rows stays in its place; a list says which ids were repeated."""

    needs = (Pattern.of("table", condition="repeated", shape="records"),)
    gives = (Pattern.of("table", condition="clean", shape="records"),)
    tools = ("mawk", "mlr", "jq", "sort", "uniq", "head", "wc", "cut", "tail")
    packages = ("mawk", "jq", "miller")

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        place, key, form = source.index("id"), source.name("id"), source.format
        copies = Counter(source.rows)
        repeated = sorted((row[place], str(n)) for row, n in copies.items() if n > 1)
        if not repeated or len({row[place] for row in copies}) < len(copies):
            raise Unsuitable("rows with the same id differ, or none is repeated")
        target = world.output(draw, ["distinct", "once_each", "unrepeated"], f".{form}")
        dropped = world.output(draw, ["repeats", "repeated_ids", "seen_twice"], ".csv")
        result = source.with_rows(
            dict.fromkeys(source.rows), path=target, condition="clean", noun=source.noun
        )
        listing = summary(
            dropped,
            f"repeated {world.theme.records}",
            [Column(key, "id"), Column("copies", "count")],
            repeated,
        )
        here, there, extra = (shlex.quote(path) for path in (source.path, target, dropped))
        count = {
            "csv": f"mlr --icsv --ocsv count-distinct -f {key} -o copies "
            f"then filter '$copies > 1' then sort -f {key} {here} > {extra}",
            "tsv": f"{{ echo {key},copies; tail -n +2 {here} | cut -f {place + 1} | sort "
            f"| uniq -cd | mawk '{{ print $2 \",\" $1 }}'; }} > {extra}",
            "jsonl": f"jq -rs 'group_by(.{key}) | map(select(length > 1) | [.[0].{key}, length]) | "
            f'(["{key}", "copies"], .[]) | join(",")\' {here} > {extra}',
        }[form]
        surplus = len(source.rows) - len(result.rows)
        ordered = result.with_rows(sorted(result.rows))
        last = tuple(reversed(list(dict.fromkeys(reversed(source.rows)))))
        return Move(
            focus=result,
            makes=[listing, result],
            request=[
                (
                    f"`{source.path}` has some of its rows more than once. Write it to `{target}` "
                    "in the same format with every row only once, at the place where it first "
                    f"appears. And list in `{dropped}` (CSV, header `{key},copies`, sorted by "
                    f"`{key}`) which {world.theme.records} were in there more than once and how "
                    "many times in all."
                ),
                (
                    f"There are rows in `{source.path}` that repeat an earlier one to the letter. "
                    f"Give me `{target}`, the same table without the repetitions and otherwise in "
                    f"unchanged order, and `{dropped}`, a CSV file with the header `{key},copies` "
                    f"that says for each repeated `{key}` how often it occurs in the original, in "
                    f"order of `{key}`."
                ),
                (
                    f"Rows of `{source.path}` occur two or more times, identical in every cell. "
                    f"Clean that up into `{target}`: format and sequence stay, of each set of "
                    f"identical rows the foremost survives. Next to it goes `{dropped}`, "
                    f"comma-separated below the line `{key},copies`, naming each "
                    f"{world.theme.record} that came up repeatedly and its number of occurrences "
                    f"(the first one counts too), ascending by `{key}`."
                ),
                (
                    f"How many {world.theme.records} were recorded several times, and how often? "
                    f"I want that as a CSV file, `{dropped}`: header `{key},copies`, only those "
                    f"with at least two identical rows in `{source.path}`, beside each the total "
                    f"number of such rows, sorted by `{key}`. Also leave me `{target}`, a version "
                    "of the table in its own format from which second and later appearances of a "
                    "row are gone and where nothing else has moved."
                ),
                (
                    f"Duplicates out: `{target}` keeps the earliest of all equal rows of "
                    f"`{source.path}`, at its position, in the format that the file has now. "
                    f"Duplicates listed: `{dropped}` (CSV; first line `{key},copies`; in the "
                    f"order of `{key}`) tells for any `{key}` found on more than one row on how "
                    "many rows it was found."
                ),
            ],
            steps=[
                look(
                    f"head -n 3 {here}; wc -l {here}; sort {here} | uniq -d | wc -l",
                    f"{source.path} is said to hold rows twice.",
                    "Read the first rows, count the lines, and count the lines that repeat.",
                ),
                do(
                    f"mawk '!seen[$0]++' {here} > {there}",
                    f"Among the rows of {source.path} there are copies that agree with an earlier "
                    "line in every character, so these are repetitions and not versions.",
                    "Print each line the first time it is seen, which keeps the order.",
                ),
                do(
                    count,
                    f"{len(repeated)} {world.theme.records} were there more than once.",
                    "Count the ids of the original and list those above one.",
                ),
                look(
                    f"wc -l {there}; sort {there} | uniq -d | wc -l; head -n 5 {extra}",
                    "Is every line left once, and none of them twice?",
                    "Count again and look at the list.",
                ),
            ],
            wrong=differing(
                result,
                [
                    ("sorted instead of in the original order", ordered),
                    ("the last of equal rows was kept in its place", result.with_rows(last)),
                    (
                        "repeated rows were removed altogether",
                        result.with_rows(row for row, n in copies.items() if n == 1),
                    ),
                ],
            )
            + differing(
                listing,
                [
                    (
                        "surplus copies were counted, not occurrences",
                        listing.with_rows((name, str(int(n) - 1)) for name, n in repeated),
                    )
                ],
            ),
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"uniq --unsorted {here} {there}",
                    symptom=r"unrecognized option '--unsorted'",
                    diagnosis="uniq only compares neighbouring lines and has no such option. The "
                    "lines seen so far have to be remembered.",
                ),
                Mistake(
                    "verification",
                    before=3,
                    command=f"diff {here} {there} | grep -c '^<' | grep -x {len(source.rows)} "
                    "|| echo 'unexpected number of differences'",
                    symptom=r"unexpected number of differences",
                    diagnosis=f"The check was wrong, not the result: only {surplus} lines should "
                    "be gone. Counting lines tells.",
                ),
            ],
        )

"""Divide records into training, validation and test set so that no person is on two sides."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from shellwright.recipe import (
    Column,
    Draw,
    Entry,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Report,
    Table,
    Unsuitable,
    World,
    do,
    look,
    quoted,
)
from shellwright.recipe.tabular import differing, unused_name

SIDES = ("train", "validation", "test")


class SplitRecordsWithoutLeak(Recipe):
    """The records with their side, by a hash of the person; a report on the old division."""

    needs = (
        Pattern.of(
            "table",
            format=("csv", "tsv"),
            condition="clean",
            shape="records",
            extent=("full", "merged", "selected"),
        ),
    )
    gives = (Pattern.of("table", format=("csv", "tsv"), condition="clean", extent="enriched"),)
    tools = ("cat", "combine", "cut", "head", "jq", "mkdir", "mlr", "sha256sum", "wc")
    packages = ("jq", "miller", "moreutils")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        if not source.has("id", "person"):
            raise Unsuitable("no persons")
        key, who, form = source.name("id"), source.name("person"), source.format
        ids, people = source.values("id"), source.values("person")
        if len(set(ids)) < len(ids) or len(ids) < 25 or len(set(people)) < 5 or key == who:
            raise Unsuitable("too few records or persons, or ids that occur twice")
        first = draw.integer(12, 20)
        second = first + draw.integer(12, 20)

        def sides(texts: Sequence[str]) -> list[str]:
            return [_side(text, first, second) for text in texts]

        salts = [f"{world.theme.key}-{draw.integer(2, 9)}{letter}" for letter in "abcdefghijkmnpqr"]
        salt = next((s for s in salts if {*sides([f"{s}:{p}" for p in people])} == {*SIDES}), "")
        tested = {i for i in ids if draw.chance(0.25)}
        sure = {p for i, p in zip(ids, people, strict=True) if i not in tested}
        both = sorted({p for i, p in zip(ids, people, strict=True) if i in tested} & sure)
        if not salt or len(both) < 2 or len(tested) == len(ids):
            raise Unsuitable("no salt gives three sides, or the old division does not leak")
        old = world.input(draw, ["old_split", "previous_split", "split_v1"])
        target = world.output(draw, ["split", "modelling_set", "assigned"], f".{form}")
        report = world.output(draw, ["leak", "leak_report", "old_split_review"], ".json")
        added = unused_name(source, "split", "side")

        def made(values: Sequence[str]) -> Table:
            return source.with_rows(
                ((*row, value) for row, value in zip(source.rows, values, strict=True)),
                path=target,
                columns=(*source.columns, Column(added, "side")),
                extent="enriched",
                noun=f"{source.noun} with their side",
            )

        right = sides([f"{salt}:{p}" for p in people])
        result = made(right)
        lettered = next((p for p in people if {*_digits(f"{salt}:{p}")} & {*"89abcdef"}), people[0])
        leaking = sum(p in both for i, p in zip(ids, people, strict=True) if i in tested)
        finding = Report(
            path=report,
            noun="review of the old division",
            value={
                "on_both_sides": both,
                "leaking_test_rows": leaking,
                "rows": {side: right.count(side) for side in SIDES},
            },
        )
        names = "`on_both_sides`, `leaking_test_rows` and `rows`"
        here, there, at, out = (quoted(path) for path in (source.path, target, old, report))
        rule = (
            f"the SHA-256 of `{salt}:` followed directly by the `{who}` (UTF-8, no line end), its "
            f"first `8` hexadecimal digits as a number, modulo `100`: below `{first}` is `test`, "
            f"from there to below `{second}` is `validation`, the others are `train`"
        )
        lists = f"`{old}/train.ids` and `{old}/test.ids`"
        work = "/tmp/split"
        parts = {
            "train": [i for i in draw.shuffled(ids) if i not in tested],
            "test": [i for i in draw.shuffled(ids) if i in tested],
        }
        return Move(
            focus=result,
            makes=[result, finding],
            brings=[
                Entry.folder(old),
                *[
                    Entry(f"{old}/{side}.ids", "".join(f"{i}\n" for i in part).encode())
                    for side, part in parts.items()
                ],
            ],
            request=[
                f"Our model of `{source.path}` scores suspiciously well. Its lists {lists} (one "
                f"`{key}` a line) were drawn row by row, so one and the same `{who}` is in the "
                f"training and in the test. Divide by `{who}` instead: take {rule}. `{target}` "
                f"gets all rows in their order and format, with the side in a last column "
                f"`{added}`. About the old lists write a JSON object `{report}` with the keys "
                f"{names}: each `{who}` that has rows in both, sorted; how many rows of the old "
                "test belong to one of those; and, for the new division, an object with the "
                "number of rows of `train`, `validation` and `test`.",
                f"Please divide `{source.path}` anew for the modelling people. What they have in "
                f"{lists}, one `{key}` per line, leaks: nobody looked at the `{who}` when it was "
                f"drawn. From now on the `{who}` alone decides, by {rule}. Save all records as "
                f"`{target}`, same order and format, plus a last column `{added}` for the side. "
                f"`{report}` becomes a JSON object with {names}. The first lists everybody with "
                f"rows in both old lists (a sorted array of `{who}`), the second counts the rows "
                "of the old test list that belong to these people, the third is an object with "
                "the new numbers of rows for `train`, `validation` and `test`.",
            ],
            steps=[
                look(
                    f"wc -l {at}/*.ids; head -n 3 {at}/test.ids; "
                    f"mlr --i{form} --opprint count-distinct -f {who} then sort -nr count {here}",
                    f"Where do the old lists come from, and how many rows has each {who}?",
                    "Count the lists and the rows of each person.",
                ),
                do(
                    f"mkdir -p {work}\nfor side in train test; do\n"
                    f"  {{ echo {key}; cat {at}/$side.ids; }} > {work}/$side.csv\n"
                    f"  mlr --i{form} --ocsv join -i csv -j {key} -f {work}/$side.csv then "
                    f"count-distinct -f {who} then cut -f {who} then sort -f {who} {here} "
                    f"> {work}/$side.people\ndone\n"
                    f"combine {work}/train.people and {work}/test.people > {work}/both.csv\n"
                    f"head -n 4 {work}/both.csv",
                    "People have several rows each: a draw by rows puts most of them on both "
                    "sides.",
                    "Join each old list with the records, and keep the people that both have.",
                ),
                do(
                    f"{{ echo '{who},{added}'\n"
                    f"  mlr --i{form} --onidx --ofs tab count-distinct -f {who} then "
                    f"cut -f {who} {here} |\n"
                    "  while IFS= read -r name; do\n"
                    f"    digits=$(printf '{salt}:%s' \"$name\" | sha256sum | cut -c 1-8)\n"
                    "    bucket=$((16#$digits % 100)) side=train\n"
                    f"    [ $bucket -ge {second} ] || side=validation\n"
                    f"    [ $bucket -ge {first} ] || side=test\n"
                    f'    echo "$name,$side"\n  done; }} > {work}/sides.csv\n'
                    f"mlr --i{form} --o{form} join -i csv -j {who} -f {work}/sides.csv then "
                    f"cut -o -f {','.join(result.header)} {here} > {there}",
                    f"{len(both)} of them are on both sides, so the lists are useless. The hash of "
                    "a person is needed once; printf adds no line end to it.",
                    "Compute the side of each person, then join it to the rows.",
                    0.6,
                ),
                do(
                    f"jq -n --slurpfile both <(mlr --icsv --ojson cat {work}/both.csv) \\\n"
                    f"  --slurpfile leaks <(mlr --i{form} --ojson join -i csv -j {key} "
                    f"-f {work}/test.csv then join -i csv -j {who} -f {work}/both.csv {here}) \\\n"
                    f"  --slurpfile rows <(mlr --i{form} --ojson count-distinct -f {added} "
                    f"{there}) \\\n  '{{on_both_sides: ($both[0] | map(.{who})), "
                    "leaking_test_rows: ($leaks[0] | length),\n    "
                    f"rows: ($rows[0] | map({{(.{added}): .count}}) | add)}}' > {out}",
                    "What is left is the evidence: the rows of the old test list that belong to "
                    "people of both lists, beside the new numbers.",
                    "Count with two joins and put the three findings into one object.",
                ),
                look(
                    f"jq -c . {out}; mlr --i{form} --opprint count-distinct -f {who},{added} then "
                    f"count-distinct -f {who} then filter '$count > 1' {there}; wc -l {there}",
                    "How many test rows are there? And nobody may be on two sides.",
                    "Read the findings and look for a person with more than one side.",
                ),
            ],
            wrong=differing(
                result,
                [
                    ("by record", made(sides([f"{salt}:{i}" for i in ids]))),
                    ("without the salt", made(sides(people))),
                    ("a line end was hashed", made(sides([f"{salt}:{p}\n" for p in people]))),
                    (
                        "the old test rows",
                        made(["test" if i in tested else "train" for i in ids]),
                    ),
                ],
            ),
            mistakes=[
                Mistake(
                    "hallucination",
                    before=2,
                    command=f"mlr --i{form} --ojson put '${added} = sha2(${who})' {here} | head",
                    symptom=r"function name not found",
                    diagnosis="Miller's function is called sha256; and the salt has to come first.",
                ),
                Mistake(
                    "command",
                    before=2,
                    command=f"printf '{salt}:%s' {quoted(lettered)} | sha256sum | "
                    "{ read -r digits _; echo $((0${digits:0:8} % 100)); }",
                    symptom=r"value too great for base",
                    diagnosis="A leading zero means octal; hexadecimal digits are read with 16#.",
                ),
            ],
        )


def _side(text: str, first: int, second: int) -> str:
    """The side that a text belongs to."""
    bucket = int(_digits(text), 16) % 100
    return "test" if bucket < first else "validation" if bucket < second else "train"


def _digits(text: str) -> str:
    """The first eight hexadecimal digits of the text's hash."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]

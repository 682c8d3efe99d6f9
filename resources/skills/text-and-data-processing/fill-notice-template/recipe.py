"""Fill a notice template with figures of a summary."""

from __future__ import annotations

import re
import shlex

from shellwright.recipe import (
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
    Wrong,
    do,
    look,
)
from shellwright.recipe.tabular import by_size, figure, label

NAMES = ("TOP_NAME", "TOP_VALUE", "LOW_NAME", "LOW_VALUE", "ENTRIES")
GREETINGS = ("Dear colleagues,", "To whom it may concern,", "Hello all,")
LEADING = (
    "${TOP_NAME} leads with ${TOP_VALUE}.",
    "In front: ${TOP_NAME} (${TOP_VALUE}).",
    "Nobody has more than ${TOP_NAME}: ${TOP_VALUE}.",
)
TRAILING = (
    "At the other end stands ${LOW_NAME} with ${LOW_VALUE}.",
    "${LOW_NAME} comes last (${LOW_VALUE}).",
)
REMARKS = (
    "Copies cost $5 each; $0.40 a page for members.",
    "Set $PRINTER before printing, and keep $HOME tidy.",
    "The rate is US$12 an hour (code ${RATE}), as agreed.",
)


class FillNoticeTemplate(Recipe):
    """The placeholders of a template are replaced by figures; the rest stays to the letter."""

    needs = (Pattern.of("table", condition="clean", shape="summary"),)
    gives = (Pattern.of("report", format="text"),)
    tools = ("envsubst", "mlr", "sort", "head", "tail", "cut", "cat", "grep", "diff", "wc")
    packages = ("gettext-base", "miller")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        place, naming = figure(source), label(source)
        value, name = source.header[place], source.header[naming]
        rows = by_size(source, place)
        if (
            len(rows) < 2
            or rows[0][place] == rows[-1][place]
            or any("\t" in r[naming] for r in rows)
        ):
            raise Unsuitable("no largest and smallest row")
        # Nobody is named by a checksum.
        if any(len(r[naming]) > 40 or re.fullmatch("[0-9a-f]{8,}", r[naming]) for r in rows):
            raise Unsuitable("names that nobody would put into a letter")
        remarks = draw.sample(REMARKS, 2)
        lines = [
            f"Subject: {source.noun} ({value}), ${{ENTRIES}} entries",
            "",
            draw.choice(GREETINGS),
            "",
            draw.choice(LEADING),
            draw.choice(TRAILING),
            *remarks,
            "",
            world.theme.organisation,
        ]
        template = world.input(draw, ["notice", "circular", "letter"], ".tmpl")
        target = world.output(draw, ["notice", "circular", "letter"], ".txt")
        values = dict(
            zip(
                NAMES,
                (
                    rows[0][naming],
                    rows[0][place],
                    rows[-1][naming],
                    rows[-1][place],
                    str(len(rows)),
                ),
                strict=True,
            )
        )
        filled = [_fill(line, values) for line in lines]
        result = Report(path=target, noun="notice", value=filled, format="text")
        here, there, form = shlex.quote(source.path), shlex.quote(target), source.format
        given = shlex.quote(template)
        decimals = source.columns[place].role == "amount"
        money = f" then put '${{{value}}} = fmtnum(${{{value}}}, \"%.2lf\")'" if decimals else ""
        one, two = 1, 2
        if form == "tsv":
            pairs = (
                f"tail -n +2 {here} | LC_ALL=C sort -t $'\\t' -k{place + 1},{place + 1}gr "
                f"-k{naming + 1},{naming + 1}"
            )
            one, two = naming + 1, place + 1
        else:
            pairs = (
                f"mlr --i{form} --otsv --headerless-csv-output sort -nr {value} -f {name} "
                f"then cut -o -f {name},{value}{money} {here}"
            )
        parts = [
            f"{key}_{what}=$({pairs} | {end} -n 1 | cut -f {field})"
            for key, end in (("TOP", "head"), ("LOW", "tail"))
            for what, field in (("NAME", one), ("VALUE", two))
        ]
        entries = f"tail -n +2 {here} | wc -l" if form != "jsonl" else f"wc -l < {here}"
        variables = " ".join(f"${key}" for key in NAMES)
        command = " \\\n".join(
            [
                *parts,
                f"ENTRIES=$({entries})",
                f"envsubst '{variables}' < {given} > {there}",
            ]
        )
        note = ", ".join(f"`{key}`" for key in NAMES)
        greedy = [_fill(line, values).replace("$5", "").replace("$0", "") for line in lines]
        greedy = [line.replace("$PRINTER", "").replace("${RATE}", "") for line in greedy]
        switched = {**values, "TOP_NAME": values["LOW_NAME"], "LOW_NAME": values["TOP_NAME"]}
        header_too = {**values, "ENTRIES": str(len(rows) + 1)}
        wrong = [
            ("other dollar signs were replaced as well", greedy),
            ("the ends were mixed up", [_fill(line, switched) for line in lines]),
            ("the header was counted", [_fill(line, header_too) for line in lines]),
        ]
        decimal_note = " Figures have two decimals." if decimals else ""
        return Move(
            focus=result,
            makes=[result],
            brings=[Entry(template, "".join(f"{line}\n" for line in lines).encode())],
            request=[
                (
                    f"Fill in `{template}` from `{source.path}` and save the text as `{target}`. "
                    f"The placeholders are {note}, written like `${{ENTRIES}}`: the `{name}` and "
                    f"the `{value}` of the row with the largest `{value}` and of the one with the "
                    f"smallest, and the number of rows. Among equals the `{name}` that comes "
                    "first in the alphabet counts as larger."
                    f"{decimal_note} Every other character stays, other dollar signs too."
                ),
                (
                    f"`{template}` is a letter with gaps, and `{source.path}` has what belongs in "
                    f"them; write the finished letter to `{target}`. Gaps look like `${{ENTRIES}}` "
                    f"(that one is the number of rows); the others of {note} are the `{name}` and "
                    f"`{value}` where `{value}` is largest (top) and smallest (low). "
                    f"Should several rows be largest, the one with the first `{name}` by the "
                    "alphabet is meant; should several be smallest, the one with the last."
                    f"{decimal_note} Leave all other text alone, whatever dollar signs it has."
                ),
                (
                    f"Please complete the letter `{template}` with data from `{source.path}`; the "
                    f"outcome is `{target}`. To be substituted are {note}, wherever they stand in "
                    f"the manner of `${{ENTRIES}}`. That one is how many rows there are. Those "
                    f"with TOP concern the row where `{value}` is highest, those with LOW the row "
                    f"where it is lowest: its `{name}` and its `{value}`. If several rows share "
                    f"the highest, take the alphabetically first `{name}`; if several share the "
                    f"lowest, the alphabetically last.{decimal_note} Nothing else may differ from "
                    "the template, and dollar signs of other kinds are part of its text."
                ),
                (
                    f"When is `{target}` right? When it is `{template}` to the letter, except "
                    f"that the five placeholders {note} (always in the form `${{ENTRIES}}`) have "
                    f"given way to facts from `{source.path}`, in this order: the `{name}` with "
                    f"the greatest `{value}`, that `{value}`, the `{name}` with the least, its "
                    f"`{value}`, and the count of rows. Sort equal values by `{name}` from A to "
                    "Z; the maximum is then the first row of the ranking and the minimum its "
                    f"last.{decimal_note} Text that merely looks like a placeholder is kept."
                ),
            ],
            steps=[
                look(
                    f"cat {given}; grep -o '\\$[{{A-Za-z0-9_]*' {given} | sort | head -n 20",
                    f"Before I fill {template}, I want to know everything in it that looks like a "
                    "placeholder.",
                    "Print the template, then all words with a dollar sign.",
                ),
                look(
                    f"{pairs}",
                    "Some dollar signs in it are no placeholders and have to stay.",
                    f"List {name} and {value}, the largest first.",
                ),
                do(
                    command,
                    f"{values['TOP_NAME']} is first in the list and {values['LOW_NAME']} last.",
                    "Set the value of every placeholder and replace those names only.",
                ),
                look(
                    f"diff {given} {there}; cat {there} | wc -l",
                    "Only lines with placeholders may differ from the template.",
                    "Compare with the template.",
                ),
            ],
            wrong=[
                Wrong(about, path=target, content="".join(f"{line}\n" for line in other).encode())
                for about, other in wrong
                if other != filled
            ],
            mistakes=[
                Mistake(
                    "hallucination",
                    before=2,
                    command=f"envsubst --file {given} > {there}",
                    symptom=r"unrecognized option '--file'",
                    diagnosis="envsubst reads standard input.",
                    recovery=f"rm -f {there}",
                ),
                Mistake(
                    "requirement",
                    before=2,
                    command=f"envsubst < {given} > {there}; diff {given} {there} "
                    "| grep -c '^<' | sed 's/$/ lines changed/'",
                    symptom=r"lines changed",
                    diagnosis="Without a list of names every word with a dollar sign is replaced, "
                    "by nothing where no such variable is set. The names have to be given.",
                    recovery=f"rm -f {there}",
                ),
            ],
        )


def _fill(line: str, values: dict[str, str]) -> str:
    """The line with the placeholders replaced."""
    for key, text in values.items():
        line = line.replace("${" + key + "}", text)
    return line

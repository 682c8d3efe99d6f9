"""List the figures of a summary that moved beyond a tolerance since an earlier run."""

from __future__ import annotations

import dataclasses
from decimal import Decimal

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
from shellwright.recipe.tabular import differing, label

SEPARATORS = {"csv": ("','", "',\\n'"), "tsv": ("'\\t'", "$'\\t\\n'")}
#: Line and field of each difference become label, column, old and new value.
PROGRAM = (
    "NR == FNR { if (FNR == 1) split($0, head); name[FNR] = $AT; next } "
    'match($0, /^##[0-9]+/) { line = substr($0, 3, RLENGTH - 2); split($0, part, /#:|<==|==>/); '
    "field = part[2] + 0; value = part[3]; gsub(/ /, \"\", value); "
    'if ($0 ~ /<==/) old = value; else print name[line], head[field], old, value }'
)  # fmt: skip


class FiguresBeyondTolerance(Recipe):
    """A table lists label, column, old and new value of each figure that moved too far."""

    needs = (Pattern.of("table", format=("csv", "tsv"), shape="summary", extent="full"),)
    gives = (
        Pattern.of(
            "table", format=("csv", "tsv"), condition="clean", shape="listing", extent="compared"
        ),
    )
    tools = ("awk", "cat", "cut", "diff", "numdiff", "tail", "wc")
    packages = ("numdiff", "diffutils")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        name = label(source)
        figures = [n for n, c in enumerate(source.columns) if c.role in ("count", "amount")]
        cells = [cell for row in (source.header, *source.rows) for cell in row]
        if len(source.rows) < 3 or not figures or any(set(cell) & set(',"\t') for cell in cells):
            raise Unsuitable("too few figures, or cells that would need quotes")
        if not all(cells):
            # numdiff takes separators in a row for one, and would count the fields wrongly.
            raise Unsuitable("an empty cell")
        slack = {"count": draw.integer(2, 4), "amount": draw.choice(["0.5", "1", "2"])}
        older, rows = earlier(source, figures, slack, draw)
        if len(rows) < 2 or len(rows) == len(source.rows) * len(figures):
            raise Unsuitable("nothing, or everything, moved")
        other = world.input(
            draw, ["last_run", "previous_report", "figures_before"], f".{source.format}"
        )
        target = world.output(
            draw, ["moved_figures", "beyond_tolerance", "to_explain"], f".{source.format}"
        )
        columns = tuple(
            Column(n, "note") for n in (source.header[name], "column", "before", "after")
        )
        if len({column.name for column in columns}) < 4:
            raise Unsuitable("the label has the name of a result column")
        result = Table(
            path=target,
            noun="figures that moved",
            columns=columns,
            rows=tuple(rows),
            format=source.format,
            shape="listing",
            extent="compared",
        )
        here, old, there = quoted(source.path), quoted(other), quoted(target)
        roles = {source.columns[place].role for place in figures}
        limits, options = [], []
        for role in sorted(roles):
            places = [place for place in figures if source.columns[place].role == role]
            titles = " and ".join(f"`{source.header[place]}`" for place in places)
            if role == "count":
                limits.append(f"more than `{slack[role]}` in {titles}")
                options += [f"-a {slack[role]}:{place + 1}" for place in places]
            else:
                limits.append(f"more than `{slack[role]}` % of the earlier value in {titles}")
                part = Decimal(str(slack[role])) / 100
                options += [f"-r {part}:{place + 1}" for place in places]
        border = ", or ".join(limits)
        split, fields = SEPARATORS[source.format]
        compare = f"numdiff -F 1 -s {fields} {' '.join(options)} {old} {here}"
        head = ("," if source.format == "csv" else "\\t").join(column.name for column in columns)
        everything = [
            (row[name], source.header[place], before[place], row[place])
            for row, before in zip(source.rows, older.rows, strict=True)
            for place in figures
            if Decimal(row[place]) != Decimal(before[place])
        ]
        header = "`" + "`, `".join(column.name for column in columns) + "`"
        form = "comma-separated" if source.format == "csv" else "tab-separated"
        return Move(
            focus=result,
            makes=[result],
            brings=older.at(other).entries(),
            request=[
                f"`{other}` is the same report as `{source.path}` from an earlier run. Small "
                "shifts are normal; we have to explain only what moved, up or down, by "
                f"{border}. List those figures in `{target}` ({form}) with the columns {header}: "
                "label of the row, name of the column, earlier value, present value, both as they "
                f"stand in the files. Go through `{source.path}` row by row, and from left to "
                "right within a row.",
                f"Please hold `{source.path}` against the earlier run in `{other}` and write to "
                f"`{target}`, {form}, header {header}, one line for each figure that has changed "
                f"in either direction by {border}. What has moved by no more than that is left "
                "out. `before` and `after` are the two values to the letter, `column` is the "
                "figure's column; rows in the order of the report, figures of one row in the order "
                "of its columns.",
                f"Two runs of one report: `{other}` then, `{source.path}` now. Somebody will ask "
                f"about big changes, so collect them in `{target}`, {form}, headed {header}. A "
                f"figure is in it if it went up or down by {border}; what stays within that is "
                "noise. The first column names the row, the second the figure; the other two "
                "carry the old and the new value exactly as written. Keep the sequence of rows, "
                "and of figures within a row.",
                f"Which figures of `{source.path}` are no longer what they were in `{other}`, "
                "the result of an earlier run? Ignore small movements. Worth a line in "
                f"`{target}` ({form}; columns {header}) is a difference, no matter in which "
                f"direction, of {border}. `before` and `after` quote the two files literally, "
                "`column` tells where the figure stands, and the first entry is the label of "
                "its row. Lines are in reading order: top to bottom, then left to right.",
            ],
            steps=[
                look(
                    f"cat {old}; wc -l {old} {here}; diff <(cut -d {split} "
                    f"-f {name + 1} {old}) <(cut -d {split} -f {name + 1} {here}) && echo same"
                    if source.format == "csv"
                    else f"cat {old}; wc -l {old} {here}; diff <(cut -f {name + 1} {old}) "
                    f"<(cut -f {name + 1} {here}) && echo same",
                    "A comparison by position needs the same labels in the same order.",
                    "Read the earlier run and compare the labels.",
                ),
                look(
                    f"{compare} | tail -n 12; true",
                    f"The labels agree. The border is {border.replace('`', '')}, so each column "
                    "gets its own tolerance, relative to the earlier file.",
                    "See what numdiff finds beyond the tolerances.",
                ),
                do(
                    f"{{ printf '{head}\\n'; ({compare} || true) | awk -F {split} -v OFS={split} "
                    f"'{PROGRAM.replace('$AT', f'${name + 1}')}' {here} -; }} > {there}",
                    "Every difference comes with its line and field, from which label and column "
                    "follow.",
                    "Turn lines and fields into labels and column names.",
                ),
                look(
                    f"cat {there}; numdiff -q -S -F 1 -s {fields} {' '.join(options)} {old} {here}"
                    " | tail -n 30; true",
                    "Not every figure that differs is beyond the tolerance. How many are?",
                    "Read the list and compare its length with the summary of the comparison.",
                ),
            ],
            wrong=differing(
                result,
                [
                    ("every change is listed", result.with_rows(everything)),
                    (
                        "only increases are listed",
                        result.with_rows(r for r in rows if Decimal(r[3]) > Decimal(r[2])),
                    ),
                    (
                        "before and after mixed up",
                        result.with_rows((a, b, d, c) for a, b, c, d in rows),
                    ),
                ],
            ),
            mistakes=[
                Mistake(
                    "command",
                    before=2,
                    command=f"numdiff {options[0]} {quoted(other + '.old')} {here}",
                    symptom=r"No such file|cannot|Cannot|not found",
                    diagnosis="There is no file of that name; the earlier run has no such suffix.",
                ),
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"diff --tolerance=0.01 {old} {here}",
                    symptom=r"unrecognized option '--tolerance=0.01'",
                    diagnosis="diff compares text and knows no tolerance; numdiff does.",
                ),
            ],
        )


def earlier(
    table: Table, figures: list[int], slack: dict[str, int | str], draw: Draw
) -> tuple[Table, list[Row]]:
    """The table as an earlier run gave it, and the rows of the list of what moved too far."""
    name = label(table)
    limit = Decimal(str(slack["amount"])) / 100
    before: list[Row] = []
    moved: list[Row] = []
    for row in table.rows:
        cells = list(row)
        for place in figures:
            now = Decimal(row[place])
            kind = draw.choice(["same", "near", "near", "far", "far"])
            sign = draw.choice([-1, 1])
            if table.columns[place].role == "count":
                step = int(slack["count"])
                shift = {"same": 0, "near": step, "far": step + draw.integer(1, 9)}[kind]
                old = now + sign * shift if now + sign * shift >= 0 else now + shift
            else:
                share = {"same": Decimal(0), "near": limit / 2, "far": limit * 3}[kind]
                old = (now * (1 + sign * share)).quantize(Decimal(row[place]))
            cells[place] = str(old)
            gone = abs(now - old)
            if table.columns[place].role == "count":
                far = gone > int(slack["count"])
            else:
                ratio = gone / abs(old) if old else Decimal(1 if gone else 0)
                if abs(ratio - limit) < limit / 20:
                    raise Unsuitable("a figure moved by just about the tolerance")
                far = ratio > limit
            if far:
                moved.append((row[name], table.header[place], cells[place], row[place]))
        before.append(tuple(cells))
    return dataclasses.replace(table, rows=tuple(before)), moved

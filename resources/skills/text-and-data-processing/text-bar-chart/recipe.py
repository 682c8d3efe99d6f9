"""Draw a bar chart of a summary in plain text."""

from __future__ import annotations

import math
import shlex
from decimal import Decimal

from shellwright.recipe import (
    Draw,
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
from shellwright.recipe.tabular import figure, label


class TextBarChart(Recipe):
    """A line of hash signs for each row, in proportion to its figure."""

    needs = (Pattern.of("table", condition="clean", shape="summary"),)
    gives = (Pattern.of("report", format="text"),)
    tools = ("perl", "csvcut", "csvformat", "jq", "tail", "cut", "cat", "sort", "head")
    packages = ("perl", "csvkit", "jq")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        place, naming = figure(source), label(source)
        value, name = source.header[place], source.header[naming]
        if not 3 <= len(source.rows) <= 40 or not all(row[naming].isascii() for row in source.rows):
            raise Unsuitable("too few or too many rows for a chart, or letters beyond ASCII")
        width = draw.choice([30, 40, 50, 60])
        top = max(Decimal(row[place]) for row in source.rows)
        if top <= 0:
            raise Unsuitable("nothing to draw")
        bars = {}
        for row in source.rows:
            exact = math.floor(width * Decimal(row[place]) / top)
            if exact != int(width * float(row[place]) / float(top)):
                raise Unsuitable("a bar whose length depends on binary rounding")
            bars[row[naming]] = exact
        target = world.output(draw, ["chart", "bars", f"{value}_chart"], ".txt")
        longest = max(map(len, bars))
        figures = {row[naming]: row[place] for row in source.rows}
        lines = [f"{key:<{longest}} |{'#' * size} {figures[key]}" for key, size in bars.items()]
        result = Report(path=target, noun="bar chart", value=lines, format="text")
        here, there = shlex.quote(source.path), shlex.quote(target)
        pairs = {
            "csv": f"csvcut -c '{name},{value}' {here} | csvformat -T | tail -n +2",
            "tsv": f"tail -n +2 {here} | cut -f {naming + 1},{place + 1}",
            "jsonl": f'jq -r \'[.["{name}"], .["{value}"]] | @tsv\' {here}',
        }[source.format]
        first, second = (1, 0) if source.format == "tsv" and place < naming else (0, 1)
        shown = f"$row->[{second}]"
        amount = source.columns[place].role == "amount"
        if source.format == "jsonl" and amount:
            shown = f'sprintf("%.2f", $row->[{second}])'
        draw_bars = (
            f"{pairs} | perl -ne 'chomp; my @cell = split /\\t/; push @rows, [@cell];\n"
            f"$top = $cell[{second}] if $cell[{second}] > $top;\n"
            f"$wide = length $cell[{first}] if length $cell[{first}] > $wide;\n"
            f'END {{ for my $row (@rows) {{ printf "%-${{wide}}s |%s %s\\n", $row->[{first}],\n'
            f'  "#" x int({width} * $row->[{second}] / $top), {shown} }} }}\' > {there}'
        )
        rounded_up = [
            f"{key:<{longest}} |{'#' * (size + (size < width))} {figures[key]}"
            for key, size in bars.items()
        ]
        ragged = [f"{key} |{'#' * size} {figures[key]}" for key, size in bars.items()]
        total = sum((Decimal(row[place]) for row in source.rows), Decimal(0))
        of_total = [
            f"{key:<{longest}} |{'#' * math.floor(width * Decimal(figures[key]) / total)} "
            f"{figures[key]}"
            for key in bars
        ]
        wrong = [
            ("bars rounded up", rounded_up),
            ("names are not padded", ragged),
            ("scaled to the total instead of the largest", of_total),
        ]
        decimals = " with two decimals" if amount else ""
        return Move(
            focus=result,
            makes=[result],
            request=[
                (
                    f"Draw the `{value}` of `{source.path}` as bars in `{target}`. Per row one "
                    f"line, in the order of the file: the `{name}`, filled up with blanks to the "
                    "longest one, a blank, `|`, the bar, a blank, and the figure"
                    f"{decimals}. A bar is made of `#`; the largest figure gets `{width}` of them "
                    "and the others their proportion of that, rounded down."
                ),
                (
                    f"A picture would help: `{target}` should show the `{value}` from "
                    f"`{source.path}` as a bar chart in plain text, a line for every row, order "
                    f"unchanged. Each line is the `{name}` padded to the length of the longest, "
                    f"then a blank, `|`, as many `#` as the figure is worth on a scale where the "
                    f"largest is `{width}` (fractions dropped), a blank, and the figure itself"
                    f"{decimals}."
                ),
                (
                    f"How do the rows of `{source.path}` compare in `{value}`? Let `{target}` "
                    f"show it without any graphics. For each row, first to last, print `{name}` "
                    "(spaces added until it is as wide as the widest), then a space, `|`, the "
                    f"bar of `#`, another space and the number{decimals}. Bars are in proportion: "
                    f"`{width}` signs for the maximum, and for any other row what its share of "
                    "the maximum comes to, cut to a whole number."
                ),
                (
                    f"I would like a plain text chart, `{target}`, to paste into a mail. Source: "
                    f"column `{value}` of `{source.path}`, with `{name}` as the labels. Layout of "
                    "a line: label, left-aligned in a field as wide as the longest label; one "
                    f"blank; `|`; the `#` signs; one blank; the value{decimals}. Scale: the "
                    f"maximum has a bar of `{width}`, everything else `{width}` times value "
                    "divided by maximum, rounding down. One line a row, not sorted anew."
                ),
                (
                    f"Acceptance of `{target}`: it has as many lines as `{source.path}` has rows, "
                    f"in equal order. In each the `{name}` comes first, widened with blanks to "
                    "the size of the longest, so that after one more blank all `|` are below one "
                    f"another. Directly behind follows a bar of `#`, `{width}` long where "
                    f"`{value}` is at its highest and proportionally shorter elsewhere (drop the "
                    f"fraction); finally a blank and the figure{decimals}."
                ),
            ],
            steps=[
                look(
                    f"cat {here}; {pairs} | sort -t $'\\t' -k{second + 1},{second + 1}gr | head -n "
                    "2",
                    f"I need the names and figures of {source.path}, and the largest of them.",
                    "Print the table and the largest figures.",
                ),
                do(
                    draw_bars,
                    f"The largest {value} is {top}, and all names have to be padded to the "
                    "longest.",
                    "Collect the rows, then print each with a bar in proportion to the largest.",
                ),
                look(
                    f"cat {there}",
                    f"One bar should have exactly {width} signs.",
                    "Look at the chart.",
                ),
            ],
            wrong=[
                Wrong(about, path=target, content="".join(f"{line}\n" for line in other).encode())
                for about, other in wrong
                if other != lines
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f'{pairs} | perl -ne \'my @cell = split /\\t/; print "#" x '
                    f'int({width} * $cell[{second}] / $top), "\\n"\' > {there}',
                    symptom=r"Illegal division by zero",
                    diagnosis="The largest value is not known yet while the rows are read; it "
                    "takes a first pass.",
                    recovery=f"rm -f {there}",
                ),
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"column --bars {width} {here}",
                    symptom=r"unrecognized option '--bars'",
                    diagnosis="column only aligns; it draws no bars.",
                ),
            ],
        )

"""Recover unknown rates from totals by solving linear equations."""

from __future__ import annotations

import shlex
from fractions import Fraction

from shellwright.recipe import (
    Column,
    Draw,
    Entry,
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
    summary,
)
from shellwright.recipe.tabular import differing, grouped


class RecoverRatesFromTotals(Recipe):
    """One row a status: its count, the rate that the totals imply, and what it brought in."""

    needs = (Pattern.of("table", condition="clean", shape="records"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = ("cat", "gp", "head", "mlr", "paste", "rm", "sed")
    packages = ("miller", "pari-gp")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        if not source.has("category", "status", "count"):
            raise Unsuitable("no counts by category and status")
        c, s, n = (source.index(role) for role in ("category", "status", "count"))
        group, status, count = (source.header[place] for place in (c, s, n))
        form = source.format
        groups, states = sorted({r[c] for r in source.rows}), sorted({r[s] for r in source.rows})
        counts = {
            pair: sum(int(row[n]) for row in rows)
            for pair, rows in grouped(source.rows, lambda row: (row[c], row[s])).items()
        }
        matrix = [[counts.get((name, state), 0) for state in states] for name in groups]
        words = [*groups, *states]
        if len(states) < 2 or _rank(matrix) < len(states):
            raise Unsuitable("the totals do not determine the rates")
        if any({*word} & {*',\t"\\'} for word in words) or {group, status} & {"total", "rate"}:
            raise Unsuitable("names that are hard to write")
        rates = dict(zip(states, draw.sample(range(125, 4900), len(states)), strict=True))
        totals = {
            name: sum(k * rates[state] for k, state in zip(line, states, strict=True))
            for name, line in zip(groups, matrix, strict=True)
        }
        given = world.input(draw, ["invoice_totals", "billed", "charges"], ".csv")
        target = world.output(draw, ["rates", "implied_rates", "price_list"], ".csv")
        columns = [
            Column(status, "status"),
            Column(count, "count"),
            Column("rate", "rate"),
            Column("total", "amount"),
        ]
        sums = {state: sum(counts.get((name, state), 0) for name in groups) for state in states}

        def table(found: dict[str, int]) -> Table:
            rows: list[Row] = [
                (state, str(sums[state]), _money(found[state]), _money(sums[state] * found[state]))
                for state in states
            ]
            return summary(target, f"rates by {status}", columns, rows)

        result = table(rates)
        head = ",".join(result.header)
        average = round(Fraction(sum(totals.values()), sum(sums.values())))
        turned = dict(zip(states, [*rates.values()][::-1], strict=True))
        listed = draw.shuffled([*totals.items(), ("Annex", draw.integer(9_000, 90_000))])
        lines = "".join(f"{name},{_money(total)}\n" for name, total in listed)
        here, there, billed = (shlex.quote(path) for path in (source.path, target, given))
        cross = (
            f"mlr --i{form} --ocsv stats1 -a sum -f {count} -g {group},{status} "
            f"then sort -c {group} -c {status} "
            f"then reshape -s {status},{count}_sum then unsparsify --fill-with 0 "
            f"then join -i csv -j {group} -f {billed} then sort -c {group} {here}"
        )
        fields = ",".join(states)
        rows_of = "mlr --icsv --onidx --ofs ,"
        solve = (
            f"{cross} > /tmp/system.csv\n"
            f'{{ echo "A = [$({rows_of} cut -o -f {shlex.quote(fields)} /tmp/system.csv | '
            "paste -sd ';')];\"\n"
            f'  echo "b = [$({rows_of} cut -f total /tmp/system.csv | paste -sd ,)]~;"\n'
            "  echo 'b = round(100 * b); x = matinverseimage(A, b);'\n"
            "  echo 'if (#x == 0 || matrank(A) < #A, error(\"no single solution\"));'\n"
            "  echo 'for (i = 1, #x, print(x[i]))'; } > /tmp/system.gp"
        )
        return Move(
            focus=result,
            makes=[result],
            brings=[Entry(given, f"{group},total\n{lines}".encode())],
            request=[
                (
                    f"The price list behind `{given}` is lost. It charged a fixed rate for each "
                    f"unit of `{count}`, which depended on the `{status}` alone; the file has the "
                    f"resulting total of each `{group}`. Work the rates out from the records in "
                    f"`{source.path}` and write `{target}`, CSV with the header `{head}`, a row "
                    f"for each `{status}` in ascending order: the sum of `{count}`, the rate and "
                    "their product, both with two decimals."
                ),
                (
                    f"Which rates explain the totals in `{given}`? Every unit of `{count}` in "
                    f"`{source.path}` was billed at a rate that its `{status}` decides, and the "
                    f"bill of a `{group}` is the sum of that; totals of others than those in the "
                    f"records are of no interest. The rates are whole cents. Save `{target}` as "
                    f"CSV with the header `{head}`, ascending by `{status}`, with the sum of "
                    f"`{count}`, the rate and the product of the two (two decimals each)."
                ),
            ],
            steps=[
                look(
                    f"cat {billed}; {cross}",
                    f"Each total is a sum over {status}: I need the counts by {group} and "
                    f"{status} beside {given}.",
                    "Cross the counts and join the totals.",
                ),
                do(
                    f"{solve}\ncat /tmp/system.gp\n"
                    f"{{ echo 'rate'; gp -q /tmp/system.gp < /dev/null; }} > /tmp/rates.csv\n"
                    f"mlr --i{form} --ocsv stats1 -a sum -f {count} -g {status} "
                    f"then rename {count}_sum,{count} then sort -c {status} {here} |\n"
                    "  paste -d , - /tmp/rates.csv | mlr --icsv --ocsv "
                    f'put \'$total = fmtnum(${count} * $rate / 100, "%.2f"); '
                    f'$rate = fmtnum($rate / 100, "%.2f")\' > {there}',
                    f"{len(groups)} equations for {len(states)} unknown rates, with zeros where a "
                    "combination does not occur. In cents everything is exact.",
                    "Write matrix and vector, solve them exactly and put the rates beside the "
                    "sums.",
                ),
                look(
                    f"cat {there}; sed -n '$p' /tmp/system.csv | head -n 1\n"
                    "rm /tmp/system.gp /tmp/system.csv /tmp/rates.csv",
                    f"Do these rates give the total of {groups[-1]} again?",
                    "Read the rates, and put them into the last equation.",
                ),
            ],
            wrong=differing(
                result,
                [
                    ("the average rate for all", table(dict.fromkeys(states, average))),
                    ("rates in another order than the names", table(turned)),
                ],
            ),
            mistakes=[
                Mistake(
                    "hallucination",
                    before=1,
                    command="echo 'linsolve([1, 2; 3, 4], [5, 6]~)' | gp -q",
                    symptom=r"not a function in function call",
                    diagnosis="PARI calls it matsolve for square systems and matinverseimage for "
                    "others.",
                ),
                Mistake(
                    "command",
                    before=1,
                    command=f"echo 'matsolve({_gp(matrix)}, [{_vector(totals)}])' | gp -q",
                    symptom=r"\*\*\*.*(matsolve|gauss)",
                    diagnosis="The right-hand side has to be a column, which the tilde makes of a "
                    "row, and matsolve wants a square matrix.",
                ),
            ],
        )


def _money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def _gp(matrix: list[list[int]]) -> str:
    """The matrix as PARI writes it."""
    return "[" + "; ".join(", ".join(map(str, line)) for line in matrix) + "]"


def _vector(totals: dict[str, int]) -> str:
    return ", ".join(map(str, totals.values()))


def _rank(matrix: list[list[int]]) -> int:
    """The rank of a matrix, by elimination."""
    lines = [[Fraction(cell) for cell in line] for line in matrix]
    rank = 0
    for place in range(len(lines[0])):
        pivot = next((i for i in range(rank, len(lines)) if lines[i][place]), None)
        if pivot is None:
            continue
        lines[rank], lines[pivot] = lines[pivot], lines[rank]
        for other in range(rank + 1, len(lines)):
            factor = lines[other][place] / lines[rank][place]
            lines[other] = [a - factor * b for a, b in zip(lines[other], lines[rank], strict=True)]
        rank += 1
    return rank

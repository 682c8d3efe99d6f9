"""Choose the records that give the most for a budget."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from decimal import Decimal

from shellwright.recipe import (
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
)
from shellwright.recipe.tabular import differing, grouped, other_extents

MODEL = """set I;
param units{{I}};
param price{{I}};
param least default 0;
table items IN "CSV" "/tmp/plan/items.csv" : I <- [{id}], units ~ {count}, price ~ {amount};
var take{{I}} binary;
minimize goal: if least > 0 then sum{{i in I}} price[i] * take[i]
               else -sum{{i in I}} units[i] * take[i];
s.t. money: sum{{i in I}} price[i] * take[i] <= {budget};
s.t. enough: sum{{i in I}} units[i] * take[i] >= least;
solve;
printf "units %d cost %.2f\\n", sum{{i in I}} units[i] * take[i], sum{{i in I}} price[i] * take[i];
table chosen{{i in I: take[i] > 0.5}} OUT "CSV" "/tmp/plan/chosen.csv" : i ~ {id};
end;
"""


class BestSelectionWithinBudget(Recipe):
    """The records of one category with the largest count that a budget pays for."""

    needs = (
        Pattern.of("table", condition="clean", shape="records", extent=other_extents("selected")),
    )
    gives = (Pattern.of("table", condition="clean", shape="records", extent="selected"),)
    tools = ("mlr", "glpsol", "mkdir", "cat", "grep")
    packages = ("miller", "glpk-utils")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        if not source.has("id", "category", "count", "amount"):
            raise Unsuitable("no amounts and counts by category")
        key, c, n, a = (source.index(role) for role in ("id", "category", "count", "amount"))
        ident, group, count, amount = (source.header[place] for place in (key, c, n, a))
        form = source.format
        by_group = grouped(source.rows, lambda row: row[c])
        name = draw.choice([*sorted(by_group)])
        items = by_group[name]
        ids = [row[key] for row in source.rows]
        if not 6 <= len(items) <= 45 or len({*ids}) < len(ids) or {*name} & {*"'\"\\"}:
            raise Unsuitable("too few or too many candidates")
        costs = [int(Decimal(row[a]) * 100) for row in items]
        budget = sum(costs) * draw.integer(30, 45) // 1_000_000 * 10_000
        best = _knapsack([int(row[n]) for row in items], costs, budget)
        if best is None or not 2 <= len(best) < len(items):
            raise Unsuitable("no single best selection")
        chosen = {items[place][key] for place in best}
        most = sum(int(items[place][n]) for place in best)
        limit = f"{budget // 100}.00"
        target = world.output(draw, ["selection", "approved", "best_buy"], f".{form}")
        result = source.with_rows(
            (row for row in source.rows if row[key] in chosen),
            path=target,
            extent="selected",
            noun=f"selected {world.theme.records}",
        )

        def greedy(order: Sequence[Row]) -> Table:
            left, taken = budget, set()
            for row in order:
                cost = int(Decimal(row[a]) * 100)
                if cost <= left:
                    left -= cost
                    taken.add(row[key])
            return result.with_rows(row for row in source.rows if row[key] in taken)

        here, there = shlex.quote(source.path), shlex.quote(target)
        model = MODEL.format(id=ident, count=count, amount=amount, budget=limit)
        pick = f"filter '${{{group}}} == \"{name}\"'"
        solve = "glpsol --math /tmp/plan/best.mod"
        return Move(
            focus=result,
            makes=[result],
            request=[
                (
                    f"From `{source.path}` we can pay for some of the {world.theme.records} whose "
                    f"`{group}` is `{name}`, up to a total `{amount}` of `{limit}`. Choose those "
                    f"that together have the largest possible `{count}`; among equally good "
                    f"choices the one with the smallest total `{amount}`. Save the chosen rows as "
                    f"`{target}`, in the same format, columns and order as the source."
                ),
                (
                    f"Find the best use of a budget: which rows of `{source.path}` with `{group}` "
                    f"`{name}` give the highest sum of `{count}` when their `{amount}` may not add "
                    f"up to more than `{limit}`? Where several choices reach that sum, the "
                    f"cheapest counts. It has to be the true optimum. `{target}` gets the chosen "
                    "rows, unchanged, in the order and format of the source."
                ),
            ],
            steps=[
                look(
                    f"mlr --i{form} --opprint {pick} then stats1 -a count,sum,min,max "
                    f"-f {count},{amount} {here}",
                    f"{name} in {source.path}: I need the number of candidates and their cost.",
                    "Summarise the candidates.",
                ),
                do(
                    f"mkdir -p /tmp/plan\nmlr --i{form} --ocsv {pick} then cut -o -f "
                    f"{ident},{count},{amount} {here} > /tmp/plan/items.csv\n"
                    f"cat > /tmp/plan/best.mod <<'EOF'\n{model}EOF",
                    "There are too many candidates to pick by hand, and picking by ratio is not "
                    "safe: this is an integer programme.",
                    "Extract the candidates and write the model; with `least` set it looks for the "
                    "cheapest selection that is as good.",
                ),
                look(
                    f"{solve} | grep -E 'OPTIMAL|^units'",
                    "The model is there; least is 0 by default, so it maximises the units.",
                    f"Solve it for the largest {count}.",
                ),
                do(
                    f"echo 'data; param least := {most}; end;' > /tmp/plan/least.dat\n"
                    f"{solve} -d /tmp/plan/least.dat | grep -E 'OPTIMAL|^units'\n"
                    f"mlr --i{form} --o{form} join -i csv -j {ident} -f /tmp/plan/chosen.csv "
                    f"then cut -o -f {','.join(source.header)} {here} > {there}",
                    f"No selection has more than {most}. Among those with {most} the cheapest is "
                    "wanted.",
                    "Solve again with that total as a lower bound and pick the chosen rows.",
                ),
                look(
                    f"mlr --i{form} --opprint stats1 -a count,sum -f {count},{amount} {there}",
                    "Does it reach what the solver found, and stay within the budget?",
                    "Add up the selected rows.",
                ),
            ],
            wrong=differing(
                result,
                [
                    ("cheapest first", greedy(sorted(items, key=lambda r: Decimal(r[a])))),
                    ("largest first", greedy(sorted(items, key=lambda r: -int(r[n])))),
                    (
                        "best ratio first",
                        greedy(sorted(items, key=lambda r: Decimal(r[a]) / max(1, int(r[n])))),
                    ),
                    ("in the order of the file", greedy(items)),
                ],
            ),
            mistakes=[
                Mistake(
                    "hallucination",
                    before=2,
                    command="glpsol --solve /tmp/plan/best.mod",
                    symptom=r"Invalid option '--solve'",
                    diagnosis="A model in the GMPL language is read with --math.",
                ),
                Mistake(
                    "command",
                    before=3,
                    command=f"{solve} -d /tmp/plan/missing.dat",
                    symptom=r"(?i)unable to open|No such file",
                    diagnosis="The data section has to be written before it can be read.",
                ),
            ],
        )


def _knapsack(values: list[int], costs: list[int], budget: int) -> tuple[int, ...] | None:
    """The places of the best selection, the cheapest of the best; None unless it is the only one.

    For each total value the cheapest selection is kept, with the number of ways to get it.
    """
    table: dict[int, tuple[int, int, tuple[int, ...]]] = {0: (0, 1, ())}
    for place, (value, cost) in enumerate(zip(values, costs, strict=True)):
        for total, (spent, ways, places) in sorted(table.items(), reverse=True):
            if spent + cost > budget:
                continue
            offer = (spent + cost, ways, (*places, place))
            held = table.get(total + value)
            if held is None or offer[0] < held[0]:
                table[total + value] = offer
            elif offer[0] == held[0]:
                table[total + value] = (held[0], held[1] + ways, held[2])
    _, ways, places = table[max(table)]
    return places if ways == 1 else None

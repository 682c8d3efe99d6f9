"""Add up energy from rates in mixed units."""

from __future__ import annotations

import shlex
from decimal import Decimal

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
from shellwright.recipe.tabular import differing, grouped, rounded

#: Megajoules in one of each unit, and the usual size of a rate in it.
UNITS = {
    "kWh": (Decimal("3.6"), 1),
    "Wh": (Decimal("0.0036"), 1000),
    "MJ": (Decimal(1), 4),
    "kJ": (Decimal("0.001"), 4000),
    "kcal": (Decimal("0.004184"), 900),
    "btu": (Decimal("0.00105505585262"), 3500),
}
NEEDED = ("kWh", "kcal", "btu")


class ConvertMixedEnergyUnits(Recipe):
    """A summary of counts by category with the energy that they stand for, in one unit."""

    needs = (Pattern.of("table", condition="clean", shape="records"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = ("mlr", "units", "cat", "head", "cut", "sort")
    packages = ("miller", "units")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        if not source.has("category", "count"):
            raise Unsuitable("no counts by category")
        c, n, form = source.index("category"), source.index("count"), source.format
        group, count = source.header[c], source.header[n]
        totals = {
            name: sum(int(row[n]) for row in rows)
            for name, rows in sorted(grouped(source.rows, lambda row: row[c]).items())
        }
        if len(totals) < 3 or any({*name} & {*',\t"'} for name in totals):
            raise Unsuitable("too few categories, or names that are hard to write")
        rates = _rates(draw, [*totals, "Annex"])
        sheet = world.input(draw, ["energy_rates", "energy_per_piece", "consumption"], ".csv")
        target = world.output(draw, ["energy", "energy_statement", "energy_by_group"], ".csv")
        lines = [f"{name},{value} {unit}" for name, (value, unit) in draw.shuffled(rates.items())]
        columns = [Column(group, "category"), Column(count, "count"), Column("energy_mj", "amount")]

        def table(factors: dict[str, Decimal]) -> list[Row]:
            return [
                (name, str(total), rounded(total * rates[name][0] * factors[rates[name][1]]))
                for name, total in totals.items()
            ]

        exact = {unit: factor for unit, (factor, _) in UNITS.items()}
        rows = table(exact)
        result = summary(target, f"energy by {group}", columns, rows)
        header = ",".join(result.header)
        here, there, given = (shlex.quote(path) for path in (source.path, target, sheet))
        sums = (
            f"mlr --i{form} --ocsv stats1 -a sum -f {count} -g {group} "
            f"then rename {count}_sum,{count} {here}"
        )
        command = (
            f"{{ echo '{header}'; {sums} | mlr --icsv --otsv --headerless-csv-output "
            f"join -j {group} -f {given} then cut -o -f {group},{count},rate then sort -c {group} "
            "| while IFS=$'\\t' read -r name total rate; do printf '%s,%s,%s\\n' \"$name\" "
            '"$total" "$(units -t -o %.2f "$total * $rate" MJ)"; done; } > ' + there
        )
        kept = "; ".join(("`kcal` is 4184 J", "`btu` is 1055.05585262 J"))
        odd = next(name for name, (_, unit) in rates.items() if unit == "kcal" and name in totals)
        value = rates[odd][0]
        return Move(
            focus=result,
            makes=[result],
            brings=[Entry(sheet, ("\n".join([f"{group},rate", *lines]) + "\n").encode())],
            request=[
                (
                    f"`{sheet}` says how much energy one unit of `{count}` takes for each "
                    f"`{group}`, every supplier in a unit of their own ({kept}). Work out the "
                    f"energy behind `{source.path}` and write it to `{target}`, a CSV file with "
                    f"the header `{header}`, one row for each `{group}` in the records, in "
                    f"ascending order: the sum of `{count}`, and that times the rate in "
                    "megajoules, rounded to two decimals."
                ),
                (
                    f"For the energy statement: take the sum of `{count}` for each `{group}` in "
                    f"`{source.path}`, multiply it by that group's rate in `{sheet}` "
                    f"(energy per unit, in all sorts of units; {kept}) and give it in megajoules. "
                    f"`{target}` is CSV with the header `{header}`, sorted by `{group}`; round "
                    "only the energy in megajoules, to two decimals. Rates of groups that do not "
                    "occur are left aside."
                ),
            ],
            steps=[
                look(
                    f"cat {given}; cut -d ' ' -f 2 {given} | sort | head -n 20",
                    f"The rates in {sheet} are in different units; which ones?",
                    "Print the sheet and the units that occur.",
                ),
                look(
                    f"{sums}; units -t '{value} kcal' MJ",
                    "Does every group have a rate, and every rate a group?",
                    "See the sums, and try one of the conversions.",
                ),
                do(
                    command,
                    f"{value} kcal are {value * exact['kcal']:f} MJ, as 4184 J each should give. "
                    "All units of the sheet are known to the converter.",
                    "Join sums and rates, convert each product and round it there.",
                ),
                look(
                    f"cat {there}; mlr --icsv --opprint stats1 -a sum -f {count},energy_mj {there}",
                    f"The {count} of all groups together should be what the records have.",
                    "Read the result and add it up.",
                ),
            ],
            wrong=differing(
                result,
                [
                    (
                        "units were ignored",
                        result.with_rows(table({unit: Decimal(1) for unit in UNITS})),
                    ),
                    ("kcal taken for kJ", result.with_rows(table({**exact, "kcal": exact["kJ"]}))),
                    (
                        "a rounded btu",
                        result.with_rows(table({**exact, "btu": Decimal("0.00105")})),
                    ),
                    (
                        "in kilowatt-hours",
                        result.with_rows(table({u: f / Decimal("3.6") for u, f in exact.items()})),
                    ),
                ],
            ),
            mistakes=[
                Mistake(
                    "analysis",
                    before=2,
                    command=f"units -t '{value} kcal' MW",
                    symptom=r"conformability error",
                    diagnosis="MW is power, not energy. Megajoules are MJ.",
                ),
                Mistake(
                    "command",
                    before=2,
                    command=f"units -t '{value} BTU' MJ",
                    symptom=r"Unknown unit 'BTU'",
                    diagnosis="Names of units are case-sensitive: it is btu, as in the sheet.",
                ),
            ],
        )


def _rates(draw: Draw, names: list[str]) -> dict[str, tuple[Decimal, str]]:
    """A rate with its unit for each name; the units that are easy to get wrong occur."""
    first = draw.shuffled(names[:-1])
    units = [*NEEDED, *(draw.choice(list(UNITS)) for _ in range(len(names) - len(NEEDED)))]
    found = {}
    for name, unit in zip([*first, names[-1]], units, strict=True):
        size = UNITS[unit][1]
        found[name] = (Decimal(draw.integer(40, 990)) * size / 100, unit)
    return found

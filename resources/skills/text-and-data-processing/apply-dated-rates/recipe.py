"""Compute charges from an XML price list with dated rates."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from datetime import date, timedelta
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
)
from shellwright.recipe.tabular import differing, other_extents, unused_name

Rates = dict[str, list[tuple[str, Decimal]]]


class ApplyDatedRates(Recipe):
    """Every row gets a charge: its count times the rate that held on its day."""

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
    tools = ("xmlstarlet", "sort", "gawk", "mlr", "head", "uniq", "tail", "wc")
    packages = ("xmlstarlet", "gawk", "miller")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        places = tuple(source.index(role) for role in ("category", "date", "count", "amount"))
        c, d, n = places[:3]
        group, day, count = (source.header[place] for place in (c, d, n))
        names = sorted(set(source.values("category")))
        if any(set(name) & set("<>&\"'") for name in names):
            raise Unsuitable("a category that XML has to escape")
        rates = _rates(source, draw, names, c, d)
        added = unused_name(source, "charge", "tariff_charge")
        price_list = world.input(draw, ["rates", "tariff", "price_list"], ".xml")
        target = world.output(
            draw, ["charged", "with_charges", f"{world.theme.records}_charged"], f".{source.format}"
        )

        def charged(pick: Callable[[str, str], Decimal]) -> list[Row]:
            return [(*row, f"{int(row[n]) * pick(row[c], row[d]):.2f}") for row in source.rows]

        result = source.with_rows(
            charged(lambda name, when: valid(rates, name, when)),
            path=target,
            columns=(*source.columns, Column(added, "amount")),
            extent="enriched",
            noun=f"{source.noun} with charges",
        )
        here, there, prices = (shlex.quote(path) for path in (source.path, target, price_list))
        listed = (
            "xmlstarlet sel -t -m '/tariff/group/rate' -v ../@name -o $'\\t' -v @from -o $'\\t' "
            f"-v @price -n {prices} | LC_ALL=C sort"
        )
        apply = (
            "gawk -F '\\t' -v OFS='\\t' 'NR == FNR { k = ++many[$1]; from[$1, k] = $2; "
            f'price[$1, k] = $3; next }} FNR == 1 {{ print $0, "{added}"; next }} '
            f"{{ rate = 0; for (k = 1; k <= many[${c + 1}]; k++) if (from[${c + 1}, k] <= "
            f"${d + 1}) rate = price[${c + 1}, k]; "
            f'print $0, sprintf("%.2f", ${n + 1} * rate) }}\' <({listed}) '
        )
        if source.format == "csv":
            command = f"{apply}<(mlr --icsv --otsv cat {here}) | mlr --itsv --ocsv cat > {there}"
        else:
            command = f"{apply}{here} > {there}"
        return Move(
            focus=result,
            makes=[result],
            brings=[Entry(price_list, _xml(world, draw, rates).encode())],
            request=[
                (
                    f"Charge the {world.theme.records} in `{source.path}` by `{price_list}`: it "
                    f"has a `group` per `{group}`, and in it each `rate` is valid from the day in "
                    "`from` (that day included) until the next one begins. The charge is the "
                    f"`price` valid on the row's `{day}` times `{count}`. Save the rows as "
                    f"`{target}`, same format and order, with the charge in a new last column "
                    f"`{added}`, two decimals."
                ),
                (
                    f"`{target}` should be `{source.path}` plus one last column, `{added}` (two "
                    f"decimals): `{count}` multiplied by the `price` that held on the row's "
                    f"`{day}` for its `{group}`. The prices stand in `{price_list}`, where a "
                    "`group` has one `rate` after the other in no particular order, each in force "
                    "from its `from` day, inclusive, to the day before the next. Format and order "
                    "of rows stay."
                ),
            ],
            steps=[
                look(
                    f"head -n 14 {prices}; xmlstarlet el -a {prices} | sort | uniq -c",
                    f"I have not seen {price_list} yet.",
                    "Look at the top of the price list and at its structure.",
                ),
                look(
                    f"{listed} | head -n 30; head -n 2 {here}",
                    "Rates are attributes of rate elements below named groups; there are comments "
                    "with old prices as well, which a real XML parser skips.",
                    "List group, day and price in order, and the columns of the table.",
                ),
                do(
                    command,
                    "Prices change several times, and a row may lie on the very day of a change: "
                    "then the new price counts.",
                    "For each row take the last rate that begins on or before its day, and "
                    "multiply.",
                ),
                look(
                    f"head -n 4 {there}; tail -n +2 {there} | wc -l",
                    "Does every row have a charge, and the right one?",
                    "Check some charges against the list.",
                ),
            ],
            wrong=differing(
                result,
                [
                    (
                        "the newest rate for every row",
                        result.with_rows(charged(lambda name, when: rates[name][-1][1])),
                    ),
                    (
                        "a new rate holds only from the day after",
                        result.with_rows(
                            charged(lambda name, when: valid(rates, name, when, late=True))
                        ),
                    ),
                    (
                        "the first rate of each group",
                        result.with_rows(charged(lambda name, when: rates[name][0][1])),
                    ),
                ],
            ),
            mistakes=[
                Mistake(
                    "command",
                    before=2,
                    command=f"xmlstarlet sel -t -m '/tariff/group[rate' -v @name {prices}",
                    symptom=r"(XPath error|compilation error|Invalid)",
                    diagnosis="The bracket of the predicate is not closed.",
                ),
                Mistake(
                    "hallucination",
                    before=2,
                    command=f"xmlstarlet to-csv {prices} > {there}",
                    symptom=r"(Usage|XMLStarlet Toolkit|unrecognized)",
                    diagnosis="xmlstarlet has no such command; sel prints what a template says.",
                    recovery=f"rm -f {there}",
                ),
            ],
        )


def valid(rates: Rates, name: str, when: str, *, late: bool = False) -> Decimal:
    """The price in force on a day; `late` lets a price hold only from the day after its start."""
    found = [price for start, price in rates[name] if start < when or (start == when and not late)]
    return found[-1] if found else rates[name][0][1]


def _rates(table: Table, draw: Draw, names: list[str], c: int, d: int) -> Rates:
    """Two to four rates a category: one from before the table begins, one on a day of a record."""
    first = date.fromisoformat(min(table.values("date")))
    rates: Rates = {}
    for name in names:
        days = sorted({row[d] for row in table.rows if row[c] == name} - {first.isoformat()})
        starts = {(first - timedelta(days=draw.integer(0, 60))).isoformat()}
        starts |= set(draw.sample(days, draw.integer(1, 3)))
        cents = draw.integer(300, 2500)
        prices = []
        for _ in starts:
            prices.append(Decimal(cents) / 100)
            cents += draw.integer(10, 400)
        rates[name] = list(zip(sorted(starts), prices, strict=True))
    return rates


def _xml(world: World, draw: Draw, rates: Rates) -> str:
    """The price list as XML: groups and rates in any order, and a comment with an old price."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f'<tariff owner="{world.theme.key}">']
    for name in draw.shuffled(sorted(rates)):
        lines.append(f'  <group name="{name}">')
        if draw.chance(0.4):
            lines.append(
                f'    <!-- was: <rate from="2024-01-01" price="{draw.integer(1, 9)}.50"/> -->'
            )
        for start, price in draw.shuffled(rates[name]):
            lines.append(f'    <rate from="{start}" price="{price:.2f}"/>')
        lines.append("  </group>")
    return "\n".join([*lines, "</tariff>"]) + "\n"

"""A calculation that exists as a dc program only, applied to records."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

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
    quoted,
)
from shellwright.recipe.tabular import differing, unused_name

CENT = Decimal("0.01")
PROGRAM = """# {what}, as agreed in 2009; dc -f {name}, then operands and lfx
# on the stack: {count}, then {amount} on top
2k
[sa sn
 la {rate} * 1000 /
 ln {fee} * 100 / +
 ln {limit} <u
 la {big} <v
 d {least} >m
 p c]sf
[{extra} +]su
[d {rebate} * 100 / -]sv
[s. {least}]sm
"""


@dataclass(frozen=True)
class Terms:
    """The numbers of the formula, as they stand in the program."""

    rate: int
    fee: int
    limit: int
    extra: int
    big: int
    rebate: int
    least: int

    def charge(self, count: int, amount: Decimal, cut: str = ROUND_DOWN) -> Decimal:
        """What the program prints, with two decimals."""
        share = (amount * self.rate / 1000).quantize(CENT, cut)
        value = share + (Decimal(count * self.fee) / 100).quantize(CENT, cut)
        if count > self.limit:
            value += self.extra
        if amount > self.big:
            value -= (value * self.rebate / 100).quantize(CENT, cut)
        return max(value, Decimal(self.least)).quantize(CENT)


class ChargeByLegacyFormula(Recipe):
    """The table has a last column with what the old program charges for each record."""

    needs = (
        Pattern.of(
            "table",
            format=("csv", "tsv"),
            condition="clean",
            shape="records",
            extent="full",
        ),
    )
    gives = (Pattern.of("table", format=("csv", "tsv"), condition="clean", extent="enriched"),)
    tools = ("cat", "dc", "head", "mlr", "paste", "sed", "sort", "tail")
    packages = ("dc", "miller")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        if not source.has("id", "count", "amount") or len(source.rows) < 6:
            raise Unsuitable("columns or rows are missing")
        pairs = [
            (int(count), Decimal(amount))
            for count, amount in zip(source.values("count"), source.values("amount"), strict=True)
        ]
        if any(count < 0 or amount < 0 for count, amount in pairs):
            raise Unsuitable("dc would have to be told of negative numbers")
        terms = Terms(
            rate=draw.integer(11, 49),
            fee=draw.choice([35, 45, 55, 65, 85]),
            limit=draw.integer(20, 40),
            extra=draw.integer(6, 19),
            big=draw.integer(12, 30) * 100,
            rebate=draw.integer(3, 17),
            least=draw.integer(22, 48),
        )
        what = draw.choice(["handling charge", "levy", "clearing fee"])
        added = unused_name(source, what.replace(" ", "_"), "legacy_charge")
        tariff = world.input(draw, ["tariff", "formula", "charge"], ".dc")
        target = world.output(draw, ["charged", "with_charges", "billing"], f".{source.format}")

        def charged(values: list[Decimal]) -> Table:
            return source.with_rows(
                ((*row, str(v)) for row, v in zip(source.rows, values, strict=True)),
                path=target,
                columns=(*source.columns, Column(added, "amount")),
                extent="enriched",
                noun=f"{source.noun} with the {what}",
            )

        result = charged([terms.charge(*pair) for pair in pairs])
        count, amount = source.name("count"), source.name("amount")
        program = PROGRAM.format(
            what=what.capitalize(),
            name=tariff.rpartition("/")[2],
            count=count,
            amount=amount,
            **vars(terms),
        )
        here, there, formula = quoted(source.path), quoted(target), quoted(tariff)
        glue = {"csv": ",", "tsv": "\\t"}[source.format]
        ask = (
            f"mlr --i{source.format} --onidx --ofs ' ' cut -o -f {quoted(f'{count},{amount}')} "
            f"{here} | sed 's/$/ lfx/'"
        )
        plain = "-e 's/^[.]/0./' -e 's/^[0-9]*$/&.00/' -e 's/[.][0-9]$/&0/'"
        first = pairs[0]
        swapped = [terms.charge(int(a), Decimal(c)) for c, a in pairs]
        no_rebate = Terms(**{**vars(terms), "rebate": 0})
        return Move(
            focus=result,
            makes=[result],
            brings=[Entry(tariff, program.encode())],
            request=[
                f"Nobody remembers how the {what} is worked out, but `{tariff}`, a program for the "
                f"calculator `dc`, still does it. Add what it prints for `{count}` and `{amount}` "
                f"of each record of `{source.path}` as a last column `{added}`, always with two "
                f"decimals (`0.50`, `25.00`), and put the table, rows in the same order and in the "
                f"same format, into `{target}`. The figures have to agree with the old ones to the "
                "cent.",
                f"Please charge `{source.path}` the old way: for every record the {what} that the "
                f"`dc` program `{tariff}` prints for its `{count}` and `{amount}`, to the cent and "
                f"written with two decimals (`0.50`, `25.00`), in a new last column `{added}`. "
                f"Format and order of the rows stay; the outcome is `{target}`.",
            ],
            steps=[
                look(
                    f"cat {formula}; head -n 3 {here}; dc -f {formula} -e "
                    f"'{first[0]} {first[1]} lfx'",
                    f"What must lie on the stack, in which order? The first record has {first[0]} "
                    f"and {first[1]}.",
                    "Read the program and run it for the first record.",
                ),
                do(
                    f"{ask} | dc -f {formula} - | sed {plain} -e '1i {added}' |\n"
                    f"  paste -d '{glue}' {here} - > {there}",
                    f"`{count}` comes first and `{amount}` lies on top. It cuts off at two "
                    f"decimals, and the minimum prints as {terms.least}, without decimals.",
                    "Ask for all records in one run, normalise the numbers, put them beside.",
                ),
                look(
                    f"head -n 4 {there}; mlr --i{source.format} --onidx cut -f {added} {there} | "
                    "sort -n | sed -n '1p;$p'; "
                    f"tail -n 1 {there}",
                    "Nobody may be charged less than the minimum. How many records are charged "
                    "just that?",
                    "Look at the first rows and at the extremes.",
                ),
            ],
            wrong=differing(
                result,
                [
                    ("rounded", charged([terms.charge(*p, ROUND_HALF_UP) for p in pairs])),
                    ("rounded at the end only", charged([late(terms, *pair) for pair in pairs])),
                    ("no rebate", charged([no_rebate.charge(*pair) for pair in pairs])),
                    ("operands swapped", charged(swapped)),
                ],
            ),
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"dc -f {formula} -e 'lfx'",
                    symptom=r"stack empty",
                    diagnosis="The macro takes two values from the stack; both have to be there "
                    "before it is called.",
                ),
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"dc --scale=2 -f {formula} -e '{first[0]} {first[1]} lfx'",
                    symptom=r"(invalid|unrecognized|unknown) option|[Uu]sage|bad",
                    diagnosis="dc has no such option; the program sets its precision itself.",
                ),
            ],
        )


def late(terms: Terms, count: int, amount: Decimal) -> Decimal:
    """The charge in full precision, rounded at the end."""
    value = amount * terms.rate / 1000 + Decimal(count * terms.fee) / 100
    value += terms.extra if count > terms.limit else 0
    value -= value * terms.rebate / 100 if amount > terms.big else 0
    return max(value, Decimal(terms.least)).quantize(CENT, ROUND_HALF_UP)

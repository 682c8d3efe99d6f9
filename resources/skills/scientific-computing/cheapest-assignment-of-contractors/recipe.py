"""Give each category the contractor with whom the whole is cheapest."""

from __future__ import annotations

import shlex
from itertools import permutations

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
    summary,
)
from shellwright.recipe.tabular import differing, grouped

FIRMS = ("Alder & Sons", "Brightwell", "Corvus", "Dunmore", "Estrada", "Fjordline", "Gantry Co")
#: Writes the model from the numbered costs: number, group, firm, cost.
PROGRAM = """{ terms = terms " +" $4 " x" $1; ints = ints (NR > 1 ? "," : "") "x" $1
    of[$2] = of[$2] " +x" $1; by[$3] = by[$3] " +x" $1 }
  END {
    print "min:" terms ";"
    for (g in of) print of[g] " = 1;"
    for (f in by) print by[f] " <= 1;"
    print "int " ints ";" }"""


class CheapestAssignmentOfContractors(Recipe):
    """One row a category: its volume, the contractor of the cheapest assignment, and the cost."""

    needs = (Pattern.of("table", condition="clean", shape="records"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = ("cat", "cut", "gawk", "lp_solve", "mlr", "mkdir", "rm", "sed", "sort", "wc")
    packages = ("gawk", "lp-solve", "miller")
    effort = 3

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
        if not 3 <= len(totals) <= 6 or any({*name} & {*',\t"\\'} for name in totals):
            raise Unsuitable("too few or too many categories, or hard to write")
        if min(totals.values()) < 1 or group in ("contractor", "rate", "cost"):
            raise Unsuitable("a group without volume")
        offers, best = _offers(draw, totals)
        given = world.input(draw, ["offers", "tender", "quotes"], ".csv")
        target = world.output(draw, ["awards", "assignment", "contracts"], ".csv")
        columns = [
            Column(group, "category"),
            Column(count, "count"),
            Column("contractor", "contractor"),
            Column("cost", "amount"),
        ]

        def table(chosen: dict[str, str]) -> Table:
            rows = [
                (name, str(total), chosen[name], _money(total * offers[name, chosen[name]]))
                for name, total in totals.items()
            ]
            return summary(target, f"contracts by {group}", columns, rows)

        result = table(best)
        head = ",".join(result.header)
        here, there, quotes = (shlex.quote(path) for path in (source.path, target, given))
        listed = [*offers.items(), *((("Annex", firm), 300 + len(firm)) for firm in FIRMS[:3])]
        lines = [f"{firm},{name},{_money(rate)}" for (name, firm), rate in draw.shuffled(listed)]
        sums = (
            f"mlr --i{form} --ocsv stats1 -a sum -f {count} -g {group} "
            f"then rename {count}_sum,{count} {here}"
        )
        numbered = (
            f"{sums} > /tmp/award/sums.csv\n"
            f"mlr --icsv --ocsv join -j {group} -f /tmp/award/sums.csv "
            f"then put '$cost = fmtnum(${count} * $rate, \"%.2f\")' then cat -n -N number "
            f"then cut -o -f number,{group},contractor,cost {quotes} > /tmp/award/costs.csv\n"
            f"sed 1d /tmp/award/costs.csv | gawk -F, '{PROGRAM}' > /tmp/award/model.lp"
        )
        greedy, lowest = _greedy(totals, offers), _lowest(totals, offers)
        clash = len({*lowest.values()}) < len(lowest)
        return Move(
            focus=result,
            makes=[result],
            brings=[Entry(given, f"contractor,{group},rate\n{_joined(lines)}".encode())],
            request=[
                (
                    f"`{given}` holds what contractors want for one unit of `{count}` in each "
                    f"`{group}`; not everybody offers everything. Each `{group}` in "
                    f"`{source.path}` gets exactly one contractor and no contractor gets more "
                    "than one. Find the assignment with the lowest total cost (there is just "
                    f"one) and write it to `{target}`: CSV with the header `{head}`, sorted by "
                    f"`{group}`, where the cost is the rate times the sum of `{count}`, with two "
                    "decimals."
                ),
                (
                    f"Who should serve which `{group}`? Take the volumes, the sums of `{count}` by "
                    f"`{group}`, from `{source.path}` and the rates for one unit from `{given}`. "
                    "Every one is to be served by one contractor, nobody serves two, and the "
                    f"total must be as low as possible. `{target}` is CSV in ascending order of "
                    f"`{group}` with the header `{head}` (cost: volume times rate, two decimals). "
                    "Offers for groups without records do not matter."
                ),
            ],
            steps=[
                look(
                    f"{sums}; mlr --icsv --opprint reshape -s contractor,rate then unsparsify "
                    f"{quotes}",
                    f"I need the volumes and an overview of who offers what in {given}.",
                    "Add up the volumes and spread the offers out as a matrix.",
                ),
                do(
                    f"mkdir -p /tmp/award\n{numbered}\n"
                    f"{{ echo 'number'; lp_solve -S3 /tmp/award/model.lp |\n"
                    "    sed -n 's/^x\\([0-9]*\\)  *1$/\\1/p'; } > /tmp/award/chosen.csv\n"
                    "mlr --icsv --ocsv join -j number -f /tmp/award/chosen.csv "
                    f"then join -j {group} -f /tmp/award/sums.csv then sort -c {group} "
                    f"then cut -o -f {head} /tmp/award/costs.csv > {there}",
                    (
                        "Taking the lowest offer of each group would use somebody twice, "
                        if clash
                        else "The lowest offers might do, but that would be luck, "
                    )
                    + "so all have to be decided together: an assignment problem.",
                    "Compute the cost of each usable offer, write the model, solve it and join "
                    "the chosen offers to the volumes.",
                ),
                look(
                    f"cat {there}; lp_solve -S1 /tmp/award/model.lp; "
                    f"lp_solve -S3 /tmp/award/model.lp | sed -n 2p; "
                    f"cut -d , -f 3 {there} | sort -u | wc -l\nrm -r /tmp/award",
                    "Do the costs add up to the objective value, and has each group a contractor "
                    "of its own? The header counts as a name, too.",
                    "Compare with the objective value and count the names.",
                ),
            ],
            wrong=differing(
                result,
                [
                    ("group by group in turn", table(greedy)),
                    ("the lowest offer for each", table(lowest)),
                ],
            ),
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command="printf 'min: 3 x1 + 2 x2\\nx1 + x2 = 1;\\n' | lp_solve -S3",
                    symptom=r"(?i)syntax error|infeasible|read model",
                    diagnosis="Each statement of an LP file ends with a semicolon, the objective "
                    "function too.",
                ),
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"lp_solve --assignment {quotes}",
                    symptom=r"(?i)unrecognized|unable to|read model|error|infeasible|not",
                    diagnosis="The solver knows no assignment mode; the model has to be written "
                    "out as equations.",
                ),
            ],
        )


def _joined(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def _offers(
    draw: Draw, totals: dict[str, int]
) -> tuple[dict[tuple[str, str], int], dict[str, str]]:
    """Rates in cents by group and firm, and the one cheapest assignment.

    The best differs from what choosing group by group gives.
    """
    firms = draw.sample(FIRMS, min(len(FIRMS), len(totals) + 1))
    for _ in range(60):
        base = {name: draw.integer(400, 2500) for name in totals}
        offers = {
            (name, firm): base[name] * draw.integer(80, 125) // 100
            for name in totals
            for firm in firms
            if draw.chance(0.8)
        }
        found = sorted(
            (sum(totals[name] * offers[name, firm] for name, firm in pairs), pairs)
            for pairs in (
                tuple(zip(totals, chosen, strict=True))
                for chosen in permutations(firms, len(totals))
            )
            if all(pair in offers for pair in pairs)
        )
        if len(found) < 3 or found[0][0] == found[1][0]:
            continue
        best = dict(found[0][1])
        greedy = _greedy(totals, offers)
        if greedy != best and len(greedy) == len(totals):
            return offers, best
    raise Unsuitable("the cheapest assignment is too easy to find")


def _greedy(totals: dict[str, int], offers: dict[tuple[str, str], int]) -> dict[str, str]:
    """The lowest rate that is left for each group in turn."""
    chosen: dict[str, str] = {}
    for name in totals:
        left = [
            (rate, firm)
            for (other, firm), rate in offers.items()
            if other == name and firm not in chosen.values()
        ]
        if left:
            chosen[name] = min(left)[1]
    return chosen


def _lowest(totals: dict[str, int], offers: dict[tuple[str, str], int]) -> dict[str, str]:
    """The lowest rate for each group, whoever else has it."""
    return {
        name: min((rate, firm) for (other, firm), rate in offers.items() if other == name)[1]
        for name in totals
    }

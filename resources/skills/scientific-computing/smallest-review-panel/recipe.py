"""Choose the smallest group of people who cover all combinations."""

from __future__ import annotations

from itertools import combinations

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
    quoted,
    summary,
)
from shellwright.recipe.tabular import differing

#: Rows of person and combination to an integer programme; `cost` has the fees by person.
PROGRAM = """FNR == NR { if (FNR > 1) fee[$1] = $2; next }
  !($1 in id) { id[$1] = ++n; print "x" n "," $1 > names }
  { thing = $2; for (i = 3; i <= NF; i++) thing = thing "," $i
    by[thing] = by[thing] (thing in by ? " + " : "") "x" id[$1] }
  END { print "Minimize"; printf " obj:"
    for (p in id) printf " + %d x%d", fee[p] + 100000, id[p]
    print "\\nSubject To"; for (t in by) printf " c%d: %s >= 1\\n", ++c, by[t]
    print "Binary"; for (p in id) print " x" id[p]; print "End" }"""

Cover = dict[str, frozenset[str]]


class SmallestReviewPanel(Recipe):
    """The members of the smallest, then cheapest panel, with what each covers."""

    needs = (
        Pattern.of("table", format=("csv", "tsv"), condition="clean", shape="records",
                   extent=("full", "enriched", "merged")),
    )  # fmt: skip
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = ("cat", "cbc", "cut", "gawk", "grep", "join", "mkdir", "mlr", "rm", "sort",
             "wc")  # fmt: skip
    packages = ("coinor-cbc", "gawk", "miller")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        if not source.has("person", "category", "status", "date"):
            raise Unsuitable("no people by category and status")
        form = source.format
        person, group, state = (source.name(role) for role in ("person", "category", "status"))
        who, what, how = (source.index(role) for role in ("person", "category", "status"))
        least = draw.choice([1, 2])
        seen: dict[tuple[str, str], int] = {}
        for row in source.rows:
            key = (row[who], f"{row[what]}|{row[how]}")
            seen[key] = seen.get(key, 0) + 1
        cells = [name for pair in seen for name in (pair[0], *pair[1].split("|"))]
        if any({*name} & {*"\"',\\|\t"} for name in cells) or len({p for p, _ in seen}) > 12:
            raise Unsuitable("odd names or too many people")
        cover: Cover = {
            name: frozenset(t for (p, t), n in seen.items() if p == name and n >= least)
            for name in sorted({p for p, _ in seen})
        }
        cover = {name: things for name, things in cover.items() if things}
        fees = {name: draw.integer(12, 60) * 5 for name in cover}
        best = cheapest(cover, fees)
        if best is None or not 2 <= len(best) <= 6 or len(cover) < 5:
            raise Unsuitable("no single best panel")
        rates = world.input(draw, ["fees", "day_rates", "rates"], ".csv")
        target = world.output(draw, ["panel", "review_panel", "delegates"], ".csv")
        columns = (Column(person, "person"), Column("covers", "count"), Column("only", "count"),
                   Column("fee", "count"))  # fmt: skip

        def table(panel: tuple[str, ...]) -> Table:
            rows: list[Row] = []
            for name in sorted(panel):
                rest = frozenset().union(*(cover[other] for other in panel if other != name))
                rows.append(
                    (name, str(len(cover[name])), str(len(cover[name] - rest)), str(fees[name]))
                )
            return summary(target, "review panel", columns, rows)

        result = table(best)
        here, there, sheet = (quoted(p) for p in (source.path, target, rates))
        head = ",".join(result.header)
        pairs = (
            f"mlr --i{form} --ocsv --headerless-csv-output count -g {person},{group},{state} then "
            f"filter '$count >= {least}' then cut -o -f {person},{group},{state} {here}"
        )
        times = "a record" if least == 1 else f"at least `{least}` records"
        clause = (
            f"a person covers a pair of `{group}` and `{state}` when there "
            f"{'is' if least == 1 else 'are'} {times} of that person with both"
        )
        listed = draw.shuffled(fees.items())
        lines = [f"{person},fee", *(f"{name},{fee}" for name, fee in listed)]
        return Move(
            focus=result,
            makes=[result],
            brings=[Entry(rates, "".join(f"{line}\n" for line in lines).encode())],
            request=[
                f"We want a panel that has seen everything. In `{source.path}`, {clause}. Find the "
                f"smallest group of people in the column `{person}` who together cover every pair "
                "that anybody covers; of several equally small groups the one with the lowest sum "
                f"of fees (`{rates}`). It must really be the smallest, not just a good one. Write "
                f"`{target}`, CSV with the header `{head}`: the members in byte order, how many "
                "pairs each covers, how many of these no other member covers, and the fee.",
                f"Who has to come so that nothing is missing? For the records in `{source.path}`: "
                f"{clause}. Every pair that is covered by somebody has to be covered by the panel. "
                f"Take as few people (`{person}`) as possible, and among the smallest panels the "
                f"one whose fees in `{rates}` add up to least. `{target}` shall be CSV with the "
                f"header `{head}`, a row a member in byte order of the names: the number of pairs "
                "the member covers, the number of those covered by no other member, and the fee. "
                "I have to defend the choice, so a guess that happens to work is not enough.",
            ],
            steps=[
                look(
                    f"{pairs} | wc -l; {pairs} | cut -d , -f 2,3 | sort -u | wc -l; cat {sheet}",
                    "How many people and pairs are there, and what do people cost?",
                    "Count what is covered and read the fees.",
                ),
                do(
                    "mkdir -p /tmp/panel\n"
                    f"{pairs} > /tmp/panel/pairs.csv\n"
                    f"gawk -F , -v names=/tmp/panel/names.csv '{PROGRAM}' {sheet} "
                    "/tmp/panel/pairs.csv > /tmp/panel/cover.lp",
                    "People who cover pairs: a set cover. A head weighs 100000, more than all "
                    "fees together, so size comes before money.",
                    "Write the integer programme, one variable a person and one constraint a pair.",
                ),
                do(
                    "cbc /tmp/panel/cover.lp solve solution /tmp/panel/solution.txt > "
                    "/tmp/panel/log.txt\n"
                    "grep -q '^Optimal' /tmp/panel/solution.txt\n"
                    "gawk '$3 > 0.5 && $2 ~ /^x/ { print $2 }' /tmp/panel/solution.txt | sort > "
                    "/tmp/panel/chosen.txt\n"
                    f"{{ echo {head}\n"
                    "  join -t , /tmp/panel/chosen.txt <(sort -t , -k 1,1 /tmp/panel/names.csv) |\n"
                    "    cut -d , -f 2 | gawk -F , -v OFS=, '\n"
                    '    FILENAME == "-" { member[$1]; next }\n'
                    "    FILENAME ~ /pairs/ { if ($1 in member) { has[$1]++; n[$2 FS $3]++; "
                    "last[$2 FS $3] = $1 }; next }\n"
                    "    $1 in member { fee[$1] = $2 }\n"
                    "    END { for (t in n) if (n[t] == 1) only[last[t]]++\n"
                    "      for (m in member) print m, has[m], only[m] + 0, fee[m] }' - "
                    f"/tmp/panel/pairs.csv {sheet} |\n"
                    f"    LC_ALL=C sort -t , -k 1,1; }} > {there}\nrm -r /tmp/panel",
                    "The solver proves that its answer is the optimum.",
                    "Solve, take the members and count what each alone brings.",
                    duration=0.5,
                ),
                look(
                    f"cat {there}; cut -d , -f 1 {there} | grep -F -f - <({pairs}) | "
                    "cut -d , -f 2,3 | sort -u | wc -l",
                    "Do the chosen people cover all pairs?",
                    "Read the panel and count its pairs with the tools that counted them before.",
                ),
            ],
            wrong=differing(
                result,
                [
                    ("whoever adds most", table(_greedy(cover))),
                    ("everybody", table(tuple(cover))),
                    ("the cheapest ones first", table(_in_turn(cover, fees))),
                ],
            ),
            mistakes=[
                Mistake(
                    "command",
                    before=2,
                    command="cbc /tmp/panel/cover.mps solve | tail -n 6",
                    symptom=r"(?i)not valid|unable to open",
                    diagnosis="The programme was written as cover.lp; without a file there is "
                    "nothing to solve.",
                ),
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"mlr --i{form} --ocsv set-cover -f {person} {here}",
                    symptom=r"(?i)verb .*not found",
                    diagnosis="No verb of that kind exists; the cover is an integer programme for "
                    "a solver.",
                ),
            ],
        )


def cheapest(cover: Cover, fees: dict[str, int]) -> tuple[str, ...] | None:
    """The smallest panel that covers all, the cheapest of these; None unless there is just one."""
    wanted = frozenset().union(*cover.values())
    for size in range(1, len(cover) + 1):
        fits = [
            (sum(fees[name] for name in panel), panel)
            for panel in combinations(sorted(cover), size)
            if frozenset().union(*(cover[name] for name in panel)) == wanted
        ]
        if fits:
            fits.sort()
            return None if len(fits) > 1 and fits[0][0] == fits[1][0] else fits[0][1]
    return None


def _greedy(cover: Cover) -> tuple[str, ...]:
    wanted, panel = frozenset().union(*cover.values()), ()
    while wanted:
        name = max(sorted(cover), key=lambda n: len(cover[n] & wanted))
        panel, wanted = (*panel, name), wanted - cover[name]
    return panel


def _in_turn(cover: Cover, fees: dict[str, int]) -> tuple[str, ...]:
    wanted, panel = frozenset().union(*cover.values()), ()
    for name in sorted(cover, key=lambda n: (fees[n], n)):
        if cover[name] & wanted:
            panel, wanted = (*panel, name), wanted - cover[name]
    return panel

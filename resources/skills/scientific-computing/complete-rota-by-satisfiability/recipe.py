"""Complete a half-filled rota that has one solution."""

from __future__ import annotations

from collections.abc import Sequence

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
    summary,
)
from shellwright.recipe.tabular import differing

#: A cell is (week, crew), a rota the place of each cell, by numbers from 0.
Cell = tuple[int, int]
Rota = dict[Cell, int]

CLAUSES = """BEGIN {
  FS = ","
  while ((getline place[++n] < places) > 0) number[place[n]] = n
  n--
  for (a = 1; a <= n; a++) for (b = 1; b <= n; b++) {
    one = two = three = ""
    for (k = 1; k <= n; k++) {
      one = one v(a, b, k) " "; two = two v(a, k, b) " "; three = three v(k, a, b) " "
      for (m = k + 1; m <= n; m++) {
        print -v(a, b, k), -v(a, b, m), 0
        print -v(a, k, b), -v(a, m, b), 0
        print -v(k, a, b), -v(m, a, b), 0
      }
    }
    print one 0; print two 0; print three 0
  }
}
function v(week, crew, where) { return ((week - 1) * n + crew - 1) * n + where }
FILENAME ~ /csv$/ && FNR == 1 { for (k = 2; k <= NF; k++) crew[$k] = k - 1 }
FILENAME ~ /csv$/ && FNR > 1 {
  for (k = 2; k <= NF; k++) if ($k != "") print v($1, k - 1, number[$k]), 0
}
FILENAME !~ /csv$/ && split($0, part, / not at | in week /) == 3 {
  print -v(part[3], crew[part[1]], number[part[2]]), 0
}
"""
DECODE = """NR == FNR { place[NR] = $0; n = NR; next }
/^SAT/ { next }
{ for (k = 1; k < NF; k++) if ($k > 0) {
    cell = int(($k - 1) / n); at[int(cell / n) + 1, cell % n + 1] = place[($k - 1) % n + 1] } }
END { for (w = 1; w <= n; w++) {
    line = w; for (c = 1; c <= n; c++) line = line "," at[w, c]; print line } }
"""


class CompleteRotaBySatisfiability(Recipe):
    """The whole rota as CSV: a row a week, a column a crew."""

    needs = (
        Pattern.of(
            "table",
            format=("csv", "tsv"),
            condition="clean",
            shape="records",
            extent=("full", "selected", "merged"),
        ),
    )
    gives = (Pattern.of("table", format="csv", condition="clean", shape="listing"),)
    tools = ("awk", "cat", "column", "head", "minisat", "mkdir", "mlr", "sort", "tail", "wc")
    packages = ("bsdextrautils", "miller", "minisat")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        if not source.has("category"):
            raise Unsuitable("no categories")
        group, form = source.name("category"), source.format
        places = sorted({*source.values("category")}, key=lambda name: name.encode())
        n = len(places)
        if not 4 <= n <= 6 or any({*name} & {*",\"'\\"} or " not at " in name for name in places):
            raise Unsuitable("too few or too many categories, or names that are hard to write")
        crews = [f"Crew {letter}" for letter in draw.sample("ABDEFGHKLMNPRSTVWZ", n)]
        truth = _square(draw, n)
        fixed, refused = _clues(draw, truth, n)
        given = world.input(draw, ["rota_draft", "rotation", "half_a_rota"], ".csv")
        wishes = world.input(draw, ["wishes", "refusals", "notes_from_the_crews"], ".txt")
        target = world.output(draw, ["rota", "full_rota", "rotation_plan"], ".csv")
        columns = (Column("week", "week"), *(Column(name, "place") for name in crews))

        def made(rota: Rota, path: str) -> Table:
            rows = [
                (str(w + 1), *(places[rota[w, c]] if (w, c) in rota else "" for c in range(n)))
                for w in range(n)
            ]
            return summary(path, "rota", columns, rows)

        result = made(truth, target)
        lines = [f"{crews[c]} not at {places[p]} in week {w + 1}" for (w, c), p in refused]
        here, there, at, listed = (quoted(p) for p in (source.path, target, given, wishes))
        work = "/tmp/rota"
        loose = _solutions(fixed, [], n, 2)
        wrong = [("the wishes left out", made(one, target)) for one in loose if one != truth]
        turned = {(w, c): truth[c, w] for w, c in truth}
        wrong += [
            ("weeks and crews swapped", made(turned, target)),
            ("the draft as it was", made(fixed, target)),
        ]
        return Move(
            focus=result,
            makes=[result],
            brings=[
                Entry(given, made(fixed, given).content()),
                Entry(wishes, "".join(f"{line}\n" for line in lines).encode()),
            ],
            request=[
                f"Please finish the rota in `{given}`: a row for each week, a column for each "
                f"crew, and in each cell one `{group}` out of those in `{source.path}`. Every crew "
                f"has to be at every `{group}` once in the `{n}` weeks, and in no week may two "
                "crews be at the same. What is filled in is agreed and stays, and what "
                f"the crews refuse in `{wishes}` has to be respected. There is exactly one way; "
                f"save the whole rota as `{target}`, CSV with the same header and order of rows.",
                f"Half of the rota for the next `{n}` weeks is fixed: `{given}`, with a column "
                f"per crew. Fill the empty cells so that each crew gets each `{group}` that "
                f"occurs in `{source.path}` exactly once and crews never share one in the same "
                f"week. Leave the fixed cells alone and keep to `{wishes}`, where the crews said "
                "what they cannot do. Only one rota satisfies all of that. "
                f"It goes to `{target}`, a CSV file of the same layout.",
            ],
            steps=[
                look(
                    f"column -s, -t < {at}; wc -l {listed}; head -n 4 {listed}; "
                    f"mlr --i{form} --opprint count-distinct -f {group} then sort -f {group} "
                    f"{here}",
                    f"How much of the rota is fixed, and which {group} are there?",
                    "Look at the draft, at the refusals and at the names.",
                ),
                do(
                    f"mkdir -p {work}\n"
                    f"mlr --i{form} --onidx --ofs tab count-distinct -f {group} then cut "
                    f"-f {group} {here} | LC_ALL=C sort > {work}/places\n"
                    f"cat > {work}/clauses.awk <<'EOF'\n{CLAUSES}EOF\n"
                    f"awk -v places={work}/places -f {work}/clauses.awk {at} {listed} "
                    f"> {work}/clauses\n"
                    f"{{ echo p cnf {n**3} $(wc -l < {work}/clauses); cat {work}/clauses; }} "
                    f"> {work}/rota.cnf\nhead -n 1 {work}/rota.cnf",
                    f"Some cells are fixed, and there are refusals. With {n} crews and weeks, "
                    "whether a crew does a task in a week is a question of yes or no each time: "
                    "something for a solver.",
                    "Write the rules, the draft and the refusals as clauses.",
                ),
                do(
                    f"minisat -verb=0 {work}/rota.cnf {work}/answer || [ $? -eq 10 ]\nhead -c 60 "
                    f"{work}/answer\n"
                    f"cat > {work}/decode.awk <<'EOF'\n{DECODE}EOF\n"
                    f"{{ head -n 1 {at}; awk -f {work}/decode.awk {work}/places {work}/answer; }} "
                    f"> {there}",
                    "The solver tells by its exit code whether there is a solution; it never is "
                    "zero.",
                    "Solve it and turn the true variables back into names.",
                ),
                look(
                    f"column -s, -t < {there}\n"
                    f"{{ echo p cnf {n**3} $(($(wc -l < {work}/clauses) + 1)); cat {work}/clauses\n"
                    f'  tail -n 1 {work}/answer | awk \'{{ for (k = 1; k < NF; k++) printf "%d ", '
                    f"-$k; print 0 }}'; }} > {work}/other.cnf\n"
                    f"minisat -verb=0 {work}/other.cnf || [ $? -eq 20 ]",
                    "If the clauses are complete, forbidding this answer leaves none.",
                    "Read the rota, and ask for another solution.",
                ),
            ],
            wrong=differing(result, wrong),
            mistakes=[
                Mistake(
                    "command",
                    before=2,
                    command=f"minisat -verb=0 {at}",
                    symptom=r"PARSE ERROR",
                    diagnosis="The solver reads clauses in DIMACS form, not the draft itself.",
                ),
                Mistake(
                    "hallucination",
                    before=2,
                    command=f"minisat --all-solutions {work}/rota.cnf",
                    symptom=r"ERROR! Unknown flag|Unknown flag",
                    diagnosis="It finds one solution; for another one the first must be forbidden.",
                ),
            ],
        )


def _square(draw: Draw, n: int) -> Rota:
    """A rota that keeps all rules: a cyclic one with weeks, crews and places mixed."""
    weeks, crews, places = (draw.shuffled(range(n)) for _ in range(3))
    square = {(w, c): places[(weeks[w] + crews[c]) % n] for w in range(n) for c in range(n)}
    # Swapping two places along a chain of crews makes it other than cyclic.
    a, b = draw.sample(range(n), 2)
    crew: int | None = draw.integer(0, n - 1)
    while crew is not None:
        here = {square[w, crew]: w for w in range(n)}
        week = here[a]
        square[week, crew], square[here[b], crew] = b, a
        crew = next((c for c in range(n) if c != crew and square[week, c] == b), None)
    return square


def _clues(draw: Draw, truth: Rota, n: int) -> tuple[Rota, list[tuple[Cell, int]]]:
    """Fixed cells and refusals that leave one solution, few of the former."""
    cells = draw.shuffled(truth)
    pairs = [(cell, p) for cell in cells for p in range(n) if truth[cell] != p]
    refused = draw.sample(pairs, 2 * n + draw.integer(0, 3))
    fixed = dict(truth)
    for cell in cells:
        rest = {other: p for other, p in fixed.items() if other != cell}
        if len(_solutions(rest, refused, n, 2)) == 1:
            fixed = rest
    refused = [(cell, p) for cell, p in refused if cell not in fixed]
    return {cell: truth[cell] for cell in sorted(fixed)}, refused


def _solutions(fixed: Rota, refused: Sequence[tuple[Cell, int]], n: int, most: int) -> list[Rota]:
    """Up to `most` rotas with these cells and without those."""
    banned = {*refused}
    found: list[Rota] = []
    open_cells = {
        (w, c): {
            p
            for p in range(n)
            if ((w, c), p) not in banned
            and all(fixed.get((w, k)) != p and fixed.get((k, c)) != p for k in range(n))
        }
        for w in range(n)
        for c in range(n)
        if (w, c) not in fixed
    }

    def search(rota: Rota, left: dict[Cell, set[int]]) -> None:
        if len(found) >= most:
            return
        if not left:
            found.append(rota)
            return
        cell = min(left, key=lambda one: (len(left[one]), one))
        for place in sorted(left[cell]):
            search(
                {**rota, cell: place},
                {
                    other: options - {place}
                    if other[0] == cell[0] or other[1] == cell[1]
                    else options
                    for other, options in left.items()
                    if other != cell
                },
            )

    search(fixed, open_cells)
    return found

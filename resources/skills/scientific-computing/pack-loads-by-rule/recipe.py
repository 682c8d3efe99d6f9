"""Pack records into loads by a rule, and find the smallest number of loads."""

from __future__ import annotations

from collections.abc import Sequence

from shellwright.recipe import (
    Column,
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Report,
    Row,
    Table,
    Unsuitable,
    World,
    Wrong,
    do,
    look,
    quoted,
)
from shellwright.recipe.tabular import differing, grouped, unused_name

PROGRAM = """{ size[NR] = $1 }
END {
  print "Minimize"; printf " loads:"
  for (k = 1; k <= most; k++) printf " + used%d", k
  print "\\nSubject To"
  for (i = 1; i <= NR; i++) {
    printf " packed%d:", i
    for (k = 1; k <= most; k++) printf " + in%d_%d", i, k
    print " = 1"
  }
  for (k = 1; k <= most; k++) {
    printf " room%d:", k
    for (i = 1; i <= NR; i++) printf " + %d in%d_%d", size[i], i, k
    printf " - %d used%d <= 0\\n", room, k
    if (k > 1) printf " order%d: used%d - used%d >= 0\\n", k, k - 1, k
  }
  print "Binary"
  for (k = 1; k <= most; k++) {
    printf " used%d", k
    for (i = 1; i <= NR; i++) printf " in%d_%d", i, k
  }
  print "\\nEnd"
}
"""

#: What a load is, by the column that is counted.
LOADS = {
    "boardings": "bus",
    "containers": "lorry",
    "hours": "work package",
    "kegs": "van",
    "loaves": "van",
    "minutes": "session",
    "pallets": "truck",
    "pieces": "crate",
}


class PackLoadsByRule(Recipe):
    """The records of one category with their load; a report with the smallest number of loads."""

    needs = (
        Pattern.of(
            "table",
            format=("csv", "tsv"),
            condition="clean",
            shape="records",
            extent=("full", "merged"),
        ),
    )
    gives = (Pattern.of("table", format=("csv", "tsv"), condition="clean", extent="enriched"),)
    tools = ("cat", "cbc", "gawk", "grep", "head", "jq", "mkdir", "mlr", "numsum")
    packages = ("coinor-cbc", "gawk", "jq", "miller", "num-utils")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Table)
        if not source.has("id", "category", "count"):
            raise Unsuitable("no counts by category")
        key, c, n = (source.index(role) for role in ("id", "category", "count"))
        ident, group, count = source.header[key], source.header[c], source.header[n]
        form = source.format
        ids = source.values("id")
        by_group = grouped(source.rows, lambda row: row[c])
        fitting = [name for name in sorted(by_group) if 8 <= len(by_group[name]) <= 15]
        if len({*ids}) < len(ids) or not fitting or count not in LOADS:
            raise Unsuitable("no category of a size that can be packed exactly")
        name = draw.choice(fitting)
        items = [(row[key], int(row[n])) for row in by_group[name]]
        if {*name} & {*"'\"\\"} or min(size for _, size in items) < 1:
            raise Unsuitable("a name that is hard to write, or nothing to pack")
        sizes = [size for _, size in items]
        rule, room, fewest = _capacity(draw, items)
        loads = max(rule.values())
        target = world.output(draw, ["loads", "packing_list", "packed"], f".{form}")
        report = world.output(draw, ["packing", "how_many_loads", "loads_needed"], ".json")
        added = unused_name(source, "load", "load_no")

        def made(where: dict[str, int]) -> Table:
            rows: list[Row] = [(*row, str(where[row[key]])) for row in by_group[name]]
            return source.with_rows(
                sorted(rows, key=lambda row: (int(row[-1]), -int(row[n]), row[key])),
                path=target,
                columns=(*source.columns, Column(added, "load")),
                extent="enriched",
                noun=f"packed {world.theme.records}",
            )

        result = made(rule)
        findings = {"loads": loads, "fewest": fewest, "total": sum(sizes)}
        finding = Report(path=report, noun="number of loads", value=findings)
        here, there, out = quoted(source.path), quoted(target), quoted(report)
        work = "/tmp/packing"
        pick = f"filter '${{{group}}} == \"{name}\"'"
        keys = "`loads`, `fewest` and `total`"
        other = {**findings, "fewest": loads if loads != fewest else fewest - 1}
        return Move(
            focus=result,
            makes=[result, finding],
            request=[
                f"The {world.theme.records} of `{source.path}` whose `{group}` is `{name}` are to "
                f"be packed into loads, one a {LOADS[count]}, of at most `{room}` in `{count}`. "
                "The "
                f"rule is: the largest first, equal ones by ascending `{ident}`; each goes into "
                "the "
                "load with the lowest number that still has room for it, and a new load is begun "
                f"only where none has. Write these rows to `{target}`, in the source's format, "
                f"with the number of the load (from `1`) in a last column `{added}`, ordered by "
                "load, then largest first, then by "
                f"`{ident}`. People wonder whether the rule wastes loads, so `{report}` shall be a "
                f"JSON object with {keys}: how many the rule needs, how few would do if one packed "
                f"as cleverly as possible (proven, no estimate), and the sum of `{count}`.",
                f"Please pack what `{source.path}` has for the `{group}` `{name}`. A load is one "
                f"{LOADS[count]} and takes `{room}` in terms of `{count}`. Take the rows from the "
                f"largest `{count}` to the smallest (`{ident}` decides between equal ones) and put "
                "each into the first of "
                "the loads, numbered from `1` in the order in which they were begun, that can "
                f"still take it whole. `{target}` has the rows of that `{group}` in the format of "
                f"the source plus a last column `{added}` with this number; sort by it, within a "
                f"load by falling `{count}` and then by `{ident}`. In addition I need a JSON "
                f"object, `{report}`, with {keys}: the loads that this takes, the true minimum "
                f"over all ways of packing, and the total `{count}`.",
            ],
            steps=[
                look(
                    f"mlr --i{form} --opprint {pick} then sort -nr {count} -f {ident} then "
                    f"cut -o -f {ident},{count} {here}; mlr --i{form} --onidx {pick} then "
                    f"cut -f {count} {here} | numsum",
                    f"What is to be packed for {name}, and how much is it together?",
                    "List the sizes, largest first, and add them up.",
                ),
                do(
                    f"mlr --i{form} --o{form} {pick} then sort -nr {count} -f {ident} then put '\n"
                    "  begin { @loads = 0 }\n  k = 1;\n"
                    f"  while (k <= @loads && @room[k] < ${{{count}}}) {{ k += 1 }}\n"
                    f"  if (k > @loads) {{ @loads = k; @room[k] = {room} }}\n"
                    f"  @room[k] -= ${{{count}}};\n  ${added} = k;\n' then "
                    f"sort -nf {added} -nr {count} -f {ident} {here} > {there}",
                    f"With {room} a load the sum of all sizes gives a lower bound, whatever the "
                    "packing.",
                    "Go through them in the stated order and take the first load with room.",
                ),
                do(
                    f"mkdir -p {work}\ncat > {work}/model.awk <<'EOF'\n{PROGRAM}EOF\n"
                    f"mlr --i{form} --onidx cut -f {count} {there} | gawk -v room={room} "
                    f"-v most={loads} -f {work}/model.awk > {work}/model.lp\n"
                    f"cbc {work}/model.lp solve solu {work}/answer > {work}/log\n"
                    f"head -n 1 {work}/answer\n"
                    f"jq -n --argjson loads $(mlr --i{form} --onidx stats1 -a max -f {added} "
                    f"{there}) \\\n  --argjson fewest $(grep -cE 'used[0-9]+ +1 ' {work}/answer) "
                    f"\\\n  --argjson total $(mlr --i{form} --onidx cut -f {count} {there} | "
                    f"numsum) \\\n  '{{$loads, $fewest, $total}}' > {out}",
                    f"The rule needs {loads} loads. Whether {loads} are the minimum is an integer "
                    "programme, with the rule's answer as an upper bound.",
                    "Solve it exactly and put the three numbers together.",
                    1.5,
                ),
                look(
                    f"jq -c . {out}; mlr --i{form} --opprint stats1 -a sum,count -f {count} "
                    f"-g {added} {there}",
                    f"No load may have more than {room}.",
                    "Add up each load and read the report.",
                ),
            ],
            wrong=[
                *differing(
                    result,
                    [
                        ("in the order of the file", made(_first_fit(items, room))),
                        ("only the last load is tried", made(_next_fit(_falling(items), room))),
                        ("the fullest load is taken", made(_best_fit(_falling(items), room))),
                    ],
                ),
                Wrong(
                    "the other number of loads",
                    path=report,
                    content=Report(path="/", noun="", value=other).text().encode(),
                ),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=2,
                    command=f"cbc {work}/packing.lp solve solu /tmp/answer",
                    symptom=r"(?i)unable to open|No such file|No match",
                    diagnosis="The model has to be written before it can be solved.",
                ),
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"mlr --i{form} --o{form} {pick} then bin-pack -f {count} -c {room} "
                    f"{here}",
                    symptom=r"verb \"bin-pack\" not found",
                    diagnosis="There is no such verb; the rule is a few lines of its language.",
                ),
            ],
        )


Items = Sequence[tuple[str, int]]


def _falling(items: Items) -> list[tuple[str, int]]:
    """The largest first, equal ones by id."""
    return sorted(items, key=lambda item: (-item[1], item[0]))


def _first_fit(items: Items, room: int) -> dict[str, int]:
    """The load of each item when the first with room is taken."""
    left: list[int] = []
    where: dict[str, int] = {}
    for name, size in items:
        place = next((k for k, free in enumerate(left) if free >= size), len(left))
        left += [room] * (place == len(left))
        left[place] -= size
        where[name] = place + 1
    return where


def _next_fit(items: Items, room: int) -> dict[str, int]:
    """The load of each item when only the last one is tried."""
    left, load = 0, 0
    where: dict[str, int] = {}
    for name, size in items:
        if size > left:
            left, load = room, load + 1
        left -= size
        where[name] = load
    return where


def _best_fit(items: Items, room: int) -> dict[str, int]:
    """The load of each item when the fullest one with room is taken."""
    left: list[int] = []
    where: dict[str, int] = {}
    for name, size in items:
        fitting = [k for k, free in enumerate(left) if free >= size]
        place = min(fitting, key=lambda k: (left[k], k), default=len(left))
        left += [room] * (place == len(left))
        left[place] -= size
        where[name] = place + 1
    return where


def _capacity(draw: Draw, items: Items) -> tuple[dict[str, int], int, int]:
    """The loads by the rule, the capacity, and the smallest number of loads.

    A capacity with which the rule wastes a load is preferred.
    """
    sizes = sorted((size for _, size in items), reverse=True)
    rooms = draw.shuffled(range(max(sizes) + 2, max(sizes) * 3))[:40]
    plain: tuple[dict[str, int], int, int] | None = None
    for room in rooms:
        rule = _first_fit(_falling(items), room)
        loads, bound = max(rule.values()), -(-sum(sizes) // room)
        if not 3 <= loads <= 6:
            continue
        fewest = next(k for k in range(bound, loads + 1) if k == loads or _packs(sizes, room, k))
        if fewest < loads:
            return rule, room, fewest
        plain = plain or (rule, room, fewest)
    if plain is None:
        raise Unsuitable("no capacity that needs three to six loads")
    return plain


def _packs(sizes: Sequence[int], room: int, loads: int) -> bool:
    """Whether falling sizes can be packed into so many loads."""

    def place(number: int, left: tuple[int, ...]) -> bool:
        if number == len(sizes):
            return True
        if (number, left) in failed:
            return False
        for free in sorted({*left}):
            if free >= sizes[number]:
                k = left.index(free)
                rest = tuple(sorted((*left[:k], free - sizes[number], *left[k + 1 :])))
                if place(number + 1, rest):
                    return True
        failed.add((number, left))
        return False

    failed: set[tuple[int, tuple[int, ...]]] = set()
    return place(0, (room,) * loads)

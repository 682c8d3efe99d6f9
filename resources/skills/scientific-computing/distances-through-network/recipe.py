"""Weigh volumes with the shortest distances through a network."""

from __future__ import annotations

import heapq
import shlex
from collections.abc import Callable

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

#: Shortens distances along all roads until nothing changes.
RELAX = """{ a[NR] = $1; b[NR] = $2; w[NR] = $3 }
  END {
    km[from] = 0
    do {
      changed = 0
      for (i = 1; i <= NR; i++) {
        changed += better(a[i], b[i], w[i]); changed += better(b[i], a[i], w[i]) }
    } while (changed)
    for (p in km) printf "%s,%.1f\\n", p, km[p]
  }
  function better(p, q, far) {
    if (!(p in km) || ((q in km) && km[q] <= km[p] + far + 1e-9)) return 0
    km[q] = km[p] + far; return 1 }"""
#: Two places, the length in tenths of a kilometre, and whether the road is open.
Edge = tuple[str, str, int, bool]
JUNCTIONS = ("Ash Cross", "Mill Bridge", "North Gate", "Quarry", "Old Toll", "Ferry Pier")


class DistancesThroughNetwork(Recipe):
    """One row a category: its volume, its distance and the product of both."""

    needs = (Pattern.of("table", condition="clean", shape="records"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = ("cat", "gawk", "grep", "gvpr", "head", "mlr", "rm", "sort", "wc")
    packages = ("gawk", "graphviz", "miller")
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
        if not world.theme.has_places(totals):
            raise Unsuitable("no places that a road could lead to")
        if len(totals) < 3 or any({*name} & {*',\t"\\{}'} for name in totals):
            raise Unsuitable("too few categories, or names that are hard to write")
        hub = draw.choice(JUNCTIONS)
        edges = _network(draw, [*totals], hub)
        right = _distances(edges, hub, lambda e: e[2] if e[3] else None)
        given = world.input(draw, ["roads", "network", "connections"], ".dot")
        target = world.output(draw, ["haulage", "distances", "transport_effort"], ".csv")
        columns = [
            Column(group, "category"),
            Column(count, "count"),
            Column("km", "distance"),
            Column(f"{count}_km", "effort"),
        ]

        def table(found: dict[str, int]) -> Table:
            rows: list[Row] = [
                (name, str(total), _tenths(found[name]), _tenths(total * found[name]))
                for name, total in totals.items()
                if name in found
            ]
            rows.sort(key=lambda row: (-totals[row[0]] * found[row[0]], row[0]))
            return summary(target, f"transport effort by {group}", columns, rows)

        efforts = [total * right[name] for name, total in totals.items()]
        if len({*efforts}) < len(efforts):
            raise Unsuitable("two groups with the same effort")
        result = table(right)
        head = ",".join(result.header)
        here, there, roads = (shlex.quote(path) for path in (source.path, target, given))
        opened = (
            'gvpr \'E [state != "closed"] { printf("%s\\t%s\\t%s\\n", '
            "$.tail.name, $.head.name, $.len) }' " + roads
        )
        relax = f"gawk -F '\\t' -v from={shlex.quote(hub)} '{RELAX}'"
        all_open = _distances(edges, hub, lambda e: e[2])
        changed = sum(all_open[name] != right[name] for name in totals)
        return Move(
            focus=result,
            makes=[result],
            brings=[Entry(given, _dot(edges).encode())],
            request=[
                (
                    f"How far do things travel? `{given}` is the road network: undirected, `len` "
                    'is the length in km, roads with `state="closed"` cannot be used. For each '
                    f"`{group}` in `{source.path}` find the shortest way from `{hub}` and write "
                    f"`{target}`, CSV with the header `{head}`: the sum of `{count}`, the distance "
                    "and the product of the two, both with one decimal. Largest product first."
                ),
                (
                    f"I need the transport effort by `{group}` as `{target}`, a CSV file with the "
                    f"header `{head}`, in descending order of the last column. It has the sum of "
                    f"`{count}` from `{source.path}`, the length of the shortest open route from "
                    f"`{hub}` through the network in `{given}` (kilometres in `len`, usable both "
                    'ways, not usable where it says `state="closed"`) and their product. One '
                    "decimal for the last two columns."
                ),
            ],
            steps=[
                look(
                    f"head -n 12 {roads}; grep -c -e '--' {roads}; grep -c closed {roads}; "
                    f"mlr --i{form} --opprint stats1 -a sum -f {count} -g {group} {here}",
                    f"I have to know how {given} writes lengths and closures, and the volumes.",
                    "Read the head of the network, count its roads and add up the volumes.",
                ),
                look(
                    f"{opened} | sort | head -n 30",
                    "Closed roads have to go before any distance is computed.",
                    "List the open ones as place, place and length.",
                ),
                do(
                    f"{{ echo '{group},km'; {opened} |\n  {relax}; }} > /tmp/km.csv\n"
                    f"mlr --i{form} --ocsv stats1 -a sum -f {count} -g {group} "
                    f"then rename {count}_sum,{count} then join -i csv -j {group} -f /tmp/km.csv "
                    f"then put '${count}_km = fmtnum(${count} * $km, \"%.1f\")' "
                    f"then sort -nr {count}_km then cut -o -f {head} {here} > {there}\n"
                    "rm /tmp/km.csv",
                    f"Every {group} can be reached; the closures change {changed} of the "
                    f"{len(totals)} distances.",
                    "Shorten the distances road by road until none can be shortened, then join the "
                    "volumes and multiply.",
                ),
                look(
                    f"cat {there}; wc -l < {there}",
                    "The farthest should come first. Is each product the distance times the "
                    "number beside it?",
                    "Read the table and check the first product.",
                ),
            ],
            wrong=differing(
                result,
                [
                    ("closed roads used", table(all_open)),
                    (
                        "fewest roads instead of shortest way",
                        table(_hops(edges, hub)),
                    ),
                    ("by name", result.with_rows(sorted(result.rows))),
                ],
            ),
            mistakes=[
                Mistake(
                    "command",
                    before=1,
                    command=f"gvpr 'E [state != \"closed\"] {{ print($.tail, $.from) }}' {roads}",
                    symptom=r"(?i)gvpr: .*from|error",
                    diagnosis="An edge has a tail and a head; there is no field of that name.",
                ),
                Mistake(
                    "hallucination",
                    before=1,
                    command=f"gvpr -c 'E [state == \"closed\"] {{ remove($) }}' {roads} | wc -l",
                    symptom=r"(?i)gvpr: .*error|syntax error|remove",
                    diagnosis="gvpr has no function remove; delete takes the graph and the edge.",
                ),
            ],
        )


def _tenths(value: int) -> str:
    return f"{value // 10}.{value % 10}"


def _network(draw: Draw, sites: list[str], hub: str) -> list[Edge]:
    """Roads in which closures and detours matter, with a single shortest way to each site."""
    for _ in range(80):
        places = [hub, *draw.shuffled([*sites, *(j for j in JUNCTIONS if j != hub)])]
        edges: list[Edge] = []
        for number, place in enumerate(places[1:], 1):
            near = draw.sample(places[:number], draw.integer(1, 3))
            edges += [(other, place, draw.integer(31, 480), True) for other in near]
        edges += [(hub, site, draw.integer(900, 1500), True) for site in draw.sample(sites, 2)]
        shut = draw.sample(range(len(edges)), 4)
        edges = [(a, b, w, number not in shut) for number, (a, b, w, _) in enumerate(edges)]
        opened = _distances(edges, hub, lambda e: e[2] if e[3] else None)
        every = _distances(edges, hub, lambda e: e[2])
        if {*sites} <= {*opened} and sum(every[s] != opened[s] for s in sites) >= 1:
            return draw.shuffled(edges)
    raise Unsuitable("no network in which closures matter")


def _distances(edges: list[Edge], hub: str, length: Callable[[Edge], int | None]) -> dict[str, int]:
    """The shortest distance of each place that can be reached; None stands for no way."""
    near: dict[str, list[tuple[str, int]]] = {}
    for edge in edges:
        weight = length(edge)
        if weight is not None:
            near.setdefault(edge[0], []).append((edge[1], weight))
            near.setdefault(edge[1], []).append((edge[0], weight))
    found: dict[str, int] = {}
    heap = [(0, hub)]
    while heap:
        far, place = heapq.heappop(heap)
        if place in found:
            continue
        found[place] = far
        for other, weight in near.get(place, []):
            heapq.heappush(heap, (far + weight, other))
    return found


def _hops(edges: list[Edge], hub: str) -> dict[str, int]:
    """The length of a way with the fewest open roads, the shortest of these."""
    long = 1_000_000
    found = _distances(edges, hub, lambda e: e[2] + long if e[3] else None)
    return {place: far % long for place, far in found.items()}


def _dot(edges: list[Edge]) -> str:
    """The network in the DOT language; attributes stand in no fixed order."""
    lines = ["graph roads {", "  // len: kilometres; state: as of last survey"]
    for number, (a, b, weight, usable) in enumerate(edges):
        state = 'state="open"' if number % 3 else ""
        state = state if usable else 'state="closed"'
        parts = [f"len={_tenths(weight)}", *([state] if state else [])]
        parts = parts[::-1] if number % 2 else parts
        lines.append(f'  "{a}" -- "{b}" [{", ".join(parts)}];')
    return "\n".join([*lines, "}"]) + "\n"

"""Group services that call each other in circles, and order the groups."""

from __future__ import annotations

from collections.abc import Iterable

from shellwright.recipe import (
    Column,
    Draw,
    Entry,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Row,
    Snapshot,
    Table,
    Unsuitable,
    World,
    do,
    look,
    quoted,
    summary,
)
from shellwright.recipe.tabular import differing

COLUMNS = (
    Column("group", "group"),
    Column("members", "members"),
    Column("size", "count"),
    Column("wave", "count"),
)
#: `c <component> <service>` and `e <component> <component>` to a row a component.
PROGRAM = """$1 == "c" { first = !($2 in size); size[$2]++
    members[$2] = members[$2] (first ? "" : " ") $3; if (first) name[$2] = $3 }
  $1 == "e" { calls[$2, $3] }
  END { for (c in size) wave[c] = 1
    do { changed = 0; for (pair in calls) { split(pair, p, SUBSEP)
      if (wave[p[1]] < wave[p[2]] + 1) { wave[p[1]] = wave[p[2]] + 1; changed = 1 } }
    } while (changed)
    for (c in size) print name[c], members[c], size[c], wave[c] }"""

Call = tuple[str, str, int, bool]


class GroupServicesByCallCycles(Recipe):
    """A row for each group of services that can only go together, with its wave."""

    needs = (Pattern.of("snapshot", of="units"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="summary"),)
    tools = ("cat", "ccomps", "cut", "gawk", "gc", "grep", "gvpr", "head", "ls", "rm", "sccmap",
             "sed", "sort", "tail", "wc")  # fmt: skip
    packages = ("gawk", "graphviz")
    effort = 3

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Snapshot)
        names = sorted(unit.name.removesuffix(".service") for unit in source.units)
        if not 7 <= len(names) <= 30 or any({*name} & {*' ,"\\'} for name in names):
            raise Unsuitable("too few or too many services, or odd names")
        least = draw.choice([5, 10, 20])
        calls = _calls(draw, names, least)
        real = {(a, b) for a, b, count, ok in calls if count >= least and ok and a != b}
        groups = components(names, real)
        rows = _rows(groups, real)
        sizes = [len(group) for group in groups]
        if sum(size > 1 for size in sizes) < 2 or len({row[3] for row in rows}) < 3:
            raise Unsuitable("too few circles or waves")
        given = world.input(draw, ["calls", "traced_calls", "call_graph"], ".dot")
        target = world.output(draw, ["deployment_groups", "groups", "waves"], ".csv")

        def table(found: list[Row]) -> Table:
            return summary(target, "deployment groups", COLUMNS, found)

        def judged(edges: Iterable[tuple[str, str]], nodes: list[str] = names) -> Table:
            chosen = {*edges}
            return table(_rows(components(nodes, chosen), chosen))

        result = table(rows)
        here, there, graph = (quoted(p) for p in (source.path, target, given))
        head = ",".join(result.header)
        called = sorted({name for a, b in real for name in (a, b)})
        keep = f'E [calls >= {least} && probe != "yes" && $.tail.name != $.head.name]'
        return Move(
            focus=result,
            makes=[result],
            brings=[Entry(given, _dot(calls).encode())],
            request=[
                "The new protocol does not talk to the old one, so services that call each other "
                f"in a circle have to be deployed together. `{given}` has the calls that tracing "
                "saw in a week, from caller to callee, with their number in `calls`; the services "
                f"are those with a file in `{source.path}`, named without `.service`. Leave out "
                f'edges with fewer than `{least}` calls, those with `probe="yes"`, and calls of a '
                "service to itself. "
                f"Write `{target}`, CSV with the header `{head}`, one row for each group of "
                "services that reach each other along calls, also for groups of one: the first "
                "member in byte order, all members in byte order with a space between them, their "
                "number, and the wave. A group that calls no other is in wave `1`; any other is in "
                "the wave after the latest among the groups that it calls. Sort by wave, then by "
                "the first column.",
                f"Which services must be upgraded at the same time, and in what order? Take those "
                f"that have a file in `{source.path}` (without `.service`) and the traced calls in "
                f"`{given}`, edges from caller to callee. An edge counts if `calls` is at least "
                f"`{least}`, it is not marked "
                '`probe="yes"` and does not lead from a service to itself. Two services '
                "are in one group if each can be reached from the other; a service may be alone in "
                f"its group. I need `{target}` as CSV with the header `{head}`: the group is named "
                "after its first member in byte order, the members stand in byte order with "
                "spaces between them, then come their number and the wave, which is `1` for groups "
                "that call no other and else one more than the highest wave of a group that it "
                "calls. Order by wave and then by group.",
            ],
            steps=[
                look(
                    f"head -n 8 {graph}; gc -n -e {graph}; gc -c {graph}; ls {here} | wc -l; "
                    f"grep -c probe {graph}",
                    "I want to know how edges are marked, and whether every service is in the "
                    "graph.",
                    "Read the head of the graph and count nodes, edges and parts.",
                ),
                do(
                    f"{{ echo 'digraph real {{'\n"
                    f"  ls {here} | sed 's/[.]service$//; s/.*/\"&\";/'\n"
                    f'  gvpr \'{keep} {{ printf("\\"%s\\" -> \\"%s\\";\\n", $.tail.name, '
                    f"$.head.name) }}' {graph}\n  echo '}}'; }} > /tmp/real.dot",
                    "Not every service is left once noise and probes are gone; the others have "
                    "to be added as nodes.",
                    "Keep the calls that count and add all services.",
                ),
                look(
                    "ccomps -v /tmp/real.dot 2>&1 | tail -n 1; sccmap -s /tmp/real.dot 2>&1 | "
                    "tail -n 1; sccmap /tmp/real.dot 2> /dev/null | grep -v scc_map | head -n 20",
                    "Weakly connected parts say nothing about circles; the strong ones do.",
                    "Compare the two kinds of components.",
                ),
                do(
                    "sccmap -d /tmp/real.dot 2> /dev/null > /tmp/scc.dot\n"
                    '{ gvpr \'N [$G.name != "scc_map"] { print("c ", $G.name, " ", $.name) }\' '
                    "/tmp/scc.dot | LC_ALL=C sort\n"
                    '  gvpr \'E [$G.name == "scc_map"] { print("e ", $.tail.name, " ", '
                    "$.head.name) }' /tmp/scc.dot\n"
                    f"}} > /tmp/parts.txt\n{{ echo {head}; gawk -v OFS=, '{PROGRAM}' "
                    f"/tmp/parts.txt |\n  LC_ALL=C sort -t , -k 4,4n -k 1,1; }} > {there}\n"
                    "rm /tmp/real.dot /tmp/scc.dot /tmp/parts.txt",
                    "The graph between groups has no circle, so waves exist.",
                    "Take the components and the graph between them, and raise waves until none "
                    "changes.",
                    duration=0.5,
                ),
                look(
                    f"cat {there}; tail -n +2 {there} | cut -d , -f 3 | gawk '{{ n += $1 }} "
                    "END { print n }'",
                    "The sizes must add up to all services.",
                    "Read the groups and add up their sizes.",
                ),
            ],
            wrong=differing(
                result,
                [
                    (
                        "noise and probes kept",
                        judged((a, b) for a, b, _, _ in calls if a != b),
                    ),
                    ("probes kept", judged((a, b) for a, b, n, _ in calls if n >= least)),
                    ("services without calls left out", judged(real, called)),
                    ("waves from the callers", judged((b, a) for a, b in real)),
                ],
            ),
            mistakes=[
                Mistake(
                    "analysis",
                    before=2,
                    command="tred /tmp/real.dot > /dev/null",
                    symptom=r"has cycle",
                    diagnosis="A reduction does not help while there are circles; they are what "
                    "has to be found.",
                ),
                Mistake(
                    "hallucination",
                    before=3,
                    command="sccmap --csv /tmp/real.dot | tail -n 2",
                    symptom=r"unrecognized",
                    diagnosis="sccmap writes DOT only; gvpr takes what is needed out of it.",
                ),
            ],
        )


def components(names: Iterable[str], edges: set[tuple[str, str]]) -> list[list[str]]:
    """The groups of names that reach each other, each sorted."""
    nodes = sorted(names)
    reach = {name: {name} for name in nodes}
    changed = True
    while changed:
        changed = False
        for a, b in edges:
            if a in reach and b in reach and not reach[b] <= reach[a]:
                reach[a] |= reach[b]
                changed = True
    groups = {tuple(b for b in nodes if b in reach[a] and a in reach[b]) for a in nodes}
    return [[*group] for group in sorted(groups)]


def _rows(groups: list[list[str]], edges: set[tuple[str, str]]) -> list[Row]:
    home = {name: number for number, group in enumerate(groups) for name in group}
    needs: dict[int, set[int]] = {number: set() for number in range(len(groups))}
    for a, b in edges:
        if home[a] != home[b]:
            needs[home[a]].add(home[b])
    waves: dict[int, int] = {}

    def wave(number: int) -> int:
        if number not in waves:
            waves[number] = 1 + max(map(wave, needs[number]), default=0)
        return waves[number]

    rows = [(g[0], " ".join(g), str(len(g)), str(wave(n))) for n, g in enumerate(groups)]
    return sorted(rows, key=lambda row: (int(row[3]), row[0]))


def _calls(draw: Draw, names: list[str], least: int) -> list[Call]:
    """Calls between layers with two circles, and noise that would make more of them."""
    order = draw.shuffled(names)
    found: dict[tuple[str, str], tuple[int, bool]] = {}
    quiet = order[-2:]
    order = order[:-2]

    def add(a: str, b: str, count: int, ok: bool = True) -> None:
        found.setdefault((a, b), (count, ok))

    size = draw.integer(3, 4)
    for circle in (order[1 : 1 + size], order[-3:-1]):
        for a, b in zip(circle, [*circle[1:], circle[0]], strict=True):
            add(a, b, least + draw.integer(0, 900))
    for place, name in enumerate(order[1:], 1):
        for other in draw.sample(order[:place], draw.integer(0, 2)):
            add(name, other, least + draw.integer(0, 4000))
    for number in range(draw.integer(4, 6)):
        place = draw.integer(1, len(order) - 1)
        add(order[draw.integer(0, place - 1)], order[place], draw.integer(1, least - 1)
            if number % 2 else least + draw.integer(5, 90), number % 2 == 1)  # fmt: skip
    add(order[2], order[2], least + 31)
    add(quiet[0], order[0], draw.integer(1, least - 1))
    return [(a, b, count, ok) for (a, b), (count, ok) in draw.shuffled(found.items())]


def _dot(calls: list[Call]) -> str:
    lines = ["digraph calls {", "  edge [calls=0, probe=no];"]
    for number, (a, b, count, ok) in enumerate(calls):
        parts = [f"calls={count}"]
        if not ok:
            parts.insert(number % 2, 'probe="yes"')
        lines.append(f'  "{a}" -> "{b}" [{", ".join(parts)}];')
    return "\n".join([*lines, "}"]) + "\n"

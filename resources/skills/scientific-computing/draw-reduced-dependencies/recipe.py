"""Draw the services of a machine with those dependencies only that do not follow from others."""

from __future__ import annotations

from shellwright.recipe import (
    Column,
    Draw,
    Mistake,
    Move,
    Pattern,
    Recipe,
    Snapshot,
    Table,
    Unsuitable,
    World,
    Wrong,
    do,
    look,
    quoted,
    shell_prints,
    summary,
)
from shellwright.recipe.tabular import differing

COLUMNS = (Column("service", "service"), Column("needs", "service"))
#: From the unit files to `"service" -> "needs"`, for services that have a file themselves.
EDGES = """BEGIN { for (i = 1; i < ARGC; i++) { n = ARGV[i]; sub(/.*[/]/, "", n); here[n] } }
  FNR == 1 { me = FILENAME; sub(/.*[/]/, "", me); stem = me; sub(/[.]service$/, "", stem)
    printf "  \\"%s\\";\\n", stem }
  /^After=/ { sub(/^After=/, ""); for (i = 1; i <= NF; i++) if ($i in here) {
    n = $i; sub(/[.]service$/, "", n); printf "  \\"%s\\" -> \\"%s\\";\\n", stem, n } }"""
#: What the drawing says: the titles of its nodes and edges, as names and pairs of names.
TITLES = """import sys, xml.etree.ElementTree as tree
root = tree.parse(sys.argv[1]).getroot()
assert root.tag.endswith("svg"), root.tag
names = sys.argv[2].split(",")
shown = ["".join(e.itertext()).strip() for e in root.iter() if e.tag.endswith("title")]
print("\\n".join(sorted(t for t in shown if "->" in t or t in names)))"""

Graph = dict[str, frozenset[str]]


class DrawReducedDependencies(Recipe):
    """An SVG of the reduced graph, and a table of its edges."""

    needs = (Pattern.of("snapshot", of="units"),)
    gives = (Pattern.of("table", format="csv", condition="clean", shape="listing"),)
    tools = ("acyclic", "dot", "gawk", "grep", "gvpr", "head", "ls", "rm", "sort", "tred", "wc")
    packages = ("gawk", "graphviz")
    effort = 2

    def apply(self, world: World, draw: Draw) -> Move:
        source = world.focus
        assert isinstance(source, Snapshot)
        files = {unit.name for unit in source.units}
        graph: Graph = {
            _stem(unit.name): frozenset(_stem(n) for n in unit.after if n in files)
            for unit in source.units
        }
        remarks = {
            _stem(unit.name): frozenset(
                _stem(word.removeprefix("After=")) for word in unit.remark.split()
                if word.startswith("After=")
            )
            for unit in source.units
        }  # fmt: skip
        kept = reduced(graph)
        full = sum(len(after) for after in graph.values())
        left = sum(len(after) for after in kept.values())
        if full - left < 3 or not 5 <= len(graph) <= 40:
            raise Unsuitable("hardly anything to reduce")
        picture = world.output(draw, ["services", "dependencies", "start_graph"], ".svg")
        target = world.output(draw, ["edges", "direct_needs", "dependency_edges"], ".csv")

        def table(found: Graph) -> Table:
            rows = [(name, other) for name in sorted(found) for other in sorted(found[name])]
            return summary(target, "edges of the reduced graph", COLUMNS, rows)

        result = table(kept)
        here, there, drawn = (quoted(p) for p in (source.path, target, picture))
        head = ",".join(result.header)
        titles = sorted([*kept, *(f"{a}->{b}" for a, b in result.rows)])
        gone = next((a, b) for a in sorted(graph) for b in sorted(graph[a]) if b not in kept[a])
        commented = {
            name: after | (remarks[name] & {*graph}) - {name} for name, after in graph.items()
        }
        return Move(
            focus=result,
            makes=[result],
            request=[
                f"Nobody can read the picture of what waits for what in `{source.path}` any more. "
                "Please draw it again with only those dependencies that do not follow from others: "
                "an edge goes when a longer path leads from its start to its end. Nodes are the "
                "services with a file in that folder, named without `.service`, all of them; an "
                "edge leads from a service to one named in its `After=` lines (not in comments). "
                f"The drawing is `{picture}`, in which every node has a `<title>` with its name "
                "and every edge a `<title>` of the form `service->needs`. The same edges "
                f"go to `{target}`, CSV with the header `{head}`, sorted in byte order by both "
                "columns.",
                f"I need the start dependencies in `{source.path}` as a drawing `{picture}` and as "
                f"a table `{target}`, after transitive reduction: no edge where a longer way from "
                "the one to the other exists. Every service that has a file there is a node, under "
                "its name without `.service`; `After=` lines give the edges, from the service that "
                "waits to the one it needs, as far as that has a file too, and comments give none. "
                "In the SVG each node carries its name in a `<title>` and each edge a `<title>` "
                f"like `service->needs`. The table is CSV with the header `{head}`, a row an edge, "
                "in byte order.",
            ],
            steps=[
                look(
                    f"ls {here} | wc -l; grep -h -i 'after=' {here}/* | sort | head -n 12; "
                    f"grep -c '^#.*After=' {here}/* | grep -v ':0$'",
                    "How do the files spell their dependencies, and do comments mention some?",
                    "Read the lines with dependencies and count those in comments.",
                ),
                do(
                    f"{{ echo 'digraph services {{'; gawk '{EDGES}' {here}/*.service; echo '}}'; "
                    "} > /tmp/full.dot",
                    "Only services are nodes. Targets have no file and stay out; so do remarks.",
                    "Write nodes and edges as a graph.",
                ),
                look(
                    "acyclic -n -v /tmp/full.dot; grep -c -e '->' /tmp/full.dot; "
                    "tred /tmp/full.dot | grep -c -e '->'",
                    "Only of a graph without cycles is the reduction unique.",
                    "Make sure that there is no cycle and see how many edges will stay.",
                ),
                do(
                    f"tred /tmp/full.dot > /tmp/reduced.dot\ndot -Tsvg -o {drawn} "
                    f"/tmp/reduced.dot\n{{ echo {head}\n"
                    "  gvpr 'E { print($.tail.name, \",\", $.head.name) }' /tmp/reduced.dot |\n"
                    f"    LC_ALL=C sort -t , -k 1,1 -k 2,2; }} > {there}\n"
                    "rm /tmp/full.dot /tmp/reduced.dot",
                    f"{left} of {full} edges say all; {gone[0]} reaches {gone[1]} on another way, "
                    "for example.",
                    "Reduce the graph, draw it and list its edges from the same file.",
                    duration=0.5,
                ),
                look(
                    f"wc -l < {there}; grep -c 'class=\"edge\"' {drawn}; "
                    f"grep -c 'class=\"node\"' {drawn}; grep -c '^{gone[0]},{gone[1]}$' {there} "
                    "|| true",
                    "List and drawing must have the same edges, and the drawing every service.",
                    "Compare the numbers in drawing and list.",
                ),
            ],
            checks=[
                shell_prints(
                    f"python3 - {drawn} {quoted(','.join(sorted(graph)))} <<'EOF'\n{TITLES}\nEOF",
                    "".join(f"{title}\n" for title in titles),
                    about=f"{picture} shows the services and the edges of the reduced graph.",
                    paths=[picture],
                    key="titles",
                    weight=2.0,
                )
            ],
            wrong=[
                *differing(
                    result,
                    [
                        ("not reduced", table(graph)),
                        ("remarks taken for dependencies", table(reduced(commented, tidy=False))),
                        (
                            "edges the wrong way round",
                            result.with_rows(sorted((b, a) for a, b in result.rows)),
                        ),
                    ],
                ),
                Wrong(
                    "another drawing than the list",
                    command="echo 'digraph { a -> b }' | dot -Tsvg -o " + drawn,
                ),
            ],
            mistakes=[
                Mistake(
                    "command",
                    before=2,
                    command="echo 'digraph { gate -> }' | tred",
                    symptom=r"syntax error",
                    diagnosis="An edge needs two ends; the graph has to be written completely "
                    "first.",
                ),
                Mistake(
                    "hallucination",
                    before=3,
                    command="dot -Tsvgx /tmp/full.dot",
                    symptom=r'Format: "svgx" not recognized',
                    diagnosis="dot lists the formats that it knows; svg is among them.",
                ),
            ],
        )


def _stem(name: str) -> str:
    return name.removesuffix(".service")


def reduced(graph: Graph, *, tidy: bool = True) -> Graph:
    """The graph without edges that a longer path explains. It must be acyclic where `tidy`."""
    reach: dict[str, frozenset[str]] = {}

    def below(name: str, on_way: frozenset[str]) -> frozenset[str]:
        if name in on_way:
            if tidy:
                raise Unsuitable("a cycle")
            return frozenset()
        if name not in reach:
            found = graph[name]
            for other in graph[name]:
                found |= below(other, on_way | {name})
            reach[name] = found
        return reach[name]

    for name in graph:
        below(name, frozenset())
    return {
        name: frozenset(
            other for other in after if not any(other in reach[third] for third in after)
        )
        for name, after in graph.items()
    }

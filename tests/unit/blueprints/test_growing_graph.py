"""One more skill among 1,000, through the graph and the drawing: few blueprints change.

A new skill may add an edge, but also rename a scenario (its id is made of the member with the
smallest hash), move what is joined, or split a cluster in two: so the graph is put together anew
for each.
"""

from statistics import mean

from tests.benchmarks.graph_scale import synthetic
from tests.unit.blueprints.graphs import Row, run

from shellwright.graph.assemble import Assembled, assemble
from shellwright.graph.embed import embed
from shellwright.graph.settings import Settings

SKILLS, MORE, BLUEPRINTS = 1000, 8, 400


def drawn(rows: list[Row]) -> tuple[Assembled, set[str]]:
    """The graph of the skills, and the ids of its blueprints."""
    graph = assemble(rows, set(), embed, Settings())
    found = run((graph.scenarios, graph.transitions, rows), BLUEPRINTS, executable_only=False)
    return graph, {row["id"] for row in found}


def test_one_more_of_1000_skills_changes_few_blueprints() -> None:
    """On average; the worst case is a new skill that renames a scenario that many paths visit."""
    more = {"recipe": False, "domains": [], "category": "made"}
    skills = [{**row, **more} for row in synthetic(SKILLS + MORE)]
    graph, blueprints = drawn(skills[:SKILLS])
    before = {row["id"] for row in graph.scenarios}
    assert len(blueprints) == BLUEPRINTS
    changed, renamed = [], 0
    # Those of the eight that change most are the last five.
    for new in skills[-5:]:
        larger, others = drawn([*skills[:SKILLS], new])
        assert any(row["skill"] == new["id"] for row in larger.transitions)
        renamed += not before <= {row["id"] for row in larger.scenarios}
        changed.append(len(others - blueprints) / BLUEPRINTS)
    assert renamed, "no skill is left that tests what a new name does"
    assert mean(changed) < 0.035
    assert max(changed) < 0.07

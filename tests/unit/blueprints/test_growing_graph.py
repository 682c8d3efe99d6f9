"""One more skill among 1,000, through the graph and the drawing: few blueprints change.

A new skill may add an edge, but also rename a scenario, move what is joined, or split a cluster in
two: so the graph is put together anew for each. And it may lead on from what nearly all lead to, as
those of the library that pack whatever they are given.
"""

from pathlib import Path

import pytest
from tests.benchmarks.graph_scale import synthetic
from tests.unit.blueprints.graphs import Row, run

from shellwright.graph.assemble import Assembled, assemble
from shellwright.graph.embed import embed
from shellwright.graph.settings import Settings
from shellwright.recipe.start import start_scenarios
from shellwright.skills.library import executable, load_library
from shellwright.skills.transitions import find_transitions

LIBRARY = Path(__file__).parents[3] / "resources" / "skills"
SKILLS, BLUEPRINTS = 1000, 400
#: Those with the most transitions, of very different sorts, and two like many others.
BUNDLED = (
    "pack-reproducible-tarball",
    "pack-zip-with-checksum",
    "encrypt-for-handover",
    "adapt-columns-for-import",
    "filter-records",
    "unpack-archive",
    "tally-listed-values",
    "table-to-json-lines",
    "fill-notice-template",
    "crosstab-by-status",
)


def made(number: int) -> list[Row]:
    """Skills that nobody wrote; the first of them are the same for every number."""
    more = {"recipe": False, "domains": [], "category": "made"}
    return [{**row, **more} for row in synthetic(number)]


@pytest.fixture(scope="module")
def bundled() -> list[Row]:
    """The executable skills with their transitions."""
    skills = load_library(LIBRARY)
    pairs = find_transitions(executable(skills)).pairs
    return [
        {
            "id": skill.name,
            "status": "ok",
            "recipe": True,
            "domains": [],
            "category": "written",
            "pre": [],
            "post": [],
            "transitions": [{"pre": a.id, "post": b.id} for a, b in pairs[skill.name]],
        }
        for skill in skills
        if skill.name in pairs
    ]


def drawn(rows: list[Row]) -> tuple[Assembled, set[str]]:
    """The graph of the skills, and the ids of its blueprints."""
    graph = assemble(rows, {start.id for start in start_scenarios()}, embed, Settings())
    found = run((graph.scenarios, graph.transitions, rows), BLUEPRINTS, executable_only=False)
    assert len(found) == BLUEPRINTS
    return graph, {row["id"] for row in found}


def test_one_more_of_1000_made_up_skills_changes_few_blueprints() -> None:
    *skills, _, _, _, _, _ = rows = made(SKILLS + 5)
    _, before = drawn(skills)
    for new in rows[SKILLS:]:
        graph, after = drawn([*skills, new])
        assert any(row["skill"] == new["id"] for row in graph.transitions)
        assert len(after - before) < 0.05 * BLUEPRINTS, new["id"]


def test_one_more_of_1000_skills_changes_few_even_if_it_takes_any_file(bundled: list[Row]) -> None:
    skills = [*bundled, *made(SKILLS + 1 - len(bundled))]
    _, after = drawn(skills)
    for name in BUNDLED:
        others = [row for row in skills if row["id"] != name]
        assert len(others) == SKILLS
        _, before = drawn(others)
        assert len(after - before) < 0.05 * BLUEPRINTS, name

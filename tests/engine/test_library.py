"""Every skill of the library in a container: the oracle succeeds, its mistakes fail as described.

Its looks work, too, and its reasons have no number that nothing has shown.

The other gates see the skills in the tasks of a build; `shellwright.check_skill` runs them all.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shellwright.check_skill import hosts_of, task_of
from shellwright.images.build import Workshop, build_domain
from shellwright.recipe.start import start_scenarios
from shellwright.skills.library import Skill, executable, load_library
from shellwright.skills.routes import Route, routes
from shellwright.skills.transitions import Transitions, find_transitions
from shellwright.store import ItemFailed
from shellwright.verify.boxes import Boxes
from shellwright.verify.case import Case
from shellwright.verify.mistakes import try_mistakes
from shellwright.verify.settings import Settings
from shellwright.verify.trial import Bench

pytestmark = pytest.mark.engine
LIBRARY = {s.name: s for s in load_library(Path(__file__).parents[2] / "resources" / "skills")}


@pytest.fixture(scope="session")
def transitions() -> Transitions:
    return find_transitions(executable(LIBRARY.values()))


@pytest.fixture(scope="session")
def boxes(engine: Any) -> Iterator[Boxes]:
    with Boxes(engine, "test-library", Settings().limits) as found:
        yield found


def some_task(route: Route, workshop: Workshop) -> Any:
    """A task of a route: as in a build, another is drawn where the content does not suit."""
    for seed in range(1, 4):
        with contextlib.suppress(ItemFailed):
            return task_of(route, seed, LIBRARY, workshop)
    return task_of(route, 4, LIBRARY, workshop)


@pytest.mark.parametrize("skill", [pytest.param(s, id=s.name) for s in LIBRARY.values()])
def test_oracle_and_mistakes(
    skill: Skill, transitions: Transitions, boxes: Boxes, engine: Any, workshop: Workshop
) -> None:
    ways = routes(skill.name, transitions.pairs, start_scenarios())
    route = next(route for route in ways if hosts_of(route, LIBRARY))
    task = some_task(route, workshop)
    image = build_domain(engine, task["domain"], workshop)["image"]
    case = Case.of_row(task)
    bench = Bench(boxes, image, case, Settings().wall_seconds)
    assert try_mistakes(case, bench, task["authoring_json"]) == []

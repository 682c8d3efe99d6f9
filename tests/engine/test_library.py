"""Every skill of the library in a container: the oracle succeeds, its mistakes fail as described.

Its looks work, too, and its reasons have no number that nothing has shown.

The other gates see the skills in the tasks of a build; `shellwright.check_skill` runs them all.
"""

import contextlib
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from shellwright.check_skill import hosts_of, task_of
from shellwright.closing import Closes
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


def some_task(route: Route, workshop: Workshop) -> Any:
    """A task of a route: as in a build, another is drawn where the content does not suit."""
    for seed in range(1, 4):
        with contextlib.suppress(ItemFailed):
            return task_of(route, seed, LIBRARY, workshop)
    return task_of(route, 4, LIBRARY, workshop)


class Trials(Closes):
    """The trials of all skills that are asked for, begun in their order and two at a time.

    One alone leaves half of a machine idle, since much of it is waiting for programs.
    """

    def __init__(self, engine: Any, workshop: Workshop, transitions: Transitions) -> None:
        self._engine, self._workshop, self._transitions = engine, workshop, transitions
        self._building = threading.Lock()
        self._local = threading.local()
        self._opened: list[Boxes] = []
        self._pool = ThreadPoolExecutor(2)
        self._begun: dict[str, Future[list[str]]] = {}

    def begin(self, names: Iterable[str]) -> None:
        """Begin with the trials of skills."""
        self._begun = {name: self._pool.submit(self._problems, LIBRARY[name]) for name in names}

    def problems(self, name: str) -> list[str]:
        """What is wrong with a skill."""
        return self._begun[name].result()

    def close(self) -> None:
        """End the trials."""
        self._pool.shutdown(cancel_futures=True)
        for boxes in self._opened:
            boxes.close()

    def _problems(self, skill: Skill) -> list[str]:
        if not hasattr(self._local, "boxes"):
            self._local.boxes = Boxes(self._engine, "test-library", Settings().limits)
            self._opened.append(self._local.boxes)
        ways = routes(skill.name, self._transitions.pairs, start_scenarios())
        route = next(route for route in ways if hosts_of(route, LIBRARY))
        task = some_task(route, self._workshop)
        with self._building:
            image = build_domain(self._engine, task["domain"], self._workshop)["image"]
        case = Case.of_row(task)
        bench = Bench(self._local.boxes, image, case, Settings().wall_seconds)
        return try_mistakes(case, bench, task["authoring_json"])


@pytest.fixture(scope="session")
def trials(
    engine: Any, workshop: Workshop, transitions: Transitions, request: pytest.FixtureRequest
) -> Iterator[Trials]:
    chosen = [item for item in request.session.items if item.path == Path(__file__)]
    with Trials(engine, workshop, transitions) as made:
        made.begin(item.callspec.params["skill"] for item in chosen)  # type: ignore[attr-defined]
        yield made


@pytest.mark.parametrize("skill", LIBRARY)
def test_oracle_and_mistakes(skill: str, trials: Trials) -> None:
    assert trials.problems(skill) == []

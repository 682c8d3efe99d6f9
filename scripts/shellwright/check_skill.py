"""Check executable skills in real containers, as their author would before adding them.

    python -m shellwright.check_skill keep-latest-revision --seeds 3

Each skill becomes a task for every scenario that it takes, reached by way of other skills where
nothing generates it. The task goes through all gates, and each of its mistakes is made and
recovered from; looks that fail and reasons with numbers that nothing has shown are told. What is
wrong is printed, and the exit code is 1.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from shellwright import config
from shellwright.errors import ShellwrightError, UserError
from shellwright.images.build import build_domain
from shellwright.images.catalogue import domains, packages_of
from shellwright.images.workshop import Workshop
from shellwright.recipe.start import start_scenarios
from shellwright.sandbox.engine import connect
from shellwright.skills.library import Skill, executable, load_library
from shellwright.skills.routes import Route, routes
from shellwright.skills.transitions import find_transitions
from shellwright.store import ItemFailed
from shellwright.teacher.procedural.task import Environment, write_task
from shellwright.verify.boxes import Boxes
from shellwright.verify.case import Case
from shellwright.verify.gates import run_gates
from shellwright.verify.mistakes import try_mistakes
from shellwright.verify.settings import Settings
from shellwright.verify.trial import Bench

PROJECT = Path(__file__).resolve().parents[2]
BUNDLED = PROJECT / "resources" / "skills"


def hosts_of(route: Route, library: dict[str, Skill]) -> list[str]:
    """The domains whose image has the packages of all skills of a route."""
    needed = {p for name in route.skills for p in getattr(library[name].recipe, "packages", ())}
    return [domain for domain in domains() if needed <= packages_of(domain)]


def task_of(route: Route, seed: int, library: dict[str, Skill], workshop: Workshop) -> Any:
    """The task row of a route that a domain image can host."""
    hosts = hosts_of(route, library)
    blueprint = {
        "id": f"check-{route.skills[-1]}-{seed}",
        "source": "check",
        "index": 0,
        "seed": seed,
        "skills": list(route.skills),
        "scenarios": [route.start.id],
        "domain": hosts[0],
        "length": len(route.skills),
        "difficulty": "easy",
        "category": library[route.skills[-1]].category,
        "lineage_json": "{}",
    }
    environment = Environment(workshop.key(hosts[0]), workshop.tag(hosts[0]))
    return write_task(blueprint, library, environment)


def problems(task: Any, image: str, boxes: Boxes, settings: Settings) -> Iterator[str]:
    """What the gates and the mistakes of a task have to say against it."""
    case = Case.of_row(task)
    bench = Bench(boxes, image, case, settings.wall_seconds)
    report = run_gates(case, bench, settings)
    for gate in report.gates:
        if gate.outcome == "fail":
            yield f"{gate.gate}: {gate.reason}"
    yield from try_mistakes(case, bench, task["authoring_json"])


def main(arguments: list[str] | None = None) -> int:
    """Check the named skills; print a line for each route and seed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("skills", nargs="+", help="names of skills of the library")
    parser.add_argument("--seeds", type=int, default=2, help="draws per scenario (2)")
    parser.add_argument("--library", type=Path, default=BUNDLED, help="folder of the skills")
    given = parser.parse_args(arguments)
    settings = config.load(PROJECT / "config.yaml")
    # Those of the project lead to what skills of another library start from.
    library = {s.name: s for root in (BUNDLED, given.library) for s in load_library(root)}
    for name in given.skills:
        if name not in library:
            raise UserError(
                f"no skill {name} in {given.library}; name it without its folder, and the "
                "folder of its library with --library"
            )
    pairs = find_transitions(executable(library.values()))
    workshop = Workshop(settings["images"]["base"], PROJECT / "results" / "images")
    verify = Settings.of_config(settings["verify"])
    wrong = 0
    client = connect("to check skills")
    with Boxes(client, "check-skill", verify.limits) as boxes:
        for name in given.skills:
            broken = library[name].problem or pairs.problems.get(name, "")
            ways = routes(name, pairs.pairs, start_scenarios())
            if broken or not ways:
                wrong += 1
                print(f"{name}: {broken or 'no scenario that it takes can be reached'}")
            for route in ways:
                if not hosts_of(route, library):
                    print(f"{' > '.join(route.skills)}: not tried, no domain image hosts them all")
                    continue
                for seed in range(given.seeds):
                    try:
                        task = task_of(route, seed, library, workshop)
                    except ItemFailed as unsuitable:
                        # Nothing against the skill: a build draws another content, too.
                        print(f"{' > '.join(route.skills)}, seed {seed}: not tried, {unsuitable}")
                        continue
                    image = build_domain(client, task["domain"], workshop)["image"]
                    found = list(problems(task, image, boxes, verify))
                    wrong += bool(found)
                    print(
                        f"{' > '.join(route.skills)} from {route.start.id}, seed {seed}:", end=" "
                    )
                    print("fine" if not found else "\n  " + "\n  ".join(found), flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except ShellwrightError as error:
        sys.exit(str(error))

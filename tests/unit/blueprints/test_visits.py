"""Visits: what the weights expect is what campaigns do, and what was visited is drawn less."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.unit.blueprints.graphs import DOMAINS, LENGTHS, Graph, Row, joining, library, run

from sample_blueprints import earlier
from shellwright.blueprints.coverage import visits
from shellwright.blueprints.expected import expected_visits
from shellwright.blueprints.network import Network, build_network
from shellwright.blueprints.race import Numbers
from shellwright.blueprints.weights import Visits, earlier_visits
from shellwright.errors import UserError

PATHS, CAMPAIGNS = 150, 5
STOPS = [1 / len(LENGTHS)] * len(LENGTHS)
#: Share of the visits that the expectation has elsewhere than the campaigns, by `branching`. It
#: leaves out three things that a draw does: a path repeats nothing, it is drawn again where it is
#: too short or its set is not new, and a branch brings visits of its own. On graphs like these
#: that is up to 7 %, and 13 % where every path is to have a branch, about 3 % of it by chance.
#: Paths that are counted twice cannot be seen in shares: so the sum is held, too.
TOLERANCE = {0.0: 0.1, 0.2: 0.12, 1.0: 0.2}


def network_of(graph: Graph) -> Network:
    return build_network(*graph, DOMAINS, executable_only=True)


def drawn(graph: Graph, network: Network, branching: float) -> Visits:
    """The mean visits of several campaigns."""
    scenarios, skills = Counter[str](), Counter[str]()
    for seed in range(CAMPAIGNS):
        found = visits(run(graph, PATHS, seed, branching=branching))
        scenarios.update(found["scenarios"])
        skills.update(found["skills"])
    counted = earlier_visits(network, scenarios, skills)
    return replace(
        counted,
        scenarios=counted.scenarios / CAMPAIGNS,
        skills=counted.skills / CAMPAIGNS,
    )


def apart(one: Numbers, other: Numbers) -> float:
    """The share of the visits that is elsewhere."""
    return float(np.abs(one / one.sum() - other / other.sum()).sum() / 2)


@pytest.mark.parametrize("branching", TOLERANCE)
@pytest.mark.parametrize("shape", [1, 2])
def test_the_expected_visits_are_near_those_of_campaigns(branching: float, shape: int) -> None:
    graph = joining(100, 40, shape)
    network = network_of(graph)
    expected = expected_visits(network, STOPS, PATHS, earlier_visits(network, {}, {}))
    found = drawn(graph, network, branching)
    assert apart(expected.scenarios, found.scenarios) < TOLERANCE[branching]
    assert apart(expected.skills, found.skills) < TOLERANCE[branching]
    if not branching:
        assert expected.scenarios.sum() == pytest.approx(found.scenarios.sum(), rel=0.1)
        assert expected.skills.sum() == pytest.approx(found.skills.sum(), rel=0.1)


def test_the_expectation_follows_the_weights() -> None:
    """Skills that were visited before are expected, and drawn, less often; equally so."""
    graph = joining(100, 40)
    network = network_of(graph)
    often = {row["id"]: 30.0 for row in graph[2][:50]}
    before = earlier_visits(network, {}, often)
    expected = expected_visits(network, STOPS, PATHS, before).skills - before.skills
    rows = [row for seed in range(CAMPAIGNS) for row in run(graph, PATHS, seed, skill_visits=often)]
    found = earlier_visits(network, {}, visits(rows)["skills"]).skills
    assert apart(expected, found) < 0.15
    plain = expected_visits(network, STOPS, PATHS, earlier_visits(network, {}, {})).skills
    assert apart(plain, found) > 0.2


def uses(rows: list[Row], key: str) -> Counter[str]:
    return Counter(name for row in rows for name in row[key])


@pytest.mark.parametrize("key", ["scenarios", "skills"])
def test_a_changed_file_of_visits_changes_what_is_drawn(tmp_path: Path, key: str) -> None:
    """As `blueprints.visits` names it: what it has many visits of is drawn less.

    Scenarios less so than skills, as the skill that is drawn often leaves no choice of them.
    """
    graph = joining(200, 12)
    plain = run(graph, 80)
    named = [row["id"] for row in graph[0 if key == "scenarios" else 2]]
    often = named[: len(named) // 2]

    def fed(found: dict[str, dict[str, int]]) -> list[Row]:
        (tmp_path / "visits.json").write_text(json.dumps(found))
        read = earlier("visits.json", tmp_path)
        return run(graph, 80, scenario_visits=read["scenarios"], skill_visits=read["skills"])

    nothing: dict[str, dict[str, int]] = {"scenarios": {}, "skills": {}}
    assert fed(nothing) == plain
    assert fed({**nothing, key: {"never/heard-of": 99}}) == plain
    assert fed({**nothing, key: dict.fromkeys(often, 5)}) != plain
    rows = fed({**nothing, key: dict.fromkeys(often, 1000)})
    shares = [
        sum(uses(each, key)[name] for name in often) / uses(each, key).total()
        for each in (rows, plain)
    ]
    assert shares[0] < {"scenarios": 0.9, "skills": 0.3}[key] * shares[1]


@pytest.mark.parametrize("count", ["-1", "NaN", "Infinity", '"many"', "null"])
def test_a_count_of_visits_that_is_none_is_refused(tmp_path: Path, count: str) -> None:
    text = f'{{"scenarios": {{}}, "skills": {{"a": {count}}}}}'
    (tmp_path / "visits.json").write_text(text)
    with pytest.raises(UserError, match=r"visits\.json: .*Correct blueprints\.visits"):
        earlier("visits.json", tmp_path)


def test_a_campaign_that_goes_on_from_its_own_visits_turns_to_what_is_left() -> None:
    graph = library(200, 12)
    first = run(graph, 60)
    counted = visits(first)
    seen = uses(first, "skills")
    again = run(graph, 60, 2, scenario_visits=counted["scenarios"], skill_visits=counted["skills"])
    anew = run(graph, 60, 2)
    fresh = [len(uses(rows, "skills").keys() - seen.keys()) for rows in (again, anew)]
    assert fresh[0] > fresh[1]

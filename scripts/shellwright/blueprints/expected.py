"""Expected visits: how often a campaign of so many paths has been everywhere, on average.

Counted visits make every draw depend on all earlier ones: one more skill, and nearly all
blueprints change. The expectation of the same counts is a smooth function of the graph instead, so
that one more skill changes few draws; and it needs no state that a crash could damage or that
parallel workers would have to share.

The weights 1/(μ+1) decide between the skills of one scenario. Where hardly any skill leads on from
what many lead to, they cannot keep those few from being in every other path. So a skill whose share
of the paths would exceed a limit is held back: its weight is lowered until the share is at the
limit, and where no skill arrives in time, a path ends although some lead on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from shellwright.blueprints.network import Network
from shellwright.blueprints.race import Numbers
from shellwright.blueprints.weights import Outlook, Visits, add_up, look_ahead

#: Number of equal parts in which the visits of one round are added up.
PARTS = 4
#: Paths of the first round. Every later one has as many as all before it.
FIRST = 16
#: A path is to have a length as likely as one of so many paths drawn freely has it; else one skill
#: less, as likely as one of so many has that, and so on.
TRIES = 8
#: How many times the mean share of the paths one skill may have.
MOST = 2.5
#: How often the holding back of skills is set right after a round.
SETTLING = 12


def rounds(
    network: Network, stops: Sequence[float], paths: int, earlier: Visits
) -> Iterator[tuple[range, Visits]]:
    """The rounds of a campaign of so many paths: the paths of each, and the expected visits before.

    `stops` is the share of paths that are to have 1, 2, ... skills. Rounds double in size, each
    with the weights that those before it left, so that a larger campaign begins as a smaller one.
    `earlier` are the visits before the campaign.
    """
    visits, first = _held_back(network, stops, earlier), 0
    while first < paths:
        last = min(first + max(FIRST, first), paths)
        yield range(first, last), visits
        visits, first = _after(network, stops, visits, last - first), last


def expected_visits(
    network: Network, stops: Sequence[float], paths: int, earlier: Visits
) -> Visits:
    """The expected visits after so many paths, those before the campaign included."""
    visits = earlier
    for numbers, before in rounds(network, stops, paths, earlier):
        visits = _after(network, stops, before, len(numbers))
    return visits


def reaching(chance: float) -> float:
    """How likely one of TRIES paths has a length that one has with this chance."""
    return 1.0 - (1.0 - chance) ** TRIES


def _after(network: Network, stops: Sequence[float], visits: Visits, paths: int) -> Visits:
    """The visits after so many paths more, by which weights change in PARTS steps."""
    more = paths / PARTS
    for _ in range(PARTS):
        scenarios, pairs = _visits_of_a_path(network, stops, visits)
        skills = _of_skills(network, pairs)
        visits = Visits(
            visits.scenarios + more * scenarios,
            visits.skills + more * skills,
            visits.pairs + more * pairs,
            _held(network, visits, skills),
        )
    return _held_back(network, stops, visits)


def _held_back(network: Network, stops: Sequence[float], visits: Visits) -> Visits:
    """The same visits; skills are held back as far as their shares under these weights ask."""
    for _ in range(SETTLING):
        skills = _of_skills(network, _visits_of_a_path(network, stops, visits)[1])
        visits = replace(visits, held=_held(network, visits, skills))
    return visits


def _of_skills(network: Network, pairs: Numbers) -> Numbers:
    return add_up(network.pair_skill, pairs, len(network.skills))


def _held(network: Network, visits: Visits, shares: Numbers) -> Numbers:
    """How far skills are to be held back, given what share of the paths each has as it is."""
    most = MOST * shares.sum() / max(len(np.unique(network.pair_skill)), 1)
    if not most:
        return visits.held
    # Where its share is nothing, nothing holds a skill back.
    room = np.full(len(shares), np.inf)
    np.divide(most, shares, out=room, where=shares > 0)
    held: Numbers = np.minimum(1.0, visits.held * room)
    return held


def _visits_of_a_path(
    network: Network, stops: Sequence[float], visits: Visits
) -> tuple[Numbers, Numbers]:
    """How often one path visits every scenario and uses every pair, on average."""
    size = len(network.scenarios)
    outlook = look_ahead(network, visits, len(stops))
    scenarios, pairs = np.zeros(size), np.zeros(len(network.pair_skill))
    kept, here = _kept(outlook, stops), outlook.begin
    for place in range(len(stops) + 1):
        for enough, longest, share in kept:
            if place <= longest:
                scenarios += share * here * outlook.far[max(enough - place, 0)]
        if place == len(stops):
            break
        onward = np.zeros(size)
        for enough, longest, share in kept:
            if place < longest:
                onward += share * outlook.far[max(enough - place - 1, 0)]
        along = here[network.pre] * outlook.steps
        pairs += add_up(network.pair, along * onward[network.post], len(pairs))
        here = add_up(network.post, along, size)
    return scenarios, pairs


def _kept(outlook: Outlook, stops: Sequence[float]) -> list[tuple[int, int, float]]:
    """Sorts of paths: how many skills each has at least and at most, and how many are drawn freely
    for each that is kept, times its share of all paths."""
    least = next((number for number, share in enumerate(stops, 1) if share), 1)
    kept = []
    for wanted, left in enumerate(stops, 1):
        for enough in range(wanted, least - 1, -1):
            chance = outlook.chance(enough)
            if left and chance:
                share = reaching(chance) if enough > least else 1.0
                kept.append((enough, wanted, left * share / chance))
                left *= 1.0 - share
    return kept
